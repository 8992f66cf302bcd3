import { AEAD_TAG_BYTES } from "./crypto.ts";
import type { NoiseCipher } from "./noise-cipher.ts";
import { NOISE_MESSAGE_BYTES_MAX, type NoiseTransport } from "./noise.ts";
import { WireError } from "./wire-error.ts";

/** Largest record, its tag included: what fits the value of a tag 3 frame and a Noise message. */
export const RECORD_BYTES_MAX: number = NOISE_MESSAGE_BYTES_MAX;

/** Largest content of a record. */
export const RECORD_CONTENT_BYTES_MAX: number = RECORD_BYTES_MAX - AEAD_TAG_BYTES;

/** When a direction's key is replaced. Part of the protocol: both sides must have the same. */
export interface RecordLimits {
  /** Records under one key; must be far below what AES-GCM allows, 2^32. */
  readonly recordsPerKey: number;
  /** Bytes of content after which no further record comes under the key. */
  readonly bytesPerKey: number;
}

const NO_ASSOCIATED = new Uint8Array(0);

/**
 * The records of one connection after its handshake: each is a Noise transport message, numbered by its
 * place in the stream, so that none can be dropped, repeated, reordered or altered unnoticed.
 */
export class RecordChannel {
  readonly #send: RecordDirection;
  readonly #receive: RecordDirection;
  #dead = false;

  constructor(transport: NoiseTransport, limits: RecordLimits) {
    this.#send = new RecordDirection(transport.send, limits);
    this.#receive = new RecordDirection(transport.receive, limits);
  }

  /** Whether a record failed, or `close` was called; nothing can be sealed or opened any more. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Writes the record of a content at the start of `out` and gives its length.
   * @param content 0–65519 bytes; must not overlap `out`.
   * @throws {RangeError} if the content is too long, `out` too small or the channel dead: a bug in the caller.
   */
  seal(content: Uint8Array, out: Uint8Array): number {
    this.#checkContent(content);
    this.#send.cipher.encryptInto(NO_ASSOCIATED, content, out);
    this.#send.count(content.length);
    return content.length + AEAD_TAG_BYTES;
  }

  /**
   * As `seal`, in bytes of their own which follow each other on the way: for bulk, where each copy counts.
   * @throws {RangeError} as `seal`.
   */
  sealParts(content: Uint8Array): readonly [ciphertext: Uint8Array, tag: Uint8Array] {
    this.#checkContent(content);
    const parts = this.#send.cipher.encryptParts(NO_ASSOCIATED, content);
    this.#send.count(content.length);
    return parts;
  }

  /**
   * The content of the peer's next record, in bytes of its own.
   * @throws {WireError} bad-authentication, whatever was wrong; the channel is dead from then on.
   */
  open(record: Uint8Array): Uint8Array {
    if (this.#dead || record.length > RECORD_BYTES_MAX) throw this.#fail();
    let content: Uint8Array;
    try {
      content = this.#receive.cipher.decrypt(NO_ASSOCIATED, record);
    } catch (error) {
      if (error instanceof WireError) throw this.#fail();
      throw error;
    }
    this.#receive.count(content.length);
    return content;
  }

  /** Does ahead what the next `seal` needs besides its content. */
  prepareSeal(): void {
    if (!this.#dead) this.#send.cipher.prepare("seal");
  }

  /** Does ahead what the next `open` needs besides its record. */
  prepareOpen(): void {
    if (!this.#dead) this.#receive.cipher.prepare("open");
  }

  /** Forgets the keys. */
  close(): void {
    this.#dead = true;
    this.#send.cipher.wipe();
    this.#receive.cipher.wipe();
  }

  #checkContent({ length }: Uint8Array): void {
    if (this.#dead) throw new RangeError("the record channel is dead");
    if (length > RECORD_CONTENT_BYTES_MAX) throw new RangeError("content too long");
  }

  #fail(): WireError {
    this.close();
    return new WireError("bad-authentication", "Record", 0);
  }
}

/** One direction's cipher and what passed under its present key. */
class RecordDirection {
  readonly cipher: NoiseCipher;
  readonly #limits: RecordLimits;
  #records = 0;
  #bytes = 0;

  constructor(cipher: NoiseCipher, limits: RecordLimits) {
    this.cipher = cipher;
    this.#limits = limits;
  }

  /** Both sides count the same records and so replace the key after the same one. */
  count(contentBytes: number): void {
    this.#records += 1;
    this.#bytes += contentBytes;
    const { recordsPerKey, bytesPerKey } = this.#limits;
    if (this.#records < recordsPerKey && this.#bytes < bytesPerKey) return;
    this.cipher.rekey();
    this.#records = 0;
    this.#bytes = 0;
  }
}
