import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What we use of noise-c, the C implementation of the Noise protocol, compiled to WebAssembly. */
export interface NoiseC {
  readonly constants: {
    readonly NOISE_ROLE_INITIATOR: number;
    readonly NOISE_ROLE_RESPONDER: number;
    readonly NOISE_CIPHER_AESGCM: number;
  };
  HandshakeState(protocolName: string, role: number): NoiseCHandshake;
  CipherState(cipher: number): NoiseCCipher;
}

/** A handshake of noise-c. Its memory is freed by `Split` and by any failure. */
export interface NoiseCHandshake {
  Initialize(
    prologue: Uint8Array,
    privateKey: Uint8Array | null,
    remotePublic: Uint8Array | null,
  ): void;
  WriteMessage(payload: Uint8Array): Uint8Array;
  ReadMessage(message: Uint8Array, payloadNeeded: true): Uint8Array;
  GetHandshakeHash(): Uint8Array;
  /** To send with, to receive with. */
  Split(): readonly [NoiseCCipher, NoiseCCipher];
}

/** A cipher of noise-c. */
export interface NoiseCCipher {
  InitializeKey(key: Uint8Array): void;
  SetNonce(nonce: number): void;
  EncryptWithAd(associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  DecryptWithAd(associated: Uint8Array, sealed: Uint8Array): Uint8Array;
}

type CreateNoise = (options: object, ready: (noise: NoiseC) => void) => void;

/** Loads the WebAssembly module. */
export function loadNoiseC(): Promise<NoiseC> {
  const require = createRequire(import.meta.url);
  const create = require("noise-c.wasm") as CreateNoise;
  const wasmBinary = readFileSync(require.resolve("noise-c.wasm/src/noise-c.wasm"));
  return new Promise((resolve) => {
    create({ wasmBinary }, resolve);
  });
}
