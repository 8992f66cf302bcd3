import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { createKeyPair, type KeyPair } from "./crypto.ts";
import { NoiseCipher } from "./noise-cipher.ts";
import { noisePattern } from "./noise-patterns.ts";
import { NoiseHandshake, type NoiseTransport } from "./noise.ts";
import { WireError } from "./wire-error.ts";

const crypto = createNodeCrypto();
const none = new Uint8Array(0);
const initiatorKey = createKeyPair(crypto);
const responderKey = createKeyPair(crypto);

const FUNDAMENTAL = ["NN", "NK", "NX", "KN", "KK", "KX", "XN", "XK", "XX", "IN", "IK", "IX"];

interface Setup {
  readonly pattern?: string;
  readonly prologues?: readonly [Uint8Array, Uint8Array];
  readonly psks?: readonly [Uint8Array, Uint8Array];
  /** The responder's key as the initiator believes it to be. */
  readonly believed?: KeyPair;
}

function handshake(setup: Setup = {}): readonly [NoiseHandshake, NoiseHandshake] {
  const name = setup.pattern ?? "XX";
  const pattern = noisePattern(name);
  const side = (initiator: boolean): NoiseHandshake => {
    const index = initiator ? 0 : 1;
    const psk = setup.psks?.[index];
    const knowsPeer = initiator ? pattern.responderKnown : pattern.initiatorKnown;
    const peer = initiator ? (setup.believed ?? responderKey) : initiatorKey;
    return new NoiseHandshake({
      crypto,
      initiator,
      pattern: name,
      prologue: setup.prologues?.[index] ?? none,
      ...(name[index] === "N" ? {} : { staticKey: initiator ? initiatorKey : responderKey }),
      ...(knowsPeer ? { remoteStatic: peer.publicKey } : {}),
      ...(psk === undefined ? {} : { psk }),
    });
  };
  return [side(true), side(false)];
}

/** Runs a handshake to its end; `change` may alter what is on the wire. */
function run(
  [initiator, responder]: readonly [NoiseHandshake, NoiseHandshake],
  payload: Uint8Array = none,
  change: (message: Uint8Array, turn: number) => Uint8Array = (message) => message,
): readonly [NoiseTransport, NoiseTransport] {
  for (let turn = 0; !responder.complete || !initiator.complete; turn += 1) {
    const [writer, reader] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    assert.deepEqual(reader.readMessage(change(writer.writeMessage(payload), turn)), payload);
  }
  return [initiator.split(), responder.split()];
}

function isWireError(error: unknown): boolean {
  return error instanceof WireError;
}

test("every fundamental pattern, with and without a psk at each place, ends in keys that fit", () => {
  const psk = crypto.randomBytes(32);
  for (const base of FUNDAMENTAL) {
    const places = noisePattern(base).messages.length;
    const modifiers = Array.from({ length: places + 1 }, (_, place) => `psk${String(place)}`);
    for (const modifier of ["", ...modifiers]) {
      const psks = modifier === "" ? {} : { psks: [psk, psk] as const };
      const [ours, theirs] = run(handshake({ pattern: base + modifier, ...psks }));
      assert.deepEqual(ours.handshakeHash, theirs.handshakeHash);
      const content = new Uint8Array([1, 2, 3]);
      assert.deepEqual(theirs.receive.decrypt(none, ours.send.encrypt(none, content)), content);
      assert.deepEqual(ours.receive.decrypt(none, theirs.send.encrypt(none, content)), content);
      if (!base.startsWith("N")) assert.deepEqual(theirs.remoteStatic, initiatorKey.publicKey);
      if (!base.endsWith("N")) assert.deepEqual(ours.remoteStatic, responderKey.publicKey);
    }
  }
});

test("a flipped bit anywhere in any message of XX ends the handshake with a WireError", () => {
  const payload = new Uint8Array(20).fill(7);
  fc.assert(
    fc.property(fc.nat(2), fc.nat(), fc.nat(7), (turn, place, bit) => {
      // The payload of XX's first message is in clear; that it was altered shows in message 2.
      const flip = (message: Uint8Array, now: number): Uint8Array => {
        if (now !== turn) return message;
        const flipped = message.slice();
        const at = place % flipped.length;
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        return flipped;
      };
      const [initiator, responder] = handshake();
      assert.throws(() => {
        let message = flip(initiator.writeMessage(payload), 0);
        responder.readMessage(message);
        message = flip(responder.writeMessage(payload), 1);
        initiator.readMessage(message);
        message = flip(initiator.writeMessage(payload), 2);
        responder.readMessage(message);
      }, isWireError);
    }),
    { numRuns: 150 },
  );
});

test("every shortened message is refused and leaves nothing to go on with", () => {
  const turns = [0, 1, 2];
  for (const turn of turns) {
    const whole = messageOf(turn).message.length;
    for (const bytes of [0, 1, 31, 32, 47, 48, 79, 80, whole - 1]) {
      if (bytes >= whole) continue;
      const { reader, message } = messageOf(turn);
      // A first message is key and clear payload: any 32 bytes are one.
      if (turn === 0 && bytes >= 32) continue;
      assert.throws(() => reader.readMessage(message.subarray(0, bytes)), isWireError);
      assert.throws(() => reader.readMessage(message), RangeError);
      assert.throws(() => reader.split(), RangeError);
    }
  }
});

function messageOf(turn: number): {
  readonly reader: NoiseHandshake;
  readonly message: Uint8Array;
} {
  const [initiator, responder] = handshake();
  let [writer, reader] = [initiator, responder];
  let message = writer.writeMessage(none);
  for (let now = 0; now < turn; now += 1) {
    reader.readMessage(message);
    [writer, reader] = [reader, writer];
    message = writer.writeMessage(none);
  }
  return { reader, message };
}

test("another prologue, psk or responder's key ends the handshake", () => {
  const psk = (): Uint8Array => crypto.randomBytes(32);
  const fails = (setup: Setup): void => {
    assert.throws(() => run(handshake(setup)), isWireError);
  };
  fails({ prologues: [new Uint8Array([1]), new Uint8Array([2])] });
  fails({ pattern: "XXpsk0", psks: [psk(), psk()] });
  fails({ pattern: "XXpsk3", psks: [psk(), psk()] });
  fails({ pattern: "IK", believed: createKeyPair(crypto) });
});

test("a peer's key of low order is refused", () => {
  const [, responder] = handshake();
  responder.readMessage(new Uint8Array(32));
  assert.throws(() => responder.writeMessage(none), isWireError);
});

test("a message beyond 65535 bytes is refused, and never written", () => {
  const [initiator, responder] = handshake();
  assert.throws(() => responder.readMessage(new Uint8Array(65536)), isWireError);
  assert.throws(() => initiator.writeMessage(new Uint8Array(65535)), RangeError);
});

test("working out of turn, or without the keys that a pattern needs, is the caller's fault", () => {
  const [initiator, responder] = handshake();
  assert.throws(() => initiator.readMessage(none), RangeError);
  assert.throws(() => responder.writeMessage(none), RangeError);
  assert.throws(() => initiator.split(), RangeError);
  const [ours] = handshake();
  run([ours, handshake()[1]]);
  assert.throws(() => ours.split(), RangeError);
  const base = { crypto, initiator: true, prologue: none };
  assert.throws(() => new NoiseHandshake({ ...base, pattern: "XX" }), RangeError);
  assert.throws(
    () => new NoiseHandshake({ ...base, pattern: "IK", staticKey: initiatorKey }),
    RangeError,
  );
  assert.throws(() => new NoiseHandshake({ ...base, pattern: "NNpsk0" }), RangeError);
  for (const name of ["", "N", "NX1", "QQ", "XXpsk4", "XXpsk", "toString"]) {
    assert.throws(() => noisePattern(name), RangeError, name);
  }
});

test("a payload that arrived is a copy: the message's buffer may be reused", () => {
  const [initiator, responder] = handshake();
  const message = initiator.writeMessage(new Uint8Array([1, 2, 3]));
  const payload = responder.readMessage(message);
  message.fill(0);
  assert.deepEqual(payload, new Uint8Array([1, 2, 3]));
  assert.doesNotThrow(() => initiator.readMessage(responder.writeMessage(none)));
});

test("a cipher numbers its messages: none opens twice, late, early, or after a rekey on one side", () => {
  const key = crypto.randomBytes(32);
  const pair = (): readonly [NoiseCipher, NoiseCipher] => [
    new NoiseCipher(crypto, key),
    new NoiseCipher(crypto, key),
  ];
  const content = new Uint8Array([5]);
  const [sender, receiver] = pair();
  const first = sender.encrypt(none, content);
  const second = sender.encrypt(none, content);
  assert.notDeepEqual(first, second);
  assert.throws(() => receiver.decrypt(none, second), isWireError);
  assert.deepEqual(receiver.decrypt(none, first), content);
  assert.throws(() => receiver.decrypt(none, first), isWireError);
  assert.deepEqual(receiver.decrypt(none, second), content);
  sender.rekey();
  const third = sender.encrypt(none, content);
  assert.throws(() => receiver.decrypt(none, third), isWireError);
  receiver.rekey();
  assert.deepEqual(receiver.decrypt(none, third), content);
  assert.throws(() => receiver.decrypt(content, sender.encrypt(none, content)), isWireError);
});

test("an output buffer without room for the tag is refused before a nonce is used", () => {
  const key = crypto.randomBytes(32);
  const sender = new NoiseCipher(crypto, key);
  assert.throws(() => {
    sender.encryptInto(none, new Uint8Array(4), new Uint8Array(19));
  }, RangeError);
  const sealed = sender.encrypt(none, new Uint8Array(4));
  assert.deepEqual(new NoiseCipher(crypto, key).decrypt(none, sealed), new Uint8Array(4));
});
