import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  NoiseHandshake,
  RECORD_CONTENT_BYTES_MAX,
  RecordChannel,
  WireError,
  createKeyPair,
  joinBytes,
} from "../../../core/index.ts";
import type { RecordLimits } from "../../../core/index.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { createEndPipes } from "./end-pipes.ts";
import type { EndPipes } from "./end-pipes.ts";

const crypto = createNodeCrypto();
/** Often enough that keys are replaced in the middle of most runs. */
const LIMITS: RecordLimits = { recordsPerKey: 5, bytesPerKey: 100_000 };
const HEADER_BYTES = 4;
const RECORD = 3;

/** What both ends have after their handshake. */
function ends(): readonly [near: EndPipes, far: EndPipes] {
  const side = (initiator: boolean): NoiseHandshake =>
    new NoiseHandshake({
      crypto,
      initiator,
      pattern: "XX",
      prologue: new Uint8Array(0),
      staticKey: createKeyPair(crypto),
    });
  const [initiator, responder] = [side(true), side(false)];
  const empty = new Uint8Array(0);
  responder.readMessage(initiator.writeMessage(empty));
  initiator.readMessage(responder.writeMessage(empty));
  responder.readMessage(initiator.writeMessage(empty));
  return [
    createEndPipes(new RecordChannel(initiator.split(), LIMITS)),
    createEndPipes(new RecordChannel(responder.split(), LIMITS)),
  ];
}

/** What is on the way for these writes of a program and, if it is to come, their end. */
function sealed({ seal }: EndPipes, writes: readonly Uint8Array[], isEnded = true): Uint8Array {
  const pieces = writes.flatMap((bytes) => [...seal.push(bytes)]);
  return joinBytes([...pieces, ...(isEnded ? seal.end() : [])]);
}

/** Its records, each with its header. */
function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let from = 0; from < bytes.length;) {
    assert.equal(view.getUint16(from), RECORD);
    const to = from + HEADER_BYTES + view.getUint16(from + 2);
    records.push(bytes.subarray(from, to));
    from = to;
  }
  return records;
}

/** What a program gets of bytes that come in these segments, with their end. @throws {WireError} */
function opened({ open }: EndPipes, segments: readonly Uint8Array[]): Uint8Array {
  const contents = segments.flatMap((bytes) => [...open.push(bytes)]);
  return joinBytes([...contents, ...open.end()]);
}

/** Cut at these places, taken round the length. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  const bounds = [0, ...at, bytes.length];
  return bounds.slice(1).map((to, index) => bytes.slice(bounds[index], to));
}

function refused(work: () => unknown, code: WireError["code"]): void {
  assert.throws(work, (error) => error instanceof WireError && error.code === code, code);
}

const writes = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(4096, 4097, RECORD_CONTENT_BYTES_MAX, RECORD_CONTENT_BYTES_MAX + 1, 140_000)
        .map((length) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251)),
    },
  ),
  { maxLength: 12 },
);
const someWrites = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), {
  minLength: 1,
  maxLength: 8,
});
const places = fc.array(fc.nat(), { maxLength: 40 });

test("bytes arrive as they were written, however they are written and however they come", () => {
  fc.assert(
    fc.property(writes, places, (written, at) => {
      const [near, far] = ends();
      const segments = cut(sealed(near, written), at);
      assert.deepEqual(opened(far, segments), joinBytes(written));
    }),
    { numRuns: 60 },
  );
});

test("both directions are on their own", () => {
  const [near, far] = ends();
  const [there, back] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const fromNear = sealed(near, [there]);
  assert.deepEqual(opened(near, [sealed(far, [back])]), back);
  assert.deepEqual(opened(far, [fromNear]), there);
  refused(() => opened(ends()[0], [fromNear]), "bad-authentication");
});

test("bytes that end anywhere before their end were cut", () => {
  fc.assert(
    fc.property(someWrites, fc.nat(), (written, place) => {
      const [near, far] = ends();
      const all = sealed(near, written);
      const some = all.subarray(0, place % all.length);
      refused(() => opened(far, [some]), "truncated");
    }),
  );
});

test("a byte that is altered anywhere ends it, and nothing from there on is given to the program", () => {
  fc.assert(
    fc.property(someWrites, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, flip) => {
      const [near, far] = ends();
      const all = sealed(near, written);
      const at = place % all.length;
      all[at] = (all[at] ?? 0) ^ flip;
      const got: Uint8Array[] = [];
      assert.throws(() => {
        // One byte at a time, so that what is opened before is seen.
        for (const byte of all) got.push(...far.open.push(Uint8Array.of(byte)));
        far.open.end();
      }, WireError);
      const whole = joinBytes(written);
      assert.deepEqual(joinBytes(got), whole.subarray(0, joinBytes(got).length));
      assert.ok(joinBytes(got).length <= Math.min(at, whole.length));
    }),
  );
});

test("records that are left out, doubled or in another order end it", () => {
  fc.assert(
    fc.property(someWrites, fc.nat(), fc.nat(), (written, one, other) => {
      const [near] = ends();
      const records = recordsOf(sealed(near, written));
      const [a, b] = [one % records.length, other % records.length];
      const missing = records.filter((_, at) => at !== a);
      const doubled = records.flatMap((record, at) => (at === a ? [record, record] : [record]));
      const moved = missing.toSpliced(b, 0, ...records.slice(a, a + 1));
      for (const altered of [missing, doubled, ...(a === b ? [] : [moved])]) {
        // The keys of a run serve its records once, so each attempt has a run of its own.
        assert.notDeepEqual(joinBytes(altered), joinBytes(records));
        assertRefused(
          written,
          altered.map((record) => records.indexOf(record)),
        );
      }
    }),
  );
});

/** The records of a run in another order. */
function assertRefused(written: readonly Uint8Array[], order: readonly number[]): void {
  const [near, far] = ends();
  const records = recordsOf(sealed(near, written));
  const altered = order.map((at) => records[at] ?? new Uint8Array(0));
  assert.throws(() => opened(far, [joinBytes(altered)]), WireError);
}

test("nothing comes after the end: no record, no part of one, and no second end", () => {
  const [after] = [Uint8Array.of(9)];
  for (const more of [
    (near: EndPipes) => joinBytes([...near.seal.push(after)]),
    (near: EndPipes) => joinBytes([...near.seal.end()]),
    (near: EndPipes) => joinBytes([...near.seal.push(after)]).subarray(0, 5),
    () => Uint8Array.of(0),
  ]) {
    const [near, far] = ends();
    const all = sealed(near, [Uint8Array.of(1)]);
    assert.throws(() => opened(far, [all, more(near)]), WireError);
  }
});

test("once a record was refused what the program says is refused as well, and is no fault of ours", () => {
  const [, far] = ends();
  const forged = Uint8Array.of(0, RECORD, 0, 16, ...new Uint8Array(16));
  refused(() => far.open.push(forged), "bad-authentication");
  refused(() => far.seal.push(Uint8Array.of(1)), "bad-authentication");
  refused(() => far.seal.end(), "bad-authentication");
});

test("a frame that is no record ends it", () => {
  const [, far] = ends();
  refused(() => far.open.push(Uint8Array.of(0, 4, 0, 1, 0)), "unexpected-message");
});

test("an empty write is nothing, and an end without bytes is one record", () => {
  const [near, far] = ends();
  assert.deepEqual(near.seal.push(new Uint8Array(0)), []);
  const end = joinBytes([...near.seal.end()]);
  assert.deepEqual([...end.subarray(0, HEADER_BYTES)], [0, RECORD, 0, 16]);
  assert.equal(end.length, HEADER_BYTES + 16);
  assert.deepEqual(opened(far, [end]), new Uint8Array(0));
});
