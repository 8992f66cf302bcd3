import { decodeBase64Url, encodeBase64Url, encodeTranscript } from "../../../core/index.ts";
import type { Crypto } from "../../../core/index.ts";

/** What a main server keeps of a node's one-time passwords: hashes, 32 bytes each. */
export interface PasswordRow {
  /** Of the password that is expected next. */
  readonly current: Uint8Array;
  /** Of the one before, which is answered as it was. */
  readonly previous: Uint8Array;
}

/** What a password is worth. */
export type PasswordVerdict =
  /** The newest: to be answered once the new row is on disk. */
  | { readonly kind: "advance"; readonly row: PasswordRow; readonly next: string }
  /** The one before: its answer was lost, and is given again without any effect. */
  | { readonly kind: "repeat"; readonly next: string }
  | { readonly kind: "wrong" }
  /** Nothing is kept of the node, and it is not its first: the node is to register anew. */
  | { readonly kind: "unknown" };

/**
 * The passwords of one node. Each follows from the one before and a secret of the server, so that the server can
 * repeat an answer although it keeps hashes only; and neither the hashes nor the secret alone give a password.
 */
export class PasswordChain {
  readonly #crypto: Crypto;
  readonly #secret: Uint8Array;
  readonly #node: Uint8Array;

  /** @param chain.secret 32 bytes, the server's own. @param chain.node fingerprint of the node. */
  constructor(crypto: Crypto, chain: { readonly secret: Uint8Array; readonly node: Uint8Array }) {
    this.#crypto = crypto;
    this.#secret = chain.secret;
    this.#node = chain.node;
  }

  /**
   * The first password, the same each time: it follows from the secret, so nothing needs to be kept before the node proves
   * it. Undefined if there is a row: then the node has proved one and has a newer one.
   */
  register(row: PasswordRow | undefined): string | undefined {
    return row === undefined ? encodeBase64Url(this.#first()) : undefined;
  }

  /** @param row what is on disk; undefined if the node has proved no password yet. */
  judge(row: PasswordRow | undefined, password: string): PasswordVerdict {
    const bytes = decodeBase64Url(password);
    if (bytes === undefined) return { kind: "wrong" };
    const hash = this.#hash(bytes);
    const isCurrent = this.#crypto.equal(hash, row?.current ?? this.#hash(this.#first()));
    const isPrevious = row !== undefined && this.#crypto.equal(hash, row.previous);
    if (!isCurrent && !isPrevious) return { kind: row === undefined ? "unknown" : "wrong" };
    const next = this.#derive("next", bytes);
    const text = encodeBase64Url(next);
    if (!isCurrent) return { kind: "repeat", next: text };
    return { kind: "advance", row: { current: this.#hash(next), previous: hash }, next: text };
  }

  #first(): Uint8Array {
    return this.#derive("first", this.#node);
  }

  #derive(step: "first" | "next", from: Uint8Array): Uint8Array {
    const input = encodeTranscript(`tagwire tunnel ${step} 1`, [this.#node, from]);
    return this.#crypto.macKey(this.#secret).sign(input).slice();
  }

  #hash(password: Uint8Array): Uint8Array {
    return this.#crypto.sha256(
      encodeTranscript("tagwire tunnel password 1", [this.#node, password]),
    );
  }
}
