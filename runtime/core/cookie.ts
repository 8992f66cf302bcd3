import { asciiBytes } from "./ascii.ts";
import type { Crypto, MacKey } from "./crypto.ts";
import type { Endpoint } from "./endpoint.ts";
import { encodeTranscript, integerBytes } from "./transcript.ts";

/** Length of a cookie. */
export const COOKIE_BYTES = 16;

/** What a cookie is for: it is worth nothing from another address, for another router or another attempt. */
export interface CookieSubject {
  readonly source: Endpoint;
  /** The router's hardware address, 48 bits. */
  readonly mac: number;
  /** What the router chose for this attempt. */
  readonly nonce: Uint8Array;
}

/** What a cookie jar starts with. */
export interface CookieJarOptions {
  /** Monotonic time of the start. */
  readonly nowMs: number;
  /** How long a secret makes new cookies; it is honoured for as long again. More than 0. */
  readonly secretMs: number;
}

/**
 * Proves, without remembering anything of the sender, that it receives what is sent to its address. A
 * cookie is good for one to two lives of a secret.
 */
export class CookieJar {
  readonly #crypto: Crypto;
  readonly #secretMs: number;
  #current: MacKey;
  #previous: MacKey;
  #currentSinceMs: number;

  constructor(crypto: Crypto, { nowMs, secretMs }: CookieJarOptions) {
    this.#crypto = crypto;
    this.#secretMs = secretMs;
    this.#current = this.#freshSecret();
    this.#previous = this.#freshSecret();
    this.#currentSinceMs = nowMs;
  }

  /** The cookie for a sender, 16 bytes. */
  issue(subject: CookieSubject, nowMs: number): Uint8Array {
    this.#rotate(nowMs);
    return cookieOf(this.#current, encodeSubject(subject));
  }

  /** Whether this jar issued the cookie to this sender, at most two lives of a secret ago. */
  verify(cookie: Uint8Array, subject: CookieSubject, nowMs: number): boolean {
    this.#rotate(nowMs);
    const encoded = encodeSubject(subject);
    return (
      this.#crypto.equal(cookie, cookieOf(this.#current, encoded)) ||
      this.#crypto.equal(cookie, cookieOf(this.#previous, encoded))
    );
  }

  #rotate(nowMs: number): void {
    const periods = Math.floor((nowMs - this.#currentSinceMs) / this.#secretMs);
    if (periods < 1) return;
    this.#previous = periods === 1 ? this.#current : this.#freshSecret();
    this.#current = this.#freshSecret();
    this.#currentSinceMs += periods * this.#secretMs;
  }

  #freshSecret(): MacKey {
    return this.#crypto.macKey(this.#crypto.randomBytes(32));
  }
}

function encodeSubject({ source, mac, nonce }: CookieSubject): Uint8Array {
  return encodeTranscript("tagwire cookie 1", [
    asciiBytes(source.address),
    integerBytes(source.port, 2),
    integerBytes(mac, 6),
    nonce,
  ]);
}

function cookieOf(secret: MacKey, encoded: Uint8Array): Uint8Array {
  return secret.sign(encoded).slice(0, COOKIE_BYTES);
}
