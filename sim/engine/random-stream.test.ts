import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { hashLabel } from "./label-hash.ts";
import { naturalLogarithm } from "./natural-logarithm.ts";
import { RandomStream } from "./random-stream.ts";
import { Xoshiro128 } from "./xoshiro.ts";

const labels = fc.uniqueArray(fc.string({ maxLength: 12 }), { minLength: 2, maxLength: 8 });
const seeds = fc.oneof(fc.integer(), fc.string());

function drawn(stream: RandomStream, count = 8): readonly number[] {
  return Array.from({ length: count }, () => stream.word());
}

suite("random streams", () => {
  test("a fork gives the same numbers whatever is drawn and forked elsewhere, and in any order", () => {
    const noise = fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 20 });
    fc.assert(
      fc.property(seeds, labels, noise, (seed, [mine = "", ...others], draws) => {
        const alone = drawn(RandomStream.fromSeed(seed).fork(mine));
        const root = RandomStream.fromSeed(seed);
        const consumers = [root, ...others.map((label) => root.fork(label))];
        const late: RandomStream[] = [];
        for (const [which, count] of draws) {
          drawn(consumers[which % consumers.length] ?? root, count);
          if (late.length < 1) late.push(root.fork(mine));
        }
        assert.deepEqual(drawn(late[0] ?? root.fork(mine)), alone);
      }),
    );
  });

  test("different seeds, labels and depths give different numbers", () => {
    fc.assert(
      fc.property(seeds, labels, (seed, names) => {
        const root = RandomStream.fromSeed(seed);
        const streams = [root, ...names.map((name) => root.fork(name))];
        streams.push(...names.map((name) => root.fork(name).fork(name)));
        const seen = new Set(streams.map((stream) => drawn(stream).join()));
        assert.equal(seen.size, streams.length);
      }),
    );
    const [one, other] = [RandomStream.fromSeed(1), RandomStream.fromSeed("1")];
    assert.notDeepEqual(drawn(one), drawn(other));
  });

  test("an integer lies between its bounds, and a bound of one leaves no choice", () => {
    fc.assert(
      fc.property(seeds, fc.maxSafeInteger(), fc.maxSafeNat(), (seed, least, span) => {
        const most = Math.min(Number.MAX_SAFE_INTEGER, least + span);
        const value = RandomStream.fromSeed(seed).integer(least, most);
        assert.ok(Number.isSafeInteger(value) && value >= least && value <= most);
        assert.equal(RandomStream.fromSeed(seed).below(1), 0);
      }),
    );
  });

  test("a shuffle keeps all members, and leaves the list as it was", () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(9)), (seed, list) => {
        const before = [...list];
        const shuffled = RandomStream.fromSeed(seed).shuffle(list);
        assert.deepEqual(list, before);
        assert.deepEqual(shuffled.toSorted(), before.toSorted());
      }),
    );
  });

  test("draws are as frequent as they should be: chi-square of integers, means of the others", () => {
    const stream = RandomStream.fromSeed("frequencies");
    // 3 * 2^30 would come out twice as often in its first third if the remainder were simply taken.
    for (const bound of [3, 10, 3 * 2 ** 30, 3 * 2 ** 51]) {
      const buckets = bound === 10 ? 10 : 3;
      const counts = new Array<number>(buckets).fill(0);
      const draws = 30_000;
      for (let index = 0; index < draws; index += 1) {
        const bucket = Math.floor((stream.below(bound) / bound) * buckets);
        counts[bucket] = (counts[bucket] ?? 0) + 1;
      }
      const expected = draws / buckets;
      const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      assert.ok(chi < 28, `bound ${String(bound)}: chi-square ${String(chi)}`);
    }
    let [floats, exponentials, hits] = [0, 0, 0];
    for (let index = 0; index < 30_000; index += 1) {
      floats += stream.float() / 30_000;
      exponentials += stream.exponential(40) / 30_000;
      hits += stream.chance(0.2) ? 1 / 30_000 : 0;
    }
    assert.ok(Math.abs(floats - 0.5) < 0.01);
    assert.ok(Math.abs(exponentials - 40) < 1);
    assert.ok(Math.abs(hits - 0.2) < 0.01);
  });

  test("refuses bounds without a number between them, and nothing to pick from", () => {
    const stream = RandomStream.fromSeed(1);
    for (const bound of [0, -1, 1.5, NaN, 2 ** 53 + 2])
      assert.throws(() => stream.below(bound), RangeError);
    assert.throws(() => stream.integer(2, 1), RangeError);
    assert.throws(() => stream.integer(0, Infinity), RangeError);
    assert.throws(() => stream.integer(-1, 2 ** 53 - 1), RangeError, "2^53 apart");
    assert.throws(() => stream.pick([]), RangeError);
  });

  test("bytes are the words, least significant byte first, cut to length", () => {
    const word = RandomStream.fromSeed(5).word();
    const bytes = RandomStream.fromSeed(5).bytes(6);
    assert.equal(bytes.length, 6);
    assert.equal(new DataView(bytes.buffer).getUint32(0, true), word);
    assert.equal(RandomStream.fromSeed(5).bytes(0).length, 0);
  });

  test("xoshiro128** gives what its authors' code gives for the state 1, 2, 3, 4", () => {
    const generator = new Xoshiro128([1, 2, 3, 4]);
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ];
    assert.deepEqual(
      expected.map(() => generator.word()),
      expected,
    );
  });

  test("labels are hashed as smhasher verifies MurmurHash3_x86_128: 0xB3ECE62A", () => {
    const key = Uint8Array.from({ length: 256 }, (_, index) => index);
    const hashes = new DataView(new ArrayBuffer(256 * 16));
    for (let length = 0; length < 256; length += 1) {
      const hash = hashLabel(key.subarray(0, length), 256 - length);
      for (const [word, value] of hash.entries())
        hashes.setUint32(length * 16 + word * 4, value, true);
    }
    const [first] = hashLabel(new Uint8Array(hashes.buffer), 0);
    assert.equal(first, 0xb3ece62a);
  });

  test("the logarithm agrees with the engine's to the last digits, and refuses what has none", () => {
    const positive = fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true });
    const near = fc.double({ min: 0.5, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(positive, near), (value) => {
        const expected = Math.log(value);
        const error = Math.abs(naturalLogarithm(value) - expected);
        assert.ok(error <= 4 * Number.EPSILON * Math.abs(expected), String(value));
      }),
      { numRuns: 2000 },
    );
    for (const value of [0, -1, NaN, Infinity])
      assert.throws(() => naturalLogarithm(value), RangeError);
  });
});
