import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import { createKeyPair } from "../../runtime/core/crypto.ts";
import { NoiseCipher } from "../../runtime/core/noise-cipher.ts";
import { noisePattern } from "../../runtime/core/noise-patterns.ts";
import { NoiseHandshake } from "../../runtime/core/noise.ts";
import { RecordChannel } from "../../runtime/core/record.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { loadNoiseC, type NoiseCHandshake } from "./noise-c.ts";

const crypto = createNodeCrypto();
const noiseC = await loadNoiseC();
const none = new Uint8Array(0);
const prologue = new Uint8Array([1, 2, 3]);
const ourKey = createKeyPair(crypto);
const theirKey = createKeyPair(crypto);

interface Pair {
  readonly ours: NoiseHandshake;
  readonly theirs: NoiseCHandshake;
}

function start(name: string, weInitiate: boolean): Pair {
  const pattern = noisePattern(name);
  const { NOISE_ROLE_INITIATOR, NOISE_ROLE_RESPONDER } = noiseC.constants;
  const role = weInitiate ? NOISE_ROLE_RESPONDER : NOISE_ROLE_INITIATOR;
  const theirs = noiseC.HandshakeState(`Noise_${name}_25519_AESGCM_SHA256`, role);
  const weKnow = weInitiate ? pattern.responderKnown : pattern.initiatorKnown;
  const theyKnow = weInitiate ? pattern.initiatorKnown : pattern.responderKnown;
  const [ourLetter, theirLetter] = weInitiate ? [name[0], name[1]] : [name[1], name[0]];
  theirs.Initialize(
    prologue,
    theirLetter === "N" ? null : theirKey.privateKey,
    theyKnow ? ourKey.publicKey : null,
  );
  const ours = new NoiseHandshake({
    crypto,
    initiator: weInitiate,
    pattern: name,
    prologue,
    ...(ourLetter === "N" ? {} : { staticKey: ourKey }),
    ...(weKnow ? { remoteStatic: theirKey.publicKey } : {}),
  });
  return { ours, theirs };
}

/** Exchanges all messages, each with a payload as long as an identity certificate. */
function exchange({ ours, theirs }: Pair): void {
  const payload = crypto.randomBytes(801);
  while (!ours.complete) {
    if (ours.mustWrite) {
      const message = ours.writeMessage(payload);
      assert.deepEqual(new Uint8Array(theirs.ReadMessage(message, true)), payload);
    } else {
      const message = new Uint8Array(theirs.WriteMessage(payload));
      assert.deepEqual(ours.readMessage(message), payload);
    }
  }
}

test("handshake and transport agree with noise-c for every fundamental pattern in both roles", () => {
  for (const name of ["NN", "NK", "NX", "KN", "KK", "KX", "XN", "XK", "XX", "IN", "IK", "IX"]) {
    for (const weInitiate of [true, false]) {
      const pair = start(name, weInitiate);
      exchange(pair);
      const hash = new Uint8Array(pair.theirs.GetHandshakeHash());
      const ours = pair.ours.split();
      assert.deepEqual(ours.handshakeHash, hash, name);
      const theirLetter = name[weInitiate ? 1 : 0];
      if (theirLetter !== "N") assert.deepEqual(ours.remoteStatic, theirKey.publicKey);
      const [send, receive] = pair.theirs.Split();
      for (let count = 0; count < 5; count += 1) {
        const content = crypto.randomBytes(count * 100);
        const sealed = ours.send.encrypt(none, content);
        assert.deepEqual(new Uint8Array(receive.DecryptWithAd(none, sealed)), content);
        const answer = new Uint8Array(send.EncryptWithAd(none, content));
        assert.deepEqual(ours.receive.decrypt(none, answer), content);
      }
    }
  }
});

test("records agree with noise-c's transport messages for any contents in any order", () => {
  const contents = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(contents, fc.boolean(), (messages, weInitiate) => {
      const pair = start("XX", weInitiate);
      exchange(pair);
      const channel = new RecordChannel(pair.ours.split(), SYSTEM_LIMITS);
      const [send, receive] = pair.theirs.Split();
      for (const [outward, content] of messages) {
        if (outward) {
          const record = new Uint8Array(content.length + 16);
          channel.seal(content, record);
          assert.deepEqual(new Uint8Array(receive.DecryptWithAd(none, record)), content);
        } else {
          const record = new Uint8Array(send.EncryptWithAd(none, content));
          assert.deepEqual(channel.open(record), content);
        }
      }
    }),
    { numRuns: 20 },
  );
});

// noise-c.wasm does not implement rekeying, so its definition stands here, over node:crypto.
test("a rekey is the cipher over 32 zeros at the largest nonce, and the message number runs on", () => {
  const key = crypto.randomBytes(32);
  const ours = new NoiseCipher(crypto, key);
  ours.encrypt(none, none);
  ours.rekey();
  const content = crypto.randomBytes(50);
  const sealed = ours.encrypt(none, content);
  const largest = Buffer.from("00000000ffffffffffffffff", "hex");
  const newKey = createCipheriv("aes-256-gcm", key, largest).update(new Uint8Array(32));
  const theirs = noiseC.CipherState(noiseC.constants.NOISE_CIPHER_AESGCM);
  theirs.InitializeKey(new Uint8Array(newKey));
  theirs.SetNonce(1);
  assert.deepEqual(new Uint8Array(theirs.DecryptWithAd(none, sealed)), content);
});

test("each side refuses what was altered on its way from the other", () => {
  const altered = (message: Uint8Array): Uint8Array => {
    const copy = message.slice();
    const last = copy.length - 1;
    copy[last] = (copy[last] ?? 0) ^ 1;
    return copy;
  };
  const first = start("XX", true);
  first.theirs.ReadMessage(first.ours.writeMessage(none), true);
  const second = new Uint8Array(first.theirs.WriteMessage(none));
  assert.throws(() => first.ours.readMessage(altered(second)), { name: "WireError" });
  const other = start("XX", false);
  other.ours.readMessage(new Uint8Array(other.theirs.WriteMessage(none)));
  const answer = other.ours.writeMessage(none);
  assert.throws(() => other.theirs.ReadMessage(altered(answer), true));
});
