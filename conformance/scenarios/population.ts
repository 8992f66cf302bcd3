import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlNetwork } from "../world/control-network.ts";
import type { RouterParty } from "../world/router-party.ts";

const ROUTERS = 2000;

/** Where the macs of the population begin. */
const MAC_FROM = 0x0200_0000_0000;

test("two thousand routers enrol with one hub, are known after its restart, and are refused visits beyond the bound", () => {
  // Nearly all visits are refused, since two thousand handshakes would take more time than they teach.
  const world = new ControlNetwork({ limits: { visitorsMax: 2 } });
  const routers: RouterParty[] = [];
  for (let index = 0; index < ROUTERS; index += 1) {
    routers.push(world.addRouter("other router", MAC_FROM + index));
  }
  world.network.run(1000);
  assert.ok(routers.every(({ state }) => state.key !== undefined));
  assert.ok(world.hub.count("limit") > ROUTERS / 2);
  world.hub.flush();
  world.hub.start();
  world.network.run(20_000);
  assert.equal(world.hub.count("challenged"), 0, "nobody enrols again");
  assert.equal(world.hub.count("bad-authentication"), 0);
  const changed = world.hub.role.takeChanges().filter(({ table }) => table === "routers");
  assert.equal(changed.length, ROUTERS + 1, "each was heard and is to be saved");
});
