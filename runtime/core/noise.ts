import { asciiBytes } from "./ascii.ts";
import { AEAD_TAG_BYTES, createKeyPair, type Crypto, type KeyPair } from "./crypto.ts";
import type { NoiseCipher } from "./noise-cipher.ts";
import { noisePattern, type NoisePattern, type NoiseToken } from "./noise-patterns.ts";
import { NoiseSymmetric } from "./noise-symmetric.ts";
import { WireError } from "./wire-error.ts";

const KEY_BYTES = 32;

/** Largest Noise message, handshake or transport (revision 34, section 3). */
export const NOISE_MESSAGE_BYTES_MAX = 65535;

/** What a handshake starts from. */
export interface NoiseOptions {
  readonly crypto: Crypto;
  /** Pattern with psk modifiers, such as `XX`, `IK` or `XXpsk3`. */
  readonly pattern: string;
  readonly initiator: boolean;
  /** What both sides must agree on beforehand; a difference makes the handshake fail. */
  readonly prologue: Uint8Array;
  /** Our static key; needed unless the pattern's letter for our side is N. */
  readonly staticKey?: KeyPair;
  /** The peer's static public key; needed where the pattern's letter for its side is K. */
  readonly remoteStatic?: Uint8Array;
  /** 32 bytes; needed by a pattern with psk, refused by one without. */
  readonly psk?: Uint8Array;
  /** For test vectors. Otherwise made from `crypto.randomBytes`, as it must be. */
  readonly ephemeral?: KeyPair;
}

/** What a finished handshake leaves. */
export interface NoiseTransport {
  readonly send: NoiseCipher;
  readonly receive: NoiseCipher;
  /** Names this session uniquely; the same on both sides. 32 bytes. */
  readonly handshakeHash: Uint8Array;
  /** The peer's static public key, proved; undefined if the pattern gives it none. */
  readonly remoteStatic: Uint8Array | undefined;
}

/**
 * One handshake of `Noise_*_25519_AESGCM_SHA256` (Noise, revision 34, section 5.3). Write and read in turn
 * until `complete`, then `split` once. A message that cannot be read ends it: nothing works afterwards.
 */
export class NoiseHandshake {
  readonly #crypto: Crypto;
  readonly #pattern: NoisePattern;
  readonly #initiator: boolean;
  readonly #symmetric: NoiseSymmetric;
  readonly #psk: Uint8Array | undefined;
  readonly #staticKey: KeyPair | undefined;
  #ephemeral: KeyPair | undefined;
  #remoteStatic: Uint8Array | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #turn = 0;
  #state: "running" | "failed" | "split" = "running";

  /** @throws {RangeError} if a key that the pattern needs is missing or has the wrong length: a bug in the caller. */
  constructor(options: NoiseOptions) {
    const { crypto, initiator } = options;
    this.#crypto = crypto;
    this.#initiator = initiator;
    this.#pattern = noisePattern(options.pattern);
    this.#staticKey = options.staticKey;
    this.#remoteStatic = options.remoteStatic;
    this.#psk = options.psk;
    this.#ephemeral = options.ephemeral;
    checkKeys(this.#pattern, options);
    const name = `Noise_${this.#pattern.name}_25519_AESGCM_SHA256`;
    this.#symmetric = new NoiseSymmetric(crypto, asciiBytes(name));
    this.#symmetric.mixHash(options.prologue);
    const ours = this.#staticKey?.publicKey;
    const theirs = this.#remoteStatic;
    if (this.#pattern.initiatorKnown) this.#symmetric.mixHash(need(initiator ? ours : theirs));
    if (this.#pattern.responderKnown) this.#symmetric.mixHash(need(initiator ? theirs : ours));
  }

  /** Whether all messages have been exchanged. */
  get complete(): boolean {
    return this.#turn === this.#pattern.messages.length;
  }

  /** Whether the next message is ours to write; false if it is the peer's or there is none. */
  get mustWrite(): boolean {
    return !this.complete && (this.#turn % 2 === 0) === this.#initiator;
  }

  /** The peer's static public key as far as it is known; proved only once `complete`. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic;
  }

  /**
   * The next message to the peer. Whether its payload is encrypted depends on the pattern: XX leaves that of
   * its first message in clear.
   * @throws {RangeError} out of turn, or if the message would exceed 65535 bytes: a bug in the caller.
   * @throws {WireError} bad-authentication if the peer's key is of low order.
   */
  writeMessage(payload: Uint8Array): Uint8Array {
    this.#assertRunning(this.mustWrite, "write");
    const parts: Uint8Array[] = [];
    this.#attempt(() => {
      for (const token of this.#tokens()) this.#writeToken(token, parts);
      parts.push(this.#symmetric.encryptAndHash(payload));
    });
    const message = concat(parts);
    if (message.length > NOISE_MESSAGE_BYTES_MAX)
      throw new RangeError("handshake payload too long");
    this.#turn += 1;
    return message;
  }

  /**
   * Takes the peer's next message and gives its payload, in bytes of its own.
   * @throws {WireError} bad-authentication, truncated or overlong; the handshake is then over.
   * @throws {RangeError} out of turn: a bug in the caller.
   */
  readMessage(message: Uint8Array): Uint8Array {
    this.#assertRunning(!this.complete && !this.mustWrite, "read");
    return this.#attempt(() => {
      if (message.length > NOISE_MESSAGE_BYTES_MAX) throw new WireError("overlong", "Noise", 0);
      let offset = 0;
      for (const token of this.#tokens()) offset = this.#readToken(token, message, offset);
      if (this.#symmetric.hasKey && message.length < offset + AEAD_TAG_BYTES) {
        throw new WireError("truncated", "Noise.payload", offset);
      }
      const payload = this.#symmetric.decryptAndHash(message.subarray(offset));
      this.#turn += 1;
      return payload;
    });
  }

  /** @throws {RangeError} before the handshake is complete or a second time: a bug in the caller. */
  split(): NoiseTransport {
    this.#assertRunning(this.complete, "split");
    this.#state = "split";
    const [initiators, responders] = this.#symmetric.split();
    this.#symmetric.wipe();
    this.#ephemeral?.privateKey.fill(0);
    return {
      send: this.#initiator ? initiators : responders,
      receive: this.#initiator ? responders : initiators,
      handshakeHash: this.#symmetric.hash,
      remoteStatic: this.#remoteStatic,
    };
  }

  #tokens(): readonly NoiseToken[] {
    return this.#pattern.messages[this.#turn] ?? [];
  }

  #writeToken(token: NoiseToken, parts: Uint8Array[]): void {
    if (token === "e") {
      this.#ephemeral ??= createKeyPair(this.#crypto);
      parts.push(this.#ephemeral.publicKey);
      this.#mixEphemeral(this.#ephemeral.publicKey);
    } else if (token === "s") {
      parts.push(this.#symmetric.encryptAndHash(need(this.#staticKey?.publicKey)));
    } else {
      this.#mixSecret(token);
    }
  }

  #readToken(token: NoiseToken, message: Uint8Array, offset: number): number {
    if (token !== "e" && token !== "s") {
      this.#mixSecret(token);
      return offset;
    }
    const sealed = token === "s" && this.#symmetric.hasKey;
    const end = offset + KEY_BYTES + (sealed ? AEAD_TAG_BYTES : 0);
    if (end > message.length) throw new WireError("truncated", `Noise.${token}`, offset);
    const bytes = message.subarray(offset, end);
    if (token === "e") {
      this.#remoteEphemeral = bytes.slice();
      this.#mixEphemeral(this.#remoteEphemeral);
    } else {
      this.#remoteStatic = this.#symmetric.decryptAndHash(bytes);
    }
    return end;
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    if (this.#pattern.usesPsk) this.#symmetric.mixKey(publicKey);
  }

  #mixSecret(token: "ee" | "es" | "se" | "ss" | "psk"): void {
    if (token === "psk") {
      this.#symmetric.mixKeyAndHash(need(this.#psk));
      return;
    }
    // The first letter names the initiator's key, the second the responder's.
    const ourLetter = token[this.#initiator ? 0 : 1];
    const theirLetter = token[this.#initiator ? 1 : 0];
    const ours = need(ourLetter === "e" ? this.#ephemeral : this.#staticKey);
    const theirs = need(theirLetter === "e" ? this.#remoteEphemeral : this.#remoteStatic);
    const secret = this.#crypto.x25519(ours.privateKey, theirs);
    if (secret === undefined) throw new WireError("bad-authentication", `Noise.${token}`, 0);
    this.#symmetric.mixKey(secret);
    secret.fill(0);
  }

  /** A message that fails half way leaves a state that must not be used again. */
  #attempt<Value>(work: () => Value): Value {
    this.#state = "failed";
    const value = work();
    this.#state = "running";
    return value;
  }

  #assertRunning(allowed: boolean, what: string): void {
    if (this.#state !== "running") throw new RangeError(`the handshake has ${this.#state}`);
    if (!allowed) throw new RangeError(`a Noise handshake cannot ${what} now`);
  }
}

function checkKeys(pattern: NoisePattern, options: NoiseOptions): void {
  const { initiator, staticKey, remoteStatic, psk } = options;
  const sides = pattern.name.slice(0, 2);
  const ownLetter = sides[initiator ? 0 : 1];
  const theirsKnown = initiator ? pattern.responderKnown : pattern.initiatorKnown;
  const wrong = (key: Uint8Array | undefined, needed: boolean): boolean =>
    key === undefined ? needed : key.length !== KEY_BYTES;
  if (wrong(staticKey?.publicKey, ownLetter !== "N")) throw new RangeError("static key");
  if (theirsKnown !== (remoteStatic !== undefined) || wrong(remoteStatic, theirsKnown)) {
    throw new RangeError("the peer's static key must be given exactly if the pattern knows it");
  }
  if (pattern.usesPsk !== (psk !== undefined) || wrong(psk, pattern.usesPsk)) {
    throw new RangeError("a psk of 32 bytes must be given exactly if the pattern uses one");
  }
}

function need<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError("the handshake lacks a key");
  return value;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
