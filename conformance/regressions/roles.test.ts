import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectProblem } from "../../generated/control/types.ts";
import type { Meeting } from "../../runtime/roles/client/client-events.ts";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { CapturedDatagrams, tagOf } from "../world/captured-datagrams.ts";
import {
  ENROL_CHALLENGE_TAG,
  ENROL_GRANT_TAG,
  ENROL_REQUEST_TAG,
} from "../../generated/control/messages/enrolment.ts";
import { TELEMETRY_ACK_TAG } from "../../generated/control/messages/telemetry.ts";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";

/** Minimal cases of faults that were found in the roles, each as its test first failed. */

test("sessions that a timer ended are forgotten, so that a router goes on to follow invitations", () => {
  const world = ControlNetwork.settled({ limits: { sessionsMax: 2 } });
  const port = world.router.host.endpoint.port;
  for (let round = 0; round < 3; round += 1) {
    // Nothing comes back over streams: each session of the router ends by its timer.
    world.network.interference.stream = ({ to, bytes }) => (to.port === port ? [] : [bytes]);
    const session = world.client.connect(ROUTER_MAC);
    world.network.run(60_000);
    assert.ok(world.client.problemOf(session) !== undefined);
  }
  world.network.interference = {};
  world.network.run(30_000);
  assert.ok(world.works());
  assert.equal(world.router.count("limit"), 0);
});

test("a grant that nobody took does not keep the older key from being rotated", () => {
  const world = ControlNetwork.settled({
    limits: { keyRotationMs: 10_000 },
    router: { periodMs: 1000 },
  });
  const old = world.router.state;
  world.router.state = { ...old, key: undefined };
  world.network.interference.datagram = (one) => (tagOf(one) === ENROL_GRANT_TAG ? [] : [one]);
  world.router.start();
  world.network.run(3000);
  world.network.interference = {};
  world.router.state = old;
  world.router.start();
  world.network.run(20_000);
  assert.notEqual(world.router.state.key?.keyId, old.key?.keyId);
});

test("a place whose connect request failed is free at once", () => {
  const world = ControlNetwork.settled();
  const session = world.client.connect(ROUTER_MAC);
  assert.ok(world.network.runUntil(() => world.placesTaken > 0, 1000));
  world.hub.host.command({ type: "cancel", requestId: session });
  world.network.run(10);
  assert.equal(world.placesTaken, 0);
});

test("a hub does not take a server for full because of meetings that are over", () => {
  const world = ControlNetwork.settled({ server: { places: 2 } });
  for (let round = 0; round < 5; round += 1) {
    assert.ok(world.works(), String(round));
    world.network.run(CONTROL_LIMITS.loadChangeMs + 100);
  }
});

test("a client has as long to come as it was told, however long the router took", () => {
  const world = ControlNetwork.settled({ delayMs: 300 });
  const elsewhere = { address: "203.0.113.9", port: 9 };
  world.client.alter = (meeting) => ({ ...meeting, server: elsewhere });
  const session = world.client.connect(ROUTER_MAC);
  world.network.runUntil(() => world.outcomeOf(session) !== undefined, 20_000);
  const outcome = world.outcomeOf(session);
  assert.ok(outcome?.kind === "connected");
  world.network.run(outcome.expiresInS * 1000 - 1000);
  assert.equal(world.placesTaken, 1);
});

test("whoever is never granted a key asks ever more rarely", () => {
  const world = ControlNetwork.settled();
  world.addRouter("other router", ROUTER_MAC);
  world.network.run(300_000);
  const captured = new CapturedDatagrams(world.network);
  world.network.run(300_000);
  const requests = captured.of(ENROL_REQUEST_TAG).length;
  assert.ok(requests > 0 && requests <= 40, String(requests));
});

test("a flood of forged challenges does not make a router flood its hub", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.network.interference.datagram = (one) =>
    tagOf(one) === ENROL_CHALLENGE_TAG ? Array.from({ length: 100 }, () => one) : [one];
  world.network.run(400);
  const { port } = world.router.host.endpoint;
  const requests = captured.of(ENROL_REQUEST_TAG).filter(({ from }) => from.port === port);
  assert.ok(requests.length <= CONTROL_LIMITS.enrolAttemptsMax + 2, String(requests.length));
});

test("a rival that the owner was shown cannot be exchanged before the owner accepts it", () => {
  const world = ControlNetwork.settled();
  const shown = world.addRouter("other router", ROUTER_MAC);
  world.network.run(5000);
  shown.kill();
  world.addRouter("other client", ROUTER_MAC);
  world.network.run(5000);
  const [entry] = world.hub.role.routersOf(ACCOUNT);
  assert.deepEqual(entry?.rival, shown.identity.fingerprint);
});

test("calls that the router's own limit ended leave no timer behind", () => {
  const world = ControlNetwork.settled();
  const session = world.connect();
  world.router.answers.clear();
  world.client.begin(session, "system.uptime");
  world.network.run(20_000);
  const isOfCalls = (timer: string): boolean => timer.includes("call");
  assert.deepEqual(world.router.host.timers.filter(isOfCalls), []);
  assert.deepEqual(world.client.host.timers.filter(isOfCalls), []);
});

test("a router that has stopped follows no invitation that was still on its way", () => {
  const world = ControlNetwork.settled();
  const session = world.client.connect(ROUTER_MAC);
  world.router.host.command({ type: "stop" });
  world.network.run(10_000);
  assert.equal(world.outcomeOf(session), undefined, "the hub still waits");
  assert.equal(world.router.host.streams, 0);
  assert.ok(!world.router.events.some(({ type }) => type === "sessionOver"));
});

test("an answer of the hub with parts of a wrong length is refused, not thrown about", () => {
  const world = ControlNetwork.settled();
  const changes: readonly Partial<Meeting>[] = [
    { grant: new Uint8Array(400) },
    { ticket: new Uint8Array(31) },
    { sessionId: new Uint8Array(0) },
    { serverFingerprint: new Uint8Array(33) },
  ];
  for (const change of changes) {
    world.client.alter = (meeting) => ({ ...meeting, ...change });
    const session = world.connect();
    assert.equal(world.client.problemOf(session), ConnectProblem.hubRefused);
  }
  assert.equal(world.client.role.counts.get("bad-value"), changes.length);
});

test("a hub tells a router that its inventory is stored when it is on disk, so that a crash loses nothing that will not come again", () => {
  const { hub, network, router } = ControlNetwork.settled();
  hub.saves = false;
  const reports = (): number => router.events.filter(({ type }) => type === "reported").length;
  const before = reports();
  const inventory = { ...INVENTORY, hostname: "renamed" };
  router.host.command({ type: "inventory", inventory });
  network.run(1_000);
  assert.equal(reports(), before);
  hub.saves = true;
  network.runUntil(() => reports() > before, 120_000);
  hub.start();
  assert.equal(hub.role.routersOf(ACCOUNT)[0]?.inventory?.hostname, "renamed");
});

test("a router that reports more often than its way to the hub and back takes enrols again with a hub that forgot it, and not with one that knows it", () => {
  const world = ControlNetwork.settled({ delayMs: 350, router: { periodMs: 500 } });
  const captured = new CapturedDatagrams(world.network);
  world.network.run(30_000);
  assert.equal(captured.of(ENROL_REQUEST_TAG).length, 0);
  world.hub.loseStore();
  world.hub.start();
  world.network.run(30_000);
  assert.equal(world.hub.count("challenged") > 0, true);
  assert.ok(world.hub.events.some(({ type }) => type === "noted"));
  const acknowledged = captured.of(TELEMETRY_ACK_TAG).length;
  world.network.run(5_000);
  assert.ok(captured.of(TELEMETRY_ACK_TAG).length > acknowledged);
});

const INVENTORY = {
  model: "test",
  firmware: "test 1",
  hostname: "router",
  software: "tagwire",
  interfaces: [],
};
