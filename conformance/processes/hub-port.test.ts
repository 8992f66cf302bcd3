import assert from "node:assert/strict";
import { test } from "node:test";
import { HubProcessPort } from "../../runtime/processes/hub-port.ts";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";

/** A hub in memory behind its port, with its router silent if asked, and the macs that were saved at once. */
function portOf(world: ControlNetwork): {
  readonly port: HubProcessPort;
  readonly saved: readonly (number | undefined)[];
} {
  const saved: (number | undefined)[] = [];
  const port = new HubProcessPort({
    hub: world.hub.role,
    host: world.hub.host,
    saver: {
      saveClaims: (router) => {
        saved.push(router);
        return Promise.resolve();
      },
    },
    gateway: undefined,
  });
  const { onEvent } = world.hub;
  world.hub.onEvent = (event) => {
    onEvent(event);
    if ("requestId" in event) port.answered(event);
  };
  return { port, saved };
}

const REQUEST = {
  account: ACCOUNT,
  mac: ROUTER_MAC,
  clientFingerprint: new Uint8Array(32).fill(9),
};

test("a client that goes away frees its connect request in the hub at once", async () => {
  const world = ControlNetwork.settled();
  const { port } = portOf(world);
  const [router] = world.hub.role.routersOf(ACCOUNT);
  assert.ok(router);
  world.router.kill();
  const leaving = new AbortController();
  const [left, stays] = [
    port.connect({ ...REQUEST, signal: leaving.signal }),
    port.connect({ ...REQUEST, signal: new AbortController().signal }),
  ];
  assert.equal(router.wanted.size, 2);
  leaving.abort();
  assert.equal(router.wanted.size, 1);
  assert.deepEqual(await left, { kind: "cancelled" });
  world.network.run(60_000);
  assert.deepEqual(await stays, { kind: "failed", reason: "notComing" });
});

test("a client that has gone before its request is read asks for nothing", async () => {
  const world = ControlNetwork.settled();
  const { port } = portOf(world);
  const outcome = await port.connect({ ...REQUEST, signal: AbortSignal.abort() });
  assert.deepEqual(outcome, { kind: "cancelled" });
  assert.equal(world.hub.role.routersOf(ACCOUNT)[0]?.wanted.size, 0);
});

test("a client that goes away after its answer cancels nothing", async () => {
  const world = ControlNetwork.settled();
  const { port } = portOf(world);
  const leaving = new AbortController();
  const answer = port.connect({ ...REQUEST, signal: leaving.signal });
  world.network.run(1000);
  leaving.abort();
  assert.equal((await answer).kind, "connected");
  assert.ok(world.works());
});

test("only the rival that the owner saw is settled, and the decision is saved before it is told", async () => {
  const world = ControlNetwork.settled();
  const { port, saved } = portOf(world);
  const rival = world.addRouter("other router", ROUTER_MAC);
  world.network.run(20_000);
  const { fingerprint } = rival.identity;
  const [device] = port.devices(ACCOUNT);
  assert.deepEqual(device?.rival, fingerprint);
  assert.deepEqual(device.fingerprint, world.router.identity.fingerprint);
  const settlement = { account: ACCOUNT, mac: ROUTER_MAC, rival: fingerprint, accept: true };
  assert.equal(await port.settleRival({ ...settlement, account: "eve" }), false);
  assert.equal(await port.settleRival({ ...settlement, mac: ROUTER_MAC + 1 }), false);
  const other = new Uint8Array(32).fill(8);
  assert.equal(await port.settleRival({ ...settlement, rival: other }), false);
  assert.deepEqual(port.devices(ACCOUNT)[0]?.rival, fingerprint);
  assert.deepEqual(saved, []);
  assert.equal(await port.settleRival(settlement), true);
  assert.deepEqual(saved, [ROUTER_MAC]);
  const [now] = port.devices(ACCOUNT);
  assert.deepEqual(now?.fingerprint, fingerprint);
  assert.equal(now.rival, undefined);
  assert.equal(await port.settleRival(settlement), false);
});
