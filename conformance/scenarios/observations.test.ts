import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTROL_TAGS } from "../../generated/control/tags.ts";
import { SYSTEM_TAGS } from "../../generated/system/tags.ts";
import type { RoleObservation } from "../../runtime/roles/kernel/observation.ts";
import { ControlNetwork } from "../world/control-network.ts";
import { CapturedDatagrams } from "../world/captured-datagrams.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";

type Message = Extract<RoleObservation, { readonly tag: number }>;

/** A network of one hub, router, server and client, and all that its roles observe from the beginning. */
function observed(): { network: ControlNetwork; seen: RoleObservation[]; messages: Message[] } {
  const seen: RoleObservation[] = [];
  const messages: Message[] = [];
  const observe = (observation: RoleObservation): void => {
    seen.push(observation);
    if (observation.kind !== "transition") messages.push(observation);
  };
  const network = ControlNetwork.settled({ observe });
  return { network, seen, messages };
}

function countOf(messages: readonly Message[], kind: string, message: string): number {
  return messages.filter((one) => one.kind === kind && one.message === message).length;
}

test("each message is observed under the tag that the spec gives it", () => {
  const tags: Readonly<Record<string, number>> = { ...SYSTEM_TAGS, ...CONTROL_TAGS };
  const { network, messages } = observed();
  assert.ok(network.works());
  for (const { message, tag } of messages) assert.equal(tag, tags[message], message);
});

test("where nothing is lost, whatever is sent in a meeting is taken in once by somebody", () => {
  const { network, messages } = observed();
  assert.ok(network.works());
  network.network.run(1000);
  const names = new Set(messages.map(({ message }) => message));
  for (const message of names) {
    const sent = countOf(messages, "sent", message);
    assert.equal(countOf(messages, "received", message), sent, message);
  }
  // All that enrolment, claim, connect and a call need; what only goes wrong is not among them.
  const rare = ["AttachRefused", "Fault", "KeyOffer", "Ping", "Pong", "ReserveRefused"];
  const all = Object.keys({ ...SYSTEM_TAGS, ...CONTROL_TAGS });
  assert.deepEqual([...names].sort(), all.filter((name) => !rare.includes(name)).sort());
});

test("a message is observed before the transition that it causes, in the channel that it came over", () => {
  const { network, seen } = observed();
  network.works();
  const carried = ["RouterHello", "ServerAddress", "RelayStart", "EnrolGrant", "Handshake"];
  for (const message of carried) {
    const at = seen.findIndex((one) => one.kind === "received" && one.message === message);
    const next = seen.slice(at).find((one) => one.kind === "transition");
    assert.ok(at >= 0 && next?.kind === "transition" && next.on === message, message);
    assert.match(seen[at]?.scope ?? "", message === "EnrolGrant" ? /^udp$/ : /^channel\/\d+\/\d$/);
  }
});

test("what is not genuine, or not new, is not observed as received", () => {
  const { network, messages } = observed();
  const captured = new CapturedDatagrams(network.network);
  network.network.interference = { datagram: ({ bytes }) => [{ bytes: altered(bytes) }] };
  network.network.run(25_000);
  const [report] = captured.of(CONTROL_TAGS.Telemetry);
  assert.ok(report !== undefined);
  assert.ok(network.hub.count("bad-authentication") > 0);
  const before = messages.filter(({ kind }) => kind === "received").length;
  network.hub.host.receive(report.from, report.bytes);
  const received = messages.filter(({ kind }) => kind === "received").slice(before);
  assert.deepEqual(
    received.map(({ message }) => message),
    ["Telemetry"],
  );
  for (const bytes of [report.bytes, altered(report.bytes), report.bytes.subarray(0, 20)]) {
    network.hub.host.receive(report.from, bytes);
  }
  network.router.host.receive(HUB_ENDPOINT, report.bytes);
  assert.equal(messages.filter(({ kind }) => kind === "received").length, before + 1);
  assert.equal(network.hub.count("replayed"), 2);
});

test("a record that was altered on the way is not observed as received", () => {
  const { network, messages } = observed();
  const session = network.connect();
  const records = (kind: string): number => countOf(messages, kind, "SealedRecord");
  const lost = records("sent") - records("received");
  network.network.interference = {
    stream: ({ bytes }) => [altered(bytes)],
  };
  const rpcsBefore = countOf(messages, "received", "Rpc");
  assert.notEqual(network.client.call(session, "system.uptime")?.ok, true);
  assert.equal(countOf(messages, "received", "Rpc"), rpcsBefore);
  assert.ok(records("sent") - records("received") > lost);
});

/** The same bytes, but for one bit of the last. */
function altered(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}
