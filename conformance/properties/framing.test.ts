import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import {
  DatagramReader,
  FrameReader,
  FrameWalk,
  TLV_FRAMING,
  WireError,
  finishFrame,
  frameHeaderBytes,
  writeEnd,
} from "../../runtime/core/index.ts";
import type { Framing } from "../../runtime/core/index.ts";
import { frameOf, interpretFrames } from "../interpreter/frames.ts";
import type { InterpretedFrame } from "../interpreter/frames.ts";
import { Refusal } from "../interpreter/input.ts";

const FRAMINGS: readonly Framing[] = [
  TLV_FRAMING,
  { ...TLV_FRAMING, order: "little" },
  { ...TLV_FRAMING, alignBytes: 4 },
  { ...TLV_FRAMING, typeBits: 8, lengthBits: 8, lengthCounts: "whole" },
  { ...TLV_FRAMING, typeBits: 7, lengthBits: 9, endType: 0 },
  { ...TLV_FRAMING, typeBits: 8, lengthBits: 8, bareTypes: [0, 255], endType: 255 },
  { ...TLV_FRAMING, typeBits: 12, lengthBits: 20, order: "little", lengthCounts: "whole" },
  { ...TLV_FRAMING, typeBits: 8, lengthBits: 16, alignBytes: 2 },
  { ...TLV_FRAMING, typeBits: 32, lengthBits: 32, alignBytes: 8, order: "little" },
];

const STREAM_BYTES_MAX = 4096;

/** A framing, frames of it, and the same as bytes, perhaps with bare types between. */
function streams(): fc.Arbitrary<{
  readonly framing: Framing;
  readonly frames: readonly InterpretedFrame[];
  readonly bytes: Uint8Array;
}> {
  return fc
    .record({
      framing: fc.constantFrom(...FRAMINGS),
      frames: fc.array(
        fc.record(
          {
            tag: fc.integer({ min: 1, max: 100 }),
            value: fc.uint8Array({ maxLength: 200, size: "max" }).map((bytes) => [...bytes]),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 8 },
      ),
      bare: fc.boolean(),
    })
    .map(({ framing, frames, bare }) => {
      const pad = bare && framing.bareTypes.includes(0) ? [0] : [];
      const bytes = frames.flatMap(({ tag, value }) => [
        ...pad,
        ...frameOf(tag, value, modelOf(framing)),
      ]);
      return { framing, frames, bytes: Uint8Array.from([...bytes, ...pad]) };
    });
}

function modelOf(framing: Framing): Parameters<typeof frameOf>[2] {
  return { ...framing, header: [] };
}

/** Cuts bytes at any places; empty pieces too. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.slice(places[index], end));
}

/** All frames of a stream. The chunk is overwritten as soon as the reader has let go of it. */
function readStream(
  reader: FrameReader,
  chunks: readonly Uint8Array[],
): readonly InterpretedFrame[] {
  const frames: InterpretedFrame[] = [];
  for (const chunk of chunks) {
    const lent = chunk.slice();
    reader.push(lent);
    while (reader.next()) {
      const { tag, bytes, view, offset, end } = reader;
      frames.push({ tag, value: [...bytes.subarray(offset, end)] });
      assert.deepEqual(
        Array.from({ length: end - offset }, (_, index) => view.getUint8(offset + index)),
        [...bytes.subarray(offset, end)],
        "view and bytes show the same",
      );
    }
    lent.fill(0xee);
  }
  return frames;
}

suite("frames of a stream", () => {
  test("any segmentation yields the same frames, in every framing", () => {
    const cuts = fc.oneof(
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.constant(Array.from({ length: 3000 }, (_, at) => at)),
    );
    fc.assert(
      fc.property(streams(), cuts, ({ framing, frames, bytes }, places) => {
        const reader = new FrameReader({ framing, maxBytes: STREAM_BYTES_MAX });
        assert.deepEqual(readStream(reader, pieces(bytes, places)), frames);
        assert.equal(reader.heldBytes, 0);
      }),
      { numRuns: 200 },
    );
  });

  test("any bytes are the same frames or the same WireError, however they are cut", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    const outcome = (framing: Framing, chunks: readonly Uint8Array[]): unknown => {
      const reader = new FrameReader({ framing, maxBytes: 300 });
      const frames: InterpretedFrame[] = [];
      try {
        for (const chunk of chunks) {
          reader.push(chunk);
          while (reader.next())
            frames.push({
              tag: reader.tag,
              value: [...reader.bytes.subarray(reader.offset, reader.end)],
            });
          assert.ok(reader.heldBytes <= 300);
        }
        return { frames, held: reader.heldBytes };
      } catch (error) {
        assert.ok(error instanceof WireError);
        return { frames, error: error.code };
      }
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...FRAMINGS),
        fc.uint8Array({ maxLength: 700, size: "max" }),
        cuts,
        (framing, bytes, places) => {
          assert.deepEqual(outcome(framing, pieces(bytes, places)), outcome(framing, [bytes]));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("a header that announces too much is refused before its value arrives", () => {
    for (const chunks of [[[0, 9, 0x10, 0]], [[0], [9], [0x10], [0]]]) {
      const reader = new FrameReader({ maxBytes: 100 });
      const read = (): unknown =>
        readStream(
          reader,
          chunks.map((bytes) => Uint8Array.from(bytes)),
        );
      assert.throws(read, { name: "WireError", code: "overlong" });
    }
  });

  test("a frame of exactly the largest size passes, and one byte more does not", () => {
    const reader = new FrameReader({ maxBytes: 14 });
    const frame = Uint8Array.from(frameOf(3, new Array<number>(10).fill(7), modelOf(TLV_FRAMING)));
    assert.equal(readStream(reader, [frame]).length, 1);
    const longer = Uint8Array.from(frameOf(3, new Array<number>(11).fill(7), modelOf(TLV_FRAMING)));
    assert.throws(() => readStream(reader, [longer]), { code: "overlong" });
  });

  test("a frame within a large chunk is not copied, and an idle reader keeps no chunk", () => {
    const frame = Uint8Array.from(
      frameOf(3, new Array<number>(2000).fill(7), modelOf(TLV_FRAMING)),
    );
    const reader = new FrameReader({ maxBytes: STREAM_BYTES_MAX });
    reader.push(frame);
    assert.ok(reader.next());
    assert.equal(reader.bytes.buffer, frame.buffer);
    assert.ok(!reader.next());
    assert.notEqual(reader.bytes.buffer, frame.buffer);
  });

  test("memory for a frame in pieces grows with what has arrived", () => {
    const reader = new FrameReader({ maxBytes: 0xffff });
    readStream(reader, [Uint8Array.of(0, 3, 0xff, 0x00), new Uint8Array(10)]);
    assert.equal(reader.heldBytes, 14);
    readStream(reader, [new Uint8Array(0xff00 - 11)]);
    reader.push(new Uint8Array(1));
    assert.ok(reader.next());
    assert.ok(reader.bytes.length <= 2 * 0x1_0000);
  });

  test("a chunk before the last one is read to its end is a bug of the caller", () => {
    const reader = new FrameReader({ maxBytes: 100 });
    reader.push(Uint8Array.of(0, 1));
    assert.throws(() => {
      reader.push(Uint8Array.of(0));
    }, RangeError);
  });

  test("what follows the frames can be taken out for somebody else", () => {
    const reader = new FrameReader({ maxBytes: 100 });
    reader.push(Uint8Array.of(0, 5, 0, 1, 42, 1, 2, 3));
    assert.ok(reader.next());
    assert.deepEqual(reader.takeRest(), Uint8Array.of(1, 2, 3));
    assert.ok(!reader.next());
    readStream(reader, [Uint8Array.of(9, 9)]);
    reader.push(Uint8Array.of(8));
    assert.deepEqual(reader.takeRest(), Uint8Array.of(9, 9, 8));
    assert.equal(reader.heldBytes, 0);
  });
});

suite("frames of a datagram", () => {
  test("any bytes are the frames that the interpreter sees, or a WireError", () => {
    const bytes = fc.oneof(
      fc.tuple(fc.constantFrom(...FRAMINGS), fc.uint8Array({ maxLength: 60, size: "max" })),
      streams().map(({ framing, bytes: whole }) => [framing, whole] as const),
    );
    fc.assert(
      fc.property(bytes, fc.nat({ max: 5 }), ([framing, whole], cut) => {
        const datagram = whole.slice(0, Math.max(0, whole.length - cut));
        assert.deepEqual(walked(datagram, framing), interpreted(datagram, framing));
      }),
      { numRuns: 500 },
    );
  });

  test("a reader serves one datagram after another from one buffer", () => {
    const reader = new DatagramReader({ maxBytes: 20 });
    reader.open(Uint8Array.of(0, 1, 0, 2, 5, 6, 0, 2, 0, 0));
    const { bytes, view } = reader;
    assert.ok(reader.next());
    assert.deepEqual([reader.tag, ...bytes.subarray(reader.offset, reader.end)], [1, 5, 6]);
    assert.ok(reader.next());
    assert.equal(reader.end, reader.offset);
    assert.ok(!reader.next());
    reader.open(Uint8Array.of(0, 7, 0, 0));
    assert.ok(reader.next());
    assert.equal(reader.tag, 7);
    assert.equal(reader.bytes, bytes);
    assert.equal(reader.view, view);
  });

  test("a datagram above the bound is refused, and nothing of the one before is seen again", () => {
    const reader = new DatagramReader({ maxBytes: 8 });
    reader.open(Uint8Array.of(0, 1, 0, 0));
    assert.throws(
      () => {
        reader.open(new Uint8Array(9));
      },
      { name: "WireError", code: "overlong" },
    );
    assert.ok(!reader.next());
  });

  test("a frame that ends past its datagram is truncated, whatever stood there before", () => {
    const reader = new DatagramReader({ maxBytes: 64 });
    reader.open(new Uint8Array(64).fill(1));
    reader.open(Uint8Array.of(0, 1, 0, 9, 1));
    assert.throws(() => reader.next(), { name: "WireError", code: "truncated" });
  });

  function walked(datagram: Uint8Array, framing: Framing): unknown {
    const frames: InterpretedFrame[] = [];
    const bytes = new Uint8Array(datagram.length + 16).fill(0xff);
    bytes.set(datagram, 8);
    try {
      const walk = new FrameWalk(new DataView(bytes.buffer), 8, 8 + datagram.length, framing);
      while (walk.next())
        frames.push({ tag: walk.tag, value: [...bytes.subarray(walk.offset, walk.end)] });
      return frames;
    } catch (error) {
      assert.ok(error instanceof WireError);
      return "refused";
    }
  }

  function interpreted(datagram: Uint8Array, framing: Framing): unknown {
    try {
      return interpretFrames(datagram, modelOf(framing));
    } catch (error) {
      assert.ok(error instanceof Refusal);
      return "refused";
    }
  }
});

suite("writing frames", () => {
  test("header and padding are those that the interpreter writes", () => {
    const value = fc.uint8Array({ maxLength: 200, size: "max" }).map((bytes) => [...bytes]);
    fc.assert(
      fc.property(
        fc.constantFrom(...FRAMINGS),
        fc.integer({ min: 1, max: 100 }),
        value,
        (framing, tag, content) => {
          const out = new Uint8Array(300).fill(0xee);
          const start = 5;
          out.set(content, start + frameHeaderBytes(framing));
          const end = start + frameHeaderBytes(framing) + content.length;
          const after = finishFrame({ tag, start, end }, out, new DataView(out.buffer), framing);
          assert.deepEqual(
            [...out.subarray(start, after)],
            frameOf(tag, content, modelOf(framing)),
          );
          assert.equal(out[after], 0xee);
        },
      ),
    );
  });

  test("a value that the length field cannot count, or a buffer without room for the padding, is a RangeError", () => {
    const narrow: Framing = { ...TLV_FRAMING, typeBits: 8, lengthBits: 8, lengthCounts: "whole" };
    const out = new Uint8Array(300);
    const view = new DataView(out.buffer);
    assert.throws(() => finishFrame({ tag: 1, start: 0, end: 256 }, out, view, narrow), RangeError);
    assert.equal(finishFrame({ tag: 1, start: 0, end: 255 }, out, view, narrow), 255);
    const aligned: Framing = { ...TLV_FRAMING, alignBytes: 4 };
    const tight = new Uint8Array(5);
    const write = (): number =>
      finishFrame({ tag: 1, start: 0, end: 5 }, tight, new DataView(tight.buffer), aligned);
    assert.throws(write, RangeError);
  });

  test("the end of a sequence is a bare type or an empty frame, as the framing says", () => {
    const written = (framing: Framing): readonly number[] => {
      const out = new Uint8Array(8);
      return [...out.subarray(0, writeEnd(out, new DataView(out.buffer), 0, framing))];
    };
    assert.deepEqual(written(TLV_FRAMING), []);
    assert.deepEqual(
      written({ ...TLV_FRAMING, typeBits: 8, lengthBits: 8, bareTypes: [0, 255], endType: 255 }),
      [255],
    );
    assert.deepEqual(written({ ...TLV_FRAMING, typeBits: 7, lengthBits: 9, endType: 0 }), [0, 0]);
  });
});
