import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { readBits, writeBits } from "./bits.ts";
import {
  readBool,
  readI64,
  readI64Little,
  readU24,
  readU24Little,
  readU48,
  readU48Little,
  readU64,
  readU64Little,
  writeI64,
  writeI64Little,
  writeU24,
  writeU24Little,
  writeU48,
  writeU48Little,
} from "./integers.ts";
import { copyBytes, copyBytes16, writeBytes, writeBytes16 } from "./spans.ts";

type Read = (view: DataView, offset: number, path: string) => number;
type Write = (view: DataView, offset: number, value: number) => void;

interface Width {
  readonly bytes: number;
  readonly min: number;
  readonly max: number;
  readonly big: readonly [Write, Read];
  readonly little: readonly [Write, Read];
}

const WIDTHS: readonly Width[] = [
  {
    bytes: 3,
    min: 0,
    max: 0xff_ffff,
    big: [writeU24, readU24],
    little: [writeU24Little, readU24Little],
  },
  {
    bytes: 6,
    min: 0,
    max: 2 ** 48 - 1,
    big: [writeU48, readU48],
    little: [writeU48Little, readU48Little],
  },
  {
    bytes: 8,
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
    big: [writeI64, readI64],
    little: [writeI64Little, readI64Little],
  },
];

/** The bytes of an integer, by BigInt alone. */
function bytesOf(value: number, bytes: number): number[] {
  const unsigned = BigInt.asUintN(8 * bytes, BigInt(value));
  return Array.from({ length: bytes }, (_, index) =>
    Number((unsigned >> BigInt(8 * (bytes - 1 - index))) & 255n),
  );
}

suite("integers that DataView does not have", () => {
  for (const { bytes, min, max, big, little } of WIDTHS) {
    test(`integers of ${String(bytes)} bytes stand in either order and read back`, () => {
      fc.assert(
        fc.property(fc.integer({ min, max }), (value) => {
          const out = new Uint8Array(12).fill(0xee);
          const view = new DataView(out.buffer);
          big[0](view, 2, value);
          assert.deepEqual([...out.subarray(2, 2 + bytes)], bytesOf(value, bytes));
          assert.equal(big[1](view, 2, "x"), value);
          little[0](view, 2, value);
          assert.deepEqual([...out.subarray(2, 2 + bytes)], bytesOf(value, bytes).reverse());
          assert.equal(little[1](view, 2, "x"), value);
          assert.deepEqual([out[1], out[2 + bytes]], [0xee, 0xee]);
        }),
      );
    });
  }

  test("64 bits that a number cannot hold are a WireError, in either order, and never a wrong number", () => {
    const near = fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n });
    const unsigned = fc.oneof(
      near,
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.nat().map(BigInt),
    );
    fc.assert(
      fc.property(unsigned, fc.boolean(), (value, negative) => {
        const view = new DataView(new ArrayBuffer(8));
        const signed = BigInt.asIntN(64, negative ? -value : value);
        for (const isLittle of [false, true]) {
          view.setBigUint64(0, value, isLittle);
          assertExact(isLittle ? readU64Little : readU64, view, value);
          view.setBigInt64(0, signed, isLittle);
          assertExact(isLittle ? readI64Little : readI64, view, signed);
        }
      }),
      { numRuns: 1000 },
    );
  });

  function assertExact(read: Read, view: DataView, expected: bigint): void {
    if (
      BigInt(Number.MIN_SAFE_INTEGER) <= expected &&
      expected <= BigInt(Number.MAX_SAFE_INTEGER)
    ) {
      assert.equal(BigInt(read(view, 0, "x")), expected);
    } else {
      assert.throws(() => read(view, 0, "x"), { name: "WireError", code: "bad-value", offset: 0 });
    }
  }

  test("a truth value is 0 or 1 and nothing else", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const view = new DataView(Uint8Array.of(byte).buffer);
      if (byte > 1) assert.throws(() => readBool(view, 0, "x"), { code: "bad-value" });
      else assert.equal(readBool(view, 0, "x"), byte === 1);
    }
  });

  test("fields of bits are written among others and read back", () => {
    const field = fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 53 }));
    fc.assert(
      fc.property(
        field,
        fc.nat({ max: 2 ** 53 - 1 }),
        fc.nat({ max: 255 }),
        ([bit, bits], raw, around) => {
          const value = raw % 2 ** bits;
          const bytes = new Uint8Array(12).fill(around);
          const view = new DataView(bytes.buffer);
          const before = bitsOf(bytes);
          writeBits(view, 1, { bit, bits }, value);
          const digits = value.toString(2).padStart(bits, "0");
          const start = 8 + bit;
          assert.equal(bitsOf(bytes), before.slice(0, start) + digits + before.slice(start + bits));
          assert.equal(readBits(view, 1, { bit, bits }, "x"), value);
        },
      ),
    );
  });

  function bitsOf(bytes: Uint8Array): string {
    return [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  }

  test("a field of bits refuses what it cannot hold", () => {
    const view = new DataView(new Uint8Array(8).fill(255).buffer);
    assert.throws(() => readBits(view, 0, { bit: 0, bits: 64 }, "x"), { code: "bad-value" });
    for (const value of [8, -1, 1.5, Number.NaN]) {
      assert.throws(() => {
        writeBits(view, 0, { bit: 4, bits: 3 }, value);
      }, RangeError);
    }
  });
});

suite("bytes", () => {
  test("a copy is a plain Uint8Array of its own, also of a Buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 200, size: "max" }), (source) => {
        const buffer = Buffer.from(source);
        for (const copy of [
          copyBytes(buffer, 0, buffer.length),
          copyBytes(source, 0, source.length),
        ]) {
          assert.deepEqual(copy, source);
          assert.notEqual(copy.buffer, buffer.buffer);
        }
        assert.deepEqual(copyBytes16(buffer, 0), source.slice(0, 16));
      }),
    );
  });

  test("bytes are written whole or not at all", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100, size: "max" }),
        fc.nat({ max: 100 }),
        (value, room) => {
          const whole = new Uint8Array(room + 4).fill(0xee);
          const out = whole.subarray(0, room);
          if (value.length > room) assert.throws(() => writeBytes(value, out, 0, "x"), RangeError);
          else assert.equal(writeBytes(value, out, 0, "x"), value.length);
          const written = value.length > room ? 0 : value.length;
          assert.deepEqual(whole.subarray(0, written), value.subarray(0, written));
          assert.ok(whole.subarray(written).every((byte) => byte === 0xee));
        },
      ),
    );
    const key = Uint8Array.from({ length: 16 }, (_, index) => index);
    const out = new Uint8Array(18);
    assert.equal(writeBytes16(key, out, 2, "x"), 18);
    assert.deepEqual(out.subarray(2), key);
    assert.throws(() => writeBytes16(key, out, 3, "x"), RangeError);
  });
});
