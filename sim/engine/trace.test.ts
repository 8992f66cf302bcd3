import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { JsonLines, Simulation, Trace, recordJson } from "./index.ts";
import type { TraceDetail, TraceRecord } from "./index.ts";

const bytes = fc.uint8Array({ maxLength: 9 });
const value = fc.oneof(fc.string({ maxLength: 5 }), fc.double(), fc.integer(), fc.boolean(), bytes);
const name = fc.stringMatching(/^[a-z]{1,3}$/u);
const detail: fc.Arbitrary<TraceDetail> = fc.oneof(
  fc.string(),
  bytes,
  fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true }),
);
const record = fc.record({
  host: fc.string({ maxLength: 4 }),
  kind: fc.string({ maxLength: 4 }),
  detail,
});
type Recorded = Pick<TraceRecord, "host" | "kind" | "detail">;

function hashOf(records: readonly Recorded[]): string {
  const trace = new Trace();
  for (const one of records) trace.record(one.host, one.kind, one.detail);
  return trace.hash;
}

/** Whether two records are the same to a trace: -0 is 0 there. */
function textOf(records: readonly Recorded[]): string {
  const plain = records.map((one) => recordJson({ event: 0, timeUs: 0, ...one }));
  return plain.join("\n");
}

suite("a trace", () => {
  test("has the same hash for the same records and another for others", () => {
    const lists = fc.array(record, { maxLength: 3 });
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        assert.equal(hashOf(one), hashOf(structuredClone(one)));
        if (textOf(one) !== textOf(other)) assert.notEqual(hashOf(one), hashOf(other));
      }),
      { numRuns: 500 },
    );
  });

  test("tells a flipped bit, wherever it is, and two of them", () => {
    const long = fc.uint8Array({ minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(long, fc.nat(319), fc.nat(319), (data, first, second) => {
        const changed = Uint8Array.from(data);
        for (const bit of new Set([first, second].map((nth) => nth % (data.length * 8)))) {
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        }
        const hash = (detailBytes: Uint8Array): string =>
          hashOf([{ host: "h", kind: "k", detail: detailBytes }]);
        assert.notEqual(hash(changed), hash(data));
      }),
      { numRuns: 500 },
    );
  });

  test("tells what lies side by side apart from what lies together", () => {
    const different: readonly Recorded[] = [
      { host: "ab", kind: "c", detail: "" },
      { host: "a", kind: "bc", detail: "" },
      { host: "a", kind: "b", detail: "c" },
      { host: "a", kind: "b", detail: Uint8Array.of(0x63) },
      { host: "a", kind: "b", detail: { c: "" } },
      { host: "a", kind: "b", detail: { c: 0 } },
      { host: "a", kind: "b", detail: { c: false } },
      { host: "a", kind: "b", detail: { c: NaN } },
      { host: "a", kind: "b", detail: { c: "", d: "" } },
      { host: "a", kind: "b", detail: { d: "", c: "" } },
    ];
    assert.equal(new Set(different.map((one) => hashOf([one]))).size, different.length);
  });

  test("has the hash written here, on every engine and platform", () => {
    const simulation = new Simulation({ seed: "portable" });
    const random = simulation.random("values");
    const step = {
      label: "stepper",
      handle: (left: number): void => {
        const mean = 1000 * (1 + (left % 9));
        const late = random.exponential(mean);
        simulation.trace.record("host-é", "drawn", {
          late,
          word: random.word(),
          of: random.bytes(5),
        });
        if (left > 0) simulation.schedule(Math.round(late), step, left - 1);
      },
    };
    simulation.schedule(2 ** 40, step, 500);
    simulation.run();
    assert.equal(simulation.trace.hash, "eba81737f16b7ffe");
  });

  test("hashes the order of events also where nothing is recorded", () => {
    const hash = (order: readonly number[]): string => {
      const simulation = new Simulation({ seed: 1 });
      const handler = { handle: (): void => undefined };
      for (const argument of order) simulation.schedule(1, handler, argument);
      simulation.run();
      return simulation.trace.hash;
    };
    assert.notEqual(hash([1, 2]), hash([2, 1]));
    assert.notEqual(hash([1, 2]), hash([1, 2, 3]));
  });
});

suite("JSON lines", () => {
  const line: TraceRecord = {
    event: 7,
    timeUs: 1500,
    host: "hub",
    kind: "udp-send",
    detail: Uint8Array.of(12, 1),
  };

  test("are one JSON object a record, bytes in hexadecimal", () => {
    const expected =
      '{"event":7,"timeUs":1500,"host":"hub","kind":"udp-send","detail":{"bytes":"0c01"}}';
    assert.equal(recordJson(line), expected);
    const fields = { ...line, detail: { a: NaN, b: Buffer.of(1, 2, 3), c: true } };
    const short = '{"a":"NaN","b":{"bytes":"0102","length":3},"c":true}}';
    assert.ok(recordJson(fields, 2).endsWith(`"detail":${short}`));
  });

  test("keep the latest records within the bound, oldest first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(30), (recordsMax, count) => {
        const sink = new JsonLines({ recordsMax });
        const simulation = new Simulation({ seed: 1, sink });
        for (let index = 0; index < count; index += 1) simulation.trace.record("h", String(index));
        const kinds = sink.lines().map((text) => (JSON.parse(text) as TraceRecord).kind);
        const all = Array.from({ length: count }, (_, index) => String(index));
        assert.deepEqual(kinds, all.slice(-recordsMax));
        assert.equal(sink.dropped, Math.max(0, count - recordsMax));
        assert.equal(sink.text().split("\n").length, kinds.length + 1);
      }),
    );
    for (const recordsMax of [0, -1, 0.5, NaN])
      assert.throws(() => new JsonLines({ recordsMax }), RangeError);
  });
});
