import assert from "node:assert/strict";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import type { KeyPair } from "../../runtime/core/crypto.ts";
import { NoiseHandshake, type NoiseOptions } from "../../runtime/core/noise.ts";
import { hex, testVectors, unhex } from "./vector-file.ts";

interface NoiseVector {
  readonly source: string;
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_psks?: readonly string[];
  readonly resp_static?: string;
  readonly resp_ephemeral: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const crypto = createNodeCrypto();

testVectors(
  "every published Noise 25519 AESGCM SHA256 vector gives its bytes in both directions",
  "noise-25519-aesgcm-sha256.json",
  (file) => {
    const { vectors } = file as { readonly vectors: readonly NoiseVector[] };
    assert.ok(vectors.length >= 7);
    for (const vector of vectors) checkVector(vector);
  },
);

function checkVector(vector: NoiseVector): void {
  const about = `${vector.source} ${vector.protocol_name}`;
  const initiator = new NoiseHandshake(options(vector, true));
  const responder = new NoiseHandshake(options(vector, false));
  let turn = 0;
  for (; !initiator.complete; turn += 1) {
    const { payload, ciphertext } = at(vector.messages, turn);
    const [writer, reader] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    const message = writer.writeMessage(unhex(payload));
    assert.equal(hex(message), ciphertext, `${about}, message ${String(turn)}`);
    assert.equal(hex(reader.readMessage(message)), payload);
  }
  const ours = initiator.split();
  const theirs = responder.split();
  assert.equal(hex(ours.handshakeHash), hex(theirs.handshakeHash));
  if (vector.handshake_hash !== undefined)
    assert.equal(hex(ours.handshakeHash), vector.handshake_hash);
  const transport = vector.messages.slice(turn);
  assert.ok(transport.length > 0, `${about} has transport messages`);
  const none = new Uint8Array(0);
  for (const { payload, ciphertext } of transport) {
    const [sender, receiver] = turn % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const sealed = sender.send.encrypt(none, unhex(payload));
    assert.equal(hex(sealed), ciphertext, `${about}, message ${String(turn)}`);
    assert.equal(hex(receiver.receive.decrypt(none, sealed)), payload);
    turn += 1;
  }
}

function options(vector: NoiseVector, initiator: boolean): NoiseOptions {
  const side = initiator
    ? { prologue: vector.init_prologue, psks: vector.init_psks, key: vector.init_static }
    : { prologue: vector.resp_prologue, psks: vector.resp_psks, key: vector.resp_static };
  const remote = initiator ? vector.init_remote_static : vector.resp_remote_static;
  const psk = side.psks?.[0];
  return {
    crypto,
    initiator,
    pattern: at(vector.protocol_name.split("_"), 1),
    prologue: unhex(side.prologue),
    ephemeral: keyPair(initiator ? vector.init_ephemeral : vector.resp_ephemeral),
    ...(side.key === undefined ? {} : { staticKey: keyPair(side.key) }),
    ...(remote === undefined ? {} : { remoteStatic: unhex(remote) }),
    ...(psk === undefined ? {} : { psk: unhex(psk) }),
  };
}

function keyPair(text: string): KeyPair {
  const privateKey = unhex(text);
  return { privateKey, publicKey: crypto.x25519Public(privateKey) };
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  assert.ok(item !== undefined);
  return item;
}
