import assert from "node:assert/strict";
import { test } from "node:test";
import { ENROL_GRANT_TAG, KEY_OFFER_TAG } from "../../generated/control/messages/enrolment.ts";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { ControlNetwork } from "../world/control-network.ts";
import { CapturedDatagrams, tagOf } from "../world/captured-datagrams.ts";

const ROTATION_MS = 10_000;

/** A network in which keys rotate and routers report fast. */
function rotating(): ControlNetwork {
  return ControlNetwork.settled({
    limits: { keyRotationMs: ROTATION_MS },
    router: { periodMs: 1000 },
  });
}

/** Lets time pass until the router gets another key; false if it does not within some periods. */
function getsAnotherKey(world: ControlNetwork): boolean {
  const before = world.router.state.key?.keyId;
  const isOther = (): boolean => world.router.state.key?.keyId !== before;
  return world.network.runUntil(isOther, 3 * ROTATION_MS);
}

test("a key is replaced when it is old, again and again, and the router can be reached all the time", () => {
  const world = rotating();
  for (let round = 0; round < 5; round += 1) {
    assert.ok(getsAnotherKey(world));
    assert.ok(world.works());
  }
  assert.equal(world.hub.count("challenged"), 2, "one enrolment each, of router and server");
});

test("a router that cannot save goes on under its old key and takes the offer later", () => {
  const world = rotating();
  world.router.saves = false;
  assert.ok(!getsAnotherKey(world));
  assert.ok(world.works());
  world.router.saves = true;
  assert.ok(getsAnotherKey(world));
  assert.ok(world.works());
});

test("a hub that cannot save offers nothing and rotates later", () => {
  const world = rotating();
  const captured = new CapturedDatagrams(world.network);
  world.hub.saves = false;
  assert.ok(!getsAnotherKey(world));
  assert.equal(captured.of(KEY_OFFER_TAG).length, 0);
  assert.ok(world.works());
  world.hub.saves = true;
  assert.ok(getsAnotherKey(world));
});

test("an offer that comes after the router has the key changes nothing", () => {
  const world = rotating();
  world.network.interference.datagram = (passing) =>
    tagOf(passing) === KEY_OFFER_TAG ? [passing, { ...passing, bytes: passing.bytes }] : [passing];
  world.router.saves = false;
  world.network.run(ROTATION_MS + 1000);
  let held: Uint8Array | undefined;
  world.network.interference.datagram = (passing) => {
    if (tagOf(passing) !== KEY_OFFER_TAG || held !== undefined) return [passing];
    held = passing.bytes;
    return [];
  };
  world.network.run(6000);
  world.network.interference = {};
  world.router.saves = true;
  assert.ok(getsAnotherKey(world));
  assert.ok(held !== undefined);
  const key = world.router.state.key?.keyId;
  world.hub.host.sendDatagram(world.router.host.endpoint, held);
  world.network.run(100);
  assert.equal(world.router.state.key?.keyId, key);
  assert.ok(world.works());
});

test("a router that lost its key enrols anew, also while another is offered or being saved", () => {
  for (const isHubSaving of [true, false]) {
    const world = rotating();
    world.router.kill();
    world.hub.saves = isHubSaving;
    world.router.saves = false;
    world.router.start();
    world.network.run(ROTATION_MS + (isHubSaving ? 2000 : 500));
    world.router.saves = true;
    world.router.state = { ...world.router.state, key: undefined };
    world.router.start();
    world.network.run(1000);
    world.hub.saves = true;
    world.network.run(20_000);
    assert.ok(world.router.state.key !== undefined);
    assert.ok(world.works(), String(isHubSaving));
    assert.ok(getsAnotherKey(world));
  }
});

test("a hub that cannot save what a known router enrols with keeps its old key", () => {
  const world = rotating();
  const old = world.router.state;
  world.hub.saves = false;
  world.router.state = { ...old, key: undefined };
  world.router.start();
  world.network.run(CONTROL_LIMITS.saveMs + 3000);
  world.router.state = old;
  world.hub.saves = true;
  world.router.start();
  world.network.run(1000);
  assert.ok(world.works());
});

test("a router that cannot save a new hub's key asks again later", () => {
  const world = rotating();
  world.hub.loseStore();
  world.hub.start();
  world.router.saves = false;
  world.network.run(20_000);
  world.router.saves = true;
  world.network.run(60_000);
  world.claim(world.router);
  world.network.run(1000);
  assert.ok(world.works());
});

test("a grant that the router never took does not stop the rotation", () => {
  const world = rotating();
  const old = world.router.state;
  world.router.state = { ...old, key: undefined };
  world.network.interference.datagram = (passing) =>
    tagOf(passing) === ENROL_GRANT_TAG ? [] : [passing];
  world.router.start();
  world.network.run(3000);
  world.network.interference = {};
  world.router.state = old;
  world.router.start();
  assert.ok(getsAnotherKey(world));
  assert.ok(world.works());
});

test("a party that stops while it enrols or saves is silent from then on", () => {
  for (const [afterMs, saves] of [
    [0, true],
    [3, true],
    [10, false],
  ] as const) {
    const world = new ControlNetwork();
    world.router.saves = saves;
    world.network.run(afterMs);
    world.router.host.command({ type: "stop" });
    world.network.run(5);
    const captured = new CapturedDatagrams(world.network);
    world.network.run(100_000);
    assert.ok(captured.all.every(({ from }) => from.port !== world.router.host.endpoint.port));
  }
  const world = rotating();
  world.router.saves = false;
  world.network.run(ROTATION_MS + 1000);
  world.router.host.command({ type: "stop" });
  assert.deepEqual(world.router.host.timers, []);
});

test("a router that stops while its report waits for the next attempt dials no more", () => {
  const world = ControlNetwork.settled();
  world.hub.kill();
  const inventory = { model: "b", firmware: "", hostname: "", software: "", interfaces: [] };
  world.router.host.command({ type: "inventory", inventory });
  world.network.run(20_000);
  world.router.host.command({ type: "stop" });
  assert.deepEqual(world.router.host.timers, []);
});

test("a code that is given while the report waits for its next attempt is reported at once", () => {
  const world = ControlNetwork.settled();
  world.hub.kill();
  const inventory = { model: "b", firmware: "", hostname: "", software: "", interfaces: [] };
  world.router.host.command({ type: "inventory", inventory });
  world.network.run(20_000);
  world.hub.flush();
  world.hub.start();
  world.claim(world.router);
  world.network.run(50);
  const reported = world.router.events.filter(({ type }) => type === "reported");
  assert.equal(reported.length, 3);
  const change = world.hub.role.takeChanges().find(({ table }) => table === "routers");
  assert.ok(change?.table === "routers" && change.row?.inventory?.includes('"b"'));
});
