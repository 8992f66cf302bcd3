import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTROL_DECODER } from "../../control/control-decoder.ts";
import type { Fault } from "../../network/fault.ts";
import { homeBehindCarrier } from "../../network/testing/topologies.ts";
import { SAMPLE_DECODER } from "../testing/sample-decoder.ts";
import { sampleTrace } from "../testing/sample-trace.ts";
import { readTrace } from "../trace-lines.ts";
import type { TraceLine } from "../trace-lines.ts";
import type { DiagramData, MarkEntry, PacketEntry } from "./diagram-data.ts";
import { traceDiagram } from "./trace-diagram.ts";

const TOPOLOGY = homeBehindCarrier({ home: "linux-masquerade", carrier: "port-restricted" });

function sample(faults: readonly Fault[] = []): DiagramData {
  const trace = readTrace(sampleTrace(faults));
  return traceDiagram(trace, { title: "sample", topology: TOPOLOGY, decoder: SAMPLE_DECODER });
}

function packets({ entries }: DiagramData): readonly PacketEntry[] {
  return entries.filter((entry) => entry.kind === "packet");
}

function marks({ entries }: DiagramData): readonly MarkEntry[] {
  return entries.filter((entry) => entry.kind === "mark");
}

function record(
  host: string,
  kind: string,
  fields: TraceLine["fields"] = {},
  timeUs = 0,
): TraceLine {
  return { event: 1, timeUs, host, kind, fields };
}

test("homes stand beside the Internet, each host outside of its boxes", () => {
  const { lifelines } = sample();
  assert.deepEqual(
    lifelines.map(({ name, kind, about }) => [name, kind, about]),
    [
      ["a", "host", "192.168.1.2"],
      ["box", "nat", "linux-masquerade"],
      ["cgn", "nat", "port-restricted"],
      ["b", "host", "192.0.2.2"],
    ],
  );
});

test("a packet goes from its sender over the boxes that it crosses to its receiver, with the addresses of each part", () => {
  const data = sample();
  const [first] = packets(data);
  assert.ok(first !== undefined);
  assert.equal(first.label, "Word one");
  assert.equal(data.lifelines[first.from]?.name, "a");
  assert.equal(data.lifelines[first.arrivals[0]?.to ?? 0]?.name, "b");
  assert.deepEqual(
    first.crossings.map(({ nat, source }) => [data.lifelines[nat]?.name, source.split(":")[0]]),
    [
      ["box", "100.64.0.7"],
      ["cgn", "198.51.100.7"],
    ],
  );
  assert.deepEqual(first.messages, [
    { name: "Word one", fields: { word: "one", bytes: "0x6f6e65" } },
  ]);
});

test("a lost packet says where and why, and towards whom it was", () => {
  const data = sample([{ kind: "drop", link: "box outer", direction: "up", packet: 2 }]);
  const lost = packets(data).filter(({ hits }) => hits.length > 0);
  assert.equal(lost.length, 1);
  const [{ label, losses, hits, towards = -1, arrivals } = assert.fail()] = lost;
  assert.equal(label, "Word three");
  assert.deepEqual(
    losses.map(({ where, reason }) => [where, reason]),
    [["box outer up", "fault"]],
  );
  assert.equal(data.lifelines[losses[0]?.near ?? -1]?.name, "box");
  assert.equal(data.lifelines[towards]?.name, "b");
  assert.deepEqual(
    hits.map(({ text }) => text),
    ["box outer up: loses packet 2 up"],
  );
  assert.deepEqual(arrivals, []);
});

test("a stream's messages stand on the segments that complete them, and again where those are repeated", () => {
  const clean = packets(sample());
  const lines = clean.flatMap(({ messages }) => messages.filter(({ name }) => name === "Line"));
  assert.equal(lines.length >= 40, true);
  assert.ok(clean.some(({ label }) => /^Line ×40/.test(label)));
  // Of TCP the first packet down from the Internet is SYN/ACK; the next one brings the lines.
  const down = { link: "box outer", direction: "down" } as const;
  const losing = [6, 7].map((packet): Fault => ({ kind: "drop", ...down, packet }));
  const repeated = packets(sample(losing)).filter(({ label }) => label.endsWith(" again"));
  assert.ok(
    repeated.some(({ label }) => label === "Line ×40 again"),
    repeated.map(({ label }) => label).join(),
  );
});

test("segments that only acknowledge are marked as bare, and numbers count from the start of the connection", () => {
  const segments = packets(sample()).filter(({ protocol }) => protocol === "tcp");
  const bare = segments.filter(({ isBare }) => isBare);
  assert.ok(bare.length > 0 && bare.every(({ label }) => label === "TCP ACK"));
  assert.equal(segments[0]?.segment, "at 0");
  const payloads = segments.filter(({ payloadBytes }) => payloadBytes > 0);
  assert.equal(payloads[0]?.segment, "bytes 1–440, acknowledges 1");
});

test("things stand in the order of the trace, and violations behind all of their time", () => {
  const trace = [
    record("a", "host", { text: "started" }),
    record("a", "transition", { machine: "M", from: "x", on: "go", to: "y" }),
    record("a", "host", { text: "process crashed" }, 5000),
    record("a", "host", { text: "started" }, 7000),
  ];
  const violations = [{ checker: "never-crashes", message: "it crashed", atMs: 5 }];
  const data = traceDiagram(trace, { title: "small", violations });
  assert.deepEqual(
    marks(data).map(({ text, isTrouble }) => [text, isTrouble]),
    [
      ["started", false],
      ["M: x → y, on go", false],
      ["process crashed", true],
      ["never-crashes: it crashed", true],
      ["started", false],
    ],
  );
  assert.deepEqual(data.lifelines[0]?.downs, [[5000, 7000]]);
});

test("what hosts say of messages is left out where an arrow names the message, and kept where none does", () => {
  const sent = { packet: 1, from: "192.0.2.1", fromPort: 1, to: "192.0.2.2", toPort: 2 };
  const bytes = { bytes: new TextEncoder().encode("one"), length: 3 };
  const trace = [
    record("a", "sent", { scope: "udp", message: "Word one", tag: 1 }),
    record("a", "udp-sent", { ...sent, bytes }),
    record("a", "sent", { scope: "channel 1", message: "Secret", tag: 2 }),
  ];
  const data = traceDiagram(trace, { title: "small", decoder: SAMPLE_DECODER });
  assert.deepEqual(
    marks(data).map(({ text }) => text),
    ["sends Secret"],
  );
});

test("only the latest entries are shown of more than fit, and the page says so", () => {
  const trace = readTrace(sampleTrace());
  const all = traceDiagram(trace, { title: "all" });
  const some = traceDiagram(trace, { title: "some", entriesMax: 10, droppedRecords: 3 });
  assert.equal(all.note, undefined);
  assert.deepEqual(some.entries, all.entries.slice(-10));
  assert.match(some.note ?? "", /without its first 3 records.*first \d+ entries are not shown/);
});

test("the control network's datagrams and handshake frames are named, and garbage is none", () => {
  const telemetry = Uint8Array.from(
    Buffer.from(
      "0c01004701000000000000000100000001000000000000000000000000000000" +
        "0002005e1000010000126700004e200078000004000000020000000000000000" +
        "0a00000000000000140000",
      "hex",
    ),
  );
  const [message] = CONTROL_DECODER.datagram?.(telemetry) ?? [];
  assert.equal(message?.name, "Telemetry");
  assert.equal((message.fields as { uptimeS: number }).uptimeS, 4711);
  assert.deepEqual(CONTROL_DECODER.datagram?.(Uint8Array.of(1, 2, 3)), []);
  const stream = CONTROL_DECODER.stream?.();
  assert.ok(stream !== undefined);
  assert.deepEqual(stream.take(Uint8Array.of(0, 3, 0, 20, 1, 2)), []);
  const [sealed] = stream.take(new Uint8Array(18));
  assert.equal(sealed?.name, "SealedRecord");
});
