import {
  AEAD_TAG_BYTES,
  NoiseHandshake,
  ReplayWindow,
  WireError,
  encodeTranscript,
} from "../../core/index.ts";
import type {
  Crypto,
  KeyPair,
  NoiseTransport,
  PeerCertificate,
  PeerCertificates,
  PeerSigner,
} from "../../core/index.ts";
import { sessionStatement } from "./statements.ts";

const NOTHING = new Uint8Array(0);

/** What the secrets of one session are made of. */
export interface SecretsOptions {
  readonly crypto: Crypto;
  readonly certificates: PeerCertificates;
  readonly signer: PeerSigner;
  /** X25519 key of this peer's handshakes. */
  readonly staticKey: KeyPair;
  /** Fingerprint of the other peer. */
  readonly other: Uint8Array;
  readonly isInitiator: boolean;
}

/** A sealed content with its number. */
export interface SealedContent {
  readonly number: number;
  readonly content: Uint8Array;
}

/**
 * Handshake and encryption of one session: Noise XX, in which each side's certificate signs the static key that it
 * uses and says whom it means, and the prologue names both. Messages carry their numbers, since datagrams overtake each other.
 */
export class SessionSecrets {
  readonly #options: SecretsOptions;
  readonly #noise: NoiseHandshake;
  readonly #window = new ReplayWindow();
  #transport: NoiseTransport | undefined;

  constructor(options: SecretsOptions) {
    const { crypto, isInitiator, other, signer, staticKey } = options;
    this.#options = options;
    const own = signer.certificate.fingerprint;
    const sides = isInitiator ? [own, other] : [other, own];
    this.#noise = new NoiseHandshake({
      crypto,
      pattern: "XX",
      initiator: isInitiator,
      prologue: encodeTranscript("tagwire peer handshake 1", sides),
      staticKey,
    });
  }

  /** Whether there are keys to seal with. */
  get isReady(): boolean {
    return this.#transport !== undefined;
  }

  /** Initiator: the first message, 32 bytes. */
  greet(): Uint8Array {
    return this.#noise.writeMessage(NOTHING);
  }

  /** Answerer: takes the first message and gives the second. @throws {WireError} if it is malformed. */
  answer(greeting: Uint8Array): Uint8Array {
    this.#noise.readMessage(greeting);
    return this.#noise.writeMessage(this.#signature());
  }

  /** Initiator: takes the second message and gives the third. @throws {WireError} if the other is not who it should be. */
  finish(answer: Uint8Array, certificate: PeerCertificate): Uint8Array {
    this.#admit(this.#noise.readMessage(answer), certificate);
    const last = this.#noise.writeMessage(this.#signature());
    this.#transport = this.#noise.split();
    return last;
  }

  /** Answerer: takes the third message. @throws {WireError} if the other is not who it should be. */
  complete(last: Uint8Array, certificate: PeerCertificate): void {
    this.#admit(this.#noise.readMessage(last), certificate);
    this.#transport = this.#noise.split();
  }

  /** @throws {RangeError} before the handshake is complete: a bug in the caller. */
  seal(frame: Uint8Array): SealedContent {
    const { send } = this.#ready();
    const number = send.messages;
    return { number, content: send.encrypt(NOTHING, frame) };
  }

  /** The frame inside. @throws {WireError} bad-authentication or replayed. */
  open({ number, content }: SealedContent): Uint8Array {
    const { receive } = this.#ready();
    // Numbers of a window begin with 1.
    const freshness = this.#window.check(number + 1);
    if (freshness === "replayed" || freshness === "stale" || content.length < AEAD_TAG_BYTES) {
      throw new WireError("replayed", "Sealed.number", 0);
    }
    const frame = receive.decryptAt(number, NOTHING, content);
    this.#window.accept(number + 1);
    return frame;
  }

  /** Overwrites the keys. */
  forget(): void {
    this.#transport?.send.wipe();
    this.#transport?.receive.wipe();
    this.#transport = undefined;
  }

  #signature(): Uint8Array {
    const { other, signer, staticKey } = this.#options;
    const { fingerprint } = signer.certificate;
    return signer.sign(
      sessionStatement({ signer: fingerprint, other, staticKey: staticKey.publicKey }),
    );
  }

  #admit(signature: Uint8Array, certificate: PeerCertificate): void {
    const { certificates, signer } = this.#options;
    const staticKey = this.#noise.remoteStatic;
    const other = signer.certificate.fingerprint;
    const isGenuine =
      staticKey !== undefined &&
      certificates.verify(
        certificate,
        sessionStatement({ signer: certificate.fingerprint, other, staticKey }),
        signature,
      );
    if (!isGenuine) throw new WireError("bad-authentication", "Handshake.signature", 0);
  }

  #ready(): NoiseTransport {
    if (this.#transport === undefined) throw new RangeError("the handshake is not complete");
    return this.#transport;
  }
}
