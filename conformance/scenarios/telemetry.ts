import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { CapturedDatagrams } from "../world/captured-datagrams.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import type { Passing } from "../world/memory-network.ts";
import { KEY_OFFER_TAG } from "../../generated/control/messages/enrolment.ts";
import { LOAD_REPORT_TAG } from "../../generated/control/messages/servers.ts";
import {
  CONNECT_TO_HUB_TAG,
  TELEMETRY_ACK_TAG,
  TELEMETRY_OFFSETS,
  TELEMETRY_TAG,
} from "../../generated/control/messages/telemetry.ts";

/** Offset of the sequence number in an authenticated datagram. */
const SEQUENCE_AT = TELEMETRY_OFFSETS.key + 1 + 4;

function altered({ bytes }: Passing, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

/** How many faults a party has counted. */
function counted({
  role,
}: {
  readonly role: { readonly counts: ReadonlyMap<string, number> };
}): number {
  return [...role.counts.values()].reduce((sum, count) => sum + count, 0);
}

/** What the hub holds of the router that a datagram could change. */
function heldBy(world: ControlNetwork): unknown {
  const [entry] = world.hub.role.routersOf(ACCOUNT);
  return { ...entry?.telemetry, address: entry?.address, heardMs: entry?.heardMs };
}

test("telemetry with any byte changed is ignored and counted", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  world.network.interference.datagram = (passing) => (passing.to.port === 7400 ? [] : [passing]);
  world.network.run(20_000);
  world.network.interference = {};
  const [telemetry] = captured.of(TELEMETRY_TAG);
  assert.ok(telemetry !== undefined);
  const held = heldBy(world);
  for (let at = 0; at < telemetry.bytes.length; at += 1) {
    const stranger = world.network.host("198.51.100.66", 1000 + at);
    const before = counted(world.hub);
    stranger.sendDatagram(HUB_ENDPOINT, altered(telemetry, at));
    world.network.run(5);
    assert.ok(counted(world.hub) > before, `byte ${String(at)}`);
    assert.deepEqual(heldBy(world), held, `byte ${String(at)}`);
  }
  world.router.host.sendDatagram(HUB_ENDPOINT, telemetry.bytes);
  world.network.run(5);
  assert.notDeepEqual(heldBy(world), held, "the genuine one is taken");
});

test("replayed telemetry is ignored and counted, wherever it comes from", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  world.network.run(45_000);
  const [telemetry] = captured.of(TELEMETRY_TAG);
  assert.ok(telemetry !== undefined);
  const held = heldBy(world);
  const acknowledged = captured.of(TELEMETRY_ACK_TAG).length;
  const stranger = world.network.host("198.51.100.66", 6);
  for (const host of [world.router.host, stranger]) {
    host.sendDatagram(HUB_ENDPOINT, telemetry.bytes);
  }
  world.network.run(100);
  assert.equal(world.hub.count("replayed"), 2);
  assert.deepEqual(heldBy(world), held);
  assert.equal(captured.of(TELEMETRY_ACK_TAG).length, acknowledged, "not answered either");
});

test("late telemetry is acknowledged but changes nothing", () => {
  const world = ControlNetwork.settled();
  world.network.interference.datagram = (passing) =>
    passing.to.port === 7400 && passing.bytes[0] === 12 ? [] : [passing];
  const captured = new CapturedDatagrams(world.network);
  world.network.run(20_000);
  world.network.interference = {};
  world.network.run(20_000);
  const [older, newer] = captured.of(TELEMETRY_TAG);
  assert.ok(older !== undefined && newer !== undefined);
  const held = heldBy(world);
  const acknowledged = captured.of(TELEMETRY_ACK_TAG).length;
  world.network.host("198.51.100.66", 6).sendDatagram(HUB_ENDPOINT, older.bytes);
  world.network.run(100);
  assert.deepEqual(heldBy(world), held);
  assert.equal(captured.of(TELEMETRY_ACK_TAG).length, acknowledged + 1);
});

test("telemetry that was heard before the hub's restart is a replay after it", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  world.network.run(20_000);
  world.hub.flush();
  world.hub.start();
  const [telemetry] = captured.of(TELEMETRY_TAG);
  assert.ok(telemetry !== undefined);
  world.router.host.sendDatagram(HUB_ENDPOINT, telemetry.bytes);
  world.network.run(100);
  assert.equal(world.hub.count("replayed"), 1);
});

test("load reports that are forged, replayed or late change nothing", () => {
  const world = ControlNetwork.settled({ servers: 2 });
  const captured = new CapturedDatagrams(world.network);
  world.network.run(20_000);
  const report = captured.of(LOAD_REPORT_TAG).find(({ from }) => from.port === 7500);
  assert.ok(report !== undefined);
  const stranger = world.network.host("198.51.100.66", 6);
  const before = counted(world.hub);
  stranger.sendDatagram(HUB_ENDPOINT, report.bytes);
  for (let at = 17; at < report.bytes.length; at += 1) {
    const changed = altered(report, at);
    const view = new DataView(changed.buffer);
    // A used sequence number would be refused before the tag is looked at.
    view.setUint32(SEQUENCE_AT + 4, view.getUint32(SEQUENCE_AT + 4) + 1000 + at);
    stranger.sendDatagram(HUB_ENDPOINT, changed);
  }
  world.network.run(100);
  assert.equal(world.hub.count("replayed"), 1);
  assert.equal(counted(world.hub) - before, 1 + report.bytes.length - 17);
  assert.ok(world.works());
});

test("a router hears only its hub's address, and there only what is genuine and new", () => {
  const world = ControlNetwork.settled({ limits: { keyRotationMs: 30_000 } });
  const captured = new CapturedDatagrams(world.network);
  world.network.run(25_000);
  const session = world.connect();
  world.client.close(session);
  world.network.run(60_000);
  const sessions = world.router.events.filter(({ type }) => type === "sessionOpen").length;
  const { endpoint } = world.router.host;
  const keyId = world.router.state.key?.keyId;
  const toRouter = (tag: number): Passing => {
    const found = captured.of(tag).findLast(({ to }) => to.port === endpoint.port);
    assert.ok(found !== undefined, String(tag));
    return found;
  };
  const genuine = [TELEMETRY_ACK_TAG, CONNECT_TO_HUB_TAG, KEY_OFFER_TAG].map(toRouter);
  const stranger = world.network.host("198.51.100.66", 6);
  for (const { bytes } of genuine) stranger.sendDatagram(endpoint, bytes);
  world.network.run(100);
  assert.equal(world.router.count("stranger"), 3);
  for (const { bytes } of genuine) world.hub.host.sendDatagram(endpoint, bytes);
  world.network.run(100);
  const ignored = (): number =>
    world.router.count("replayed") + world.router.count("bad-authentication");
  assert.equal(ignored(), 3, "replays, under the key or one that is gone");
  const [ack, connect] = [toRouter(TELEMETRY_ACK_TAG), toRouter(CONNECT_TO_HUB_TAG)];
  const changes = [ack, connect].flatMap((passing) =>
    Array.from({ length: passing.bytes.length - 4 }, (_, index) => altered(passing, index + 4)),
  );
  const before = counted(world.router);
  for (const bytes of changes) world.hub.host.sendDatagram(endpoint, bytes);
  world.network.run(100);
  assert.equal(counted(world.router) - before, changes.length, "forgeries");
  world.network.run(10_000);
  const opened = world.router.events.filter(({ type }) => type === "sessionOpen").length;
  assert.equal(opened, sessions);
  assert.equal(world.router.state.key?.keyId, keyId);
  assert.ok(world.works());
});

test("an invitation that comes three times is followed once", () => {
  const world = ControlNetwork.settled();
  world.network.interference.datagram = (passing) => [
    passing,
    { ...passing, laterMs: 2 },
    { ...passing, laterMs: 300 },
  ];
  const session = world.connect();
  assert.ok(world.client.isConnected(session));
  world.network.run(60_000);
  assert.equal(world.router.events.filter(({ type }) => type === "sessionOpen").length, 1);
});

test("a router that stops reporting is soon taken for unreachable, and back when it reports", () => {
  const world = ControlNetwork.settled();
  world.network.interference.cut = (from) => from.port === world.router.host.endpoint.port;
  world.network.run(70_000);
  const session = world.connect();
  assert.deepEqual(world.outcomeOf(session), { kind: "unknown" });
  world.network.interference = {};
  world.network.run(20_000);
  assert.ok(world.works());
});

test("a router reports in the rhythm that it is told", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  world.router.host.command({ type: "setPeriod", periodMs: 1000 });
  world.network.run(10_500);
  const reports = captured.of(TELEMETRY_TAG);
  assert.equal(reports.length, 11);
  assert.equal(world.hub.role.routersOf(ACCOUNT)[0]?.periodMs, 1000);
  world.network.interference.cut = () => true;
  world.network.run(9000);
  world.network.interference = {};
  const stale = world.client.connect(ROUTER_MAC);
  world.network.run(10);
  assert.deepEqual(world.outcomeOf(stale), { kind: "unknown" }, "freshness follows the rhythm");
});
