import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { createKeyPair, type AesGcmInput, type Crypto } from "./crypto.ts";
import { joinBytes } from "./join-bytes.ts";
import { NoiseHandshake, type NoiseTransport } from "./noise.ts";
import {
  RECORD_BYTES_MAX,
  RECORD_CONTENT_BYTES_MAX,
  RecordChannel,
  type RecordLimits,
} from "./record.ts";
import { WireError } from "./wire-error.ts";

const node = createNodeCrypto();

/** @param ours the primitives of the first side, to be watched. */
function transports(ours: Crypto = node): readonly [NoiseTransport, NoiseTransport] {
  const side = (initiator: boolean): NoiseHandshake =>
    new NoiseHandshake({
      crypto: initiator ? ours : node,
      initiator,
      pattern: "XX",
      prologue: new Uint8Array(0),
      staticKey: createKeyPair(node),
    });
  const [initiator, responder] = [side(true), side(false)];
  const empty = new Uint8Array(0);
  responder.readMessage(initiator.writeMessage(empty));
  initiator.readMessage(responder.writeMessage(empty));
  responder.readMessage(initiator.writeMessage(empty));
  return [initiator.split(), responder.split()];
}

/** So many that no key is replaced. */
const NEVER: RecordLimits = { recordsPerKey: Infinity, bytesPerKey: Infinity };

function channels(limits = NEVER, crypto?: Crypto): readonly [RecordChannel, RecordChannel] {
  const [ours, theirs] = transports(crypto);
  return [new RecordChannel(ours, limits), new RecordChannel(theirs, limits)];
}

function sealed(channel: RecordChannel, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(content.length + 16);
  assert.equal(channel.seal(content, out), out.length);
  return out;
}

function refuses(channel: RecordChannel, record: Uint8Array): void {
  assert.throws(
    () => channel.open(record),
    (error) => error instanceof WireError && error.code === "bad-authentication",
  );
  assert.equal(channel.dead, true);
}

test("a record in parts is what it is in one piece, with a platform's own parts and without", () => {
  const plain = { ...node };
  Reflect.deleteProperty(plain, "aesGcmSealParts");
  for (const crypto of [node, plain]) {
    const [ours, theirs] = channels({ recordsPerKey: 3, bytesPerKey: 200 }, crypto);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.boolean(), (content, inParts) => {
        const record = inParts ? joinBytes(ours.sealParts(content)) : sealed(ours, content);
        assert.deepEqual(theirs.open(record), content);
      }),
    );
  }
});

test("contents sent both ways in any order arrive as they were, across many rekeys", () => {
  const limits = { recordsPerKey: 3, bytesPerKey: 200 };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 150 })), { maxLength: 60 }),
      (messages) => {
        const [ours, theirs] = channels(limits);
        for (const [outward, content] of messages) {
          const [from, to] = outward ? [ours, theirs] : [theirs, ours];
          assert.deepEqual(to.open(sealed(from, content)), content);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("what is done ahead changes nothing: not what is sealed, not what is opened, not what is refused", () => {
  const limits = { recordsPerKey: 3, bytesPerKey: 200 };
  const plain = { ...node };
  Reflect.deleteProperty(plain, "aesGcmAhead");
  for (const crypto of [node, plain]) {
    const [ours, theirs] = channels(limits, crypto);
    const piece = fc.record({
      content: fc.uint8Array({ maxLength: 150 }),
      sealsAhead: fc.nat(2),
      opensAhead: fc.nat(2),
      inParts: fc.boolean(),
    });
    fc.assert(
      fc.property(piece, ({ content, sealsAhead, opensAhead, inParts }) => {
        for (let left = sealsAhead; left > 0; left -= 1) ours.prepareSeal();
        for (let left = opensAhead; left > 0; left -= 1) theirs.prepareOpen();
        const record = inParts ? joinBytes(ours.sealParts(content)) : sealed(ours, content);
        assert.deepEqual(theirs.open(record), content);
      }),
    );
    theirs.prepareOpen();
    refuses(theirs, new Uint8Array(20));
    theirs.prepareOpen();
  }
});

test("no key of a side ever seals two messages under one nonce", () => {
  const seen = new Set<string>();
  const watching: Crypto = {
    ...node,
    aesGcmSeal: (input: AesGcmInput, out: Uint8Array): void => {
      const use = Buffer.concat([input.key, input.nonce]).toString("hex");
      assert.ok(!seen.has(use));
      seen.add(use);
      node.aesGcmSeal(input, out);
    },
  };
  const [ours, theirs] = channels({ recordsPerKey: 5, bytesPerKey: 1000 }, watching);
  for (let count = 0; count < 40; count += 1) {
    theirs.open(sealed(ours, new Uint8Array(count)));
    ours.open(sealed(theirs, new Uint8Array(count)));
  }
  assert.ok(seen.size > 48);
});

test("a key lasts for its count of records and for its count of bytes, whichever ends first", () => {
  const keys = new Set<string>();
  const watching: Crypto = {
    ...node,
    aesGcmSeal: (input, out) => {
      if (input.nonce[4] !== 255) keys.add(Buffer.from(input.key).toString("hex"));
      node.aesGcmSeal(input, out);
    },
  };
  const [ours] = channels({ recordsPerKey: 4, bytesPerKey: 100 }, watching);
  keys.clear();
  for (let count = 0; count < 8; count += 1) sealed(ours, new Uint8Array(1));
  assert.equal(keys.size, 2);
  for (let count = 0; count < 4; count += 1) sealed(ours, new Uint8Array(50));
  assert.equal(keys.size, 4);
});

test("a record that was flipped, cut, lengthened, repeated, dropped, swapped or reflected kills the channel", () => {
  const content = new Uint8Array(40).fill(9);
  fc.assert(
    fc.property(fc.nat(55), fc.nat(7), (at, bit) => {
      const [ours, theirs] = channels();
      const record = sealed(ours, content);
      record[at] = (record[at] ?? 0) ^ (1 << bit);
      refuses(theirs, record);
    }),
    { numRuns: 60 },
  );
  for (const bytes of [0, 1, 15, 16, 55]) {
    const [ours, theirs] = channels();
    refuses(theirs, sealed(ours, content).subarray(0, bytes));
  }
  const attacks: ((ours: RecordChannel, theirs: RecordChannel) => void)[] = [
    (ours, theirs) => {
      refuses(theirs, new Uint8Array([...sealed(ours, content), 0]));
    },
    (ours, theirs) => {
      const record = sealed(ours, content);
      theirs.open(record);
      refuses(theirs, record);
    },
    (ours, theirs) => {
      sealed(ours, content);
      refuses(theirs, sealed(ours, content));
    },
    (ours) => {
      refuses(ours, sealed(ours, content));
    },
    (_ours, theirs) => {
      refuses(theirs, new Uint8Array(RECORD_BYTES_MAX + 1));
    },
  ];
  for (const attack of attacks) attack(...channels());
});

test("a dead channel opens nothing, not even what is genuine, and seals nothing", () => {
  const [ours, theirs] = channels();
  const genuine = sealed(ours, new Uint8Array(3));
  refuses(theirs, new Uint8Array(20));
  refuses(theirs, genuine);
  assert.throws(() => theirs.seal(new Uint8Array(1), new Uint8Array(17)), RangeError);
});

test("the largest content makes the largest record, and one byte more is refused", () => {
  const [ours, theirs] = channels();
  const content = new Uint8Array(RECORD_CONTENT_BYTES_MAX).fill(1);
  const record = sealed(ours, content);
  assert.equal(record.length, RECORD_BYTES_MAX);
  assert.deepEqual(theirs.open(record), content);
  const out = new Uint8Array(RECORD_BYTES_MAX + 10);
  assert.throws(() => ours.seal(new Uint8Array(RECORD_CONTENT_BYTES_MAX + 1), out), RangeError);
});
