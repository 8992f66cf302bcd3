import assert from "node:assert/strict";
import { ConnectProblem } from "../../../generated/control/types.ts";
import type { Observation } from "../../../sim/world/observation.ts";
import type { World } from "../../../sim/world/world.ts";
import { addClient, ControlCast } from "./control-cast.ts";
import type { Waits } from "./control-cast.ts";

/** Something that happens in a world, whatever the world is made of. */
export interface WorldScenario {
  readonly name: string;
  /** @param waits how long parties wait for each other; `PATIENT` where nothing is lost. */
  run(world: World, waits: Waits): Promise<void>;
}

/** Scenarios that are written once and run in every kind of world, with hosts hub, server, router, client, stranger. */
export const WORLD_SCENARIOS: readonly WorldScenario[] = [
  {
    name: "router and server enrol and report",
    run: async (world, waits) => {
      const cast = await ControlCast.enrolled(world, { waits });
      await cast.reports(3);
      await cast.quiet();
    },
  },
  {
    name: "an account claims a router with a code",
    run: async (world, waits) => {
      const cast = await ControlCast.enrolled(world, { waits });
      await cast.claim();
      await cast.quiet();
    },
  },
  {
    name: "a client meets its router and calls it",
    run: async (world, waits) => {
      const cast = await ControlCast.enrolled(world, { waits });
      await cast.claim();
      await cast.quiet();
      await cast.works();
      await cast.works();
    },
  },
  {
    name: "router and hub crash, and all find each other again",
    run: async (world, waits) => {
      const cast = await ControlCast.enrolled(world, { waits });
      await cast.claim();
      await cast.quiet();
      const begun = await cast.connect({});
      assert.ok("session" in begun);
      const uptime = await cast.call(begun.session, "system.uptime");
      assert.ok(uptime.ok);
      await cast.router.crash();
      await cast.until("the client hears of the router's end", () => cast.isOver(begun.session));
      await cast.quiet();
      await cast.router.start();
      await cast.reports(2);
      await cast.quiet();
      await cast.works();
      await cast.hub.crash();
      await cast.hub.start();
      await cast.reports(2);
      await cast.quiet();
      await cast.works();
    },
  },
  {
    name: "a client is refused a router that is not there, and a stranger a stolen invitation",
    run: async (world, waits) => {
      const cast = await ControlCast.enrolled(world, { waits });
      const stranger = await addClient(world, {
        host: "stranger",
        identity: "other client",
        waits,
      });
      await cast.claim();
      await cast.quiet();
      const unknown = await cast.connect({ mac: 0x0200_5e10_9999 });
      assert.deepEqual(unknown, { problem: ConnectProblem.hubRefused });
      const meeting = await cast.invitation("client");
      assert.ok(meeting.kind === "connected");
      const stolen = await cast.connect({ process: stranger, meeting });
      assert.deepEqual(stolen, { problem: ConnectProblem.placeGone });
      await cast.quiet();
      await cast.works();
    },
  },
  {
    name: "keys are rotated, and the new ones are good",
    run: async (world, waits) => {
      const periodMs = 1000;
      // Long enough for the rest of the scenario to fit in before the keys are rotated once more.
      const cast = await ControlCast.enrolled(world, {
        waits,
        hub: { limits: { ...waits.limits, keyRotationMs: 12 * periodMs } },
        server: { periodMs },
        router: { periodMs },
      });
      await cast.claim();
      const promoted = (kind: string) => (one: Observation) =>
        one.kind === "transition" &&
        one.scope.startsWith(`keys/${kind}/`) &&
        one.on === "heardNext";
      // The first promotion is that of the key that enrolment agreed on.
      await cast.until(
        "router and server use new keys",
        () => cast.count(promoted("router")) >= 2 && cast.count(promoted("server")) >= 2,
      );
      await cast.works();
    },
  },
];
