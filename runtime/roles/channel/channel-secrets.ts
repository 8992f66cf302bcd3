import { NoiseHandshake, RecordChannel, WireError, asciiBytes } from "../../core/index.ts";
import type { CertificateVerifier, Crypto, Identity, PeerIdentity } from "../../core/index.ts";
import { CONTROL_VERSION } from "../../../generated/control/tags.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import {
  decodeCredentials,
  decodeHello,
  encodeCredentials,
  encodeHello,
} from "../../../generated/system/types.ts";
import type { Hello, PartyRole } from "../../../generated/system/types.ts";
import type { Scratch } from "../kernel/scratch.ts";

const NOTHING = new Uint8Array(0);

/** Bytes of an ephemeral key, which stands before the payload of the first handshake message. */
const EPHEMERAL_BYTES = 32;

/** What a channel needs to prove who it is and to find out who the other end is. */
export interface SecretsOptions {
  readonly crypto: Crypto;
  readonly scratch: Scratch;
  readonly identity: Identity;
  readonly verifier: CertificateVerifier;
  /** When the records' keys are replaced is among them. */
  readonly systemLimits: SystemLimits;
  /** What the responder is; part of the prologue, so that nobody is taken for something else. */
  readonly responder: PartyRole;
  /** Initiator only: what it says in the first message. */
  readonly hello: Hello | undefined;
  /** What admits us to the other end; empty for none. */
  readonly grant: Uint8Array;
  /** Responder only: whether to answer this initiator at all. */
  readonly admitHello: (hello: Hello) => boolean;
  /** Whether the other end is acceptable, given what it sent as grant. */
  readonly admitPeer: (peer: PeerIdentity, grant: Uint8Array) => boolean;
}

/** The handshake and the records of one end of a channel (DESIGN 6: Noise XX, certificates as payloads). */
export class ChannelSecrets {
  readonly #options: SecretsOptions;
  readonly #noise: NoiseHandshake;
  #records: RecordChannel | undefined;
  #peer: PeerIdentity | undefined;

  constructor(options: SecretsOptions) {
    this.#options = options;
    const { crypto, identity, hello, responder } = options;
    this.#noise = new NoiseHandshake({
      crypto,
      pattern: "XX",
      initiator: hello !== undefined,
      prologue: asciiBytes(`tagwire control ${String(CONTROL_VERSION)} to ${String(responder)}`),
      staticKey: identity.staticKey,
    });
  }

  /** The other end, once its identity is proved. @throws {RangeError} before: a bug in the caller. */
  get peer(): PeerIdentity {
    if (this.#peer === undefined) throw new RangeError("the other end is not proved yet");
    return this.#peer;
  }

  /** Initiator: the first message. */
  begin(): Uint8Array {
    const { hello, scratch } = this.#options;
    if (hello === undefined) throw new RangeError("a responder does not begin");
    return this.#noise.writeMessage(
      scratch.take((bytes, view, offset) => encodeHello(hello, bytes, view, offset)),
    );
  }

  /**
   * Responder: takes the first message and gives the second.
   * @throws {WireError} if the message is malformed or the initiator not admitted. Nothing asymmetric was
   * computed then: in the pattern XX the first payload follows the ephemeral key in clear.
   */
  answerHello(message: Uint8Array): Uint8Array {
    const { scratch, responder, admitHello } = this.#options;
    if (message.length < EPHEMERAL_BYTES) throw new WireError("truncated", "Handshake", 0);
    const end = scratch.load(message);
    const hello = decodeHello(scratch.bytes, scratch.view, EPHEMERAL_BYTES, end);
    if (hello.to !== responder || !admitHello(hello)) {
      throw new WireError("bad-authentication", "Hello", EPHEMERAL_BYTES);
    }
    this.#noise.readMessage(message);
    return this.#noise.writeMessage(this.#credentials());
  }

  /** Initiator: takes the second message and gives the third. @throws {WireError} if the other end is not acceptable. */
  answerReply(message: Uint8Array): Uint8Array {
    this.#admit(this.#noise.readMessage(message));
    const last = this.#noise.writeMessage(this.#credentials());
    this.#split();
    return last;
  }

  /** Responder: takes the third message. @throws {WireError} if the other end is not acceptable. */
  finish(message: Uint8Array): void {
    this.#admit(this.#noise.readMessage(message));
    this.#split();
  }

  /** The content of a record: whole frames, in bytes of its own. @throws {WireError} if it is not genuine. */
  open(sealed: Uint8Array): Uint8Array {
    return this.#ready().open(sealed);
  }

  /** The record of a content, in bytes of its own. */
  seal(content: Uint8Array): Uint8Array {
    const record = new Uint8Array(content.length + RECORD_OVERHEAD_BYTES);
    this.#ready().seal(content, record);
    return record;
  }

  /** Gives the records away, with their keys: this channel has no use for them any more. */
  takeRecords(): RecordChannel {
    const records = this.#ready();
    this.#records = undefined;
    return records;
  }

  /** Forgets the keys. */
  forget(): void {
    this.#records?.close();
  }

  #admit(payload: Uint8Array): void {
    const { scratch, verifier, admitPeer } = this.#options;
    const end = scratch.load(payload);
    const { certificate, grant } = decodeCredentials(scratch.bytes, scratch.view, 0, end);
    const peer = verifier.verifyFor(certificate, this.#noise.remoteStatic);
    if (!admitPeer(peer, grant)) throw new WireError("bad-authentication", "Credentials", 0);
    this.#peer = peer;
  }

  #credentials(): Uint8Array {
    const { identity, grant, scratch } = this.#options;
    const credentials = { certificate: identity.certificate, grant };
    return scratch.take((bytes, view, offset) =>
      encodeCredentials(credentials, bytes, view, offset),
    );
  }

  #split(): void {
    this.#records = new RecordChannel(this.#noise.split(), this.#options.systemLimits);
  }

  #ready(): RecordChannel {
    if (this.#records === undefined) throw new RangeError("the handshake is not complete");
    return this.#records;
  }
}

/** The tag that AES-GCM adds to a content. */
const RECORD_OVERHEAD_BYTES = 16;

/** An empty grant. */
export const NO_GRANT: Uint8Array = NOTHING;
