import {
  claimCodeHash,
  createClaimCode,
  encodeBase64Url,
  encodeHex,
  parseClaimCode,
} from "../../core/index.ts";
import type { Crypto } from "../../core/index.ts";
import type { ClaimRow } from "./rows.ts";

/** What an account asks for. */
export interface ClaimOptions {
  readonly account: string;
  /** What routers that use the claim are called at first; at most 64 characters. */
  readonly label: string;
  /** Whether it is for a fleet instead of one router. */
  readonly reusable: boolean;
  /** How long it may be used, milliseconds. */
  readonly lifeMs: number;
}

/** What the table asks of its hub. */
export interface ClaimsOptions {
  readonly crypto: Crypto;
  readonly unixMs: () => number;
  /** Open claims of one account. */
  readonly perAccountMax: number;
  /** A row changed, or is gone. */
  readonly changed: (id: string, row: ClaimRow | undefined) => void;
}

/** The claim codes that accounts made and no router, or not the last one, has used. Codes are kept as hashes only. */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #byHash = new Map<string, ClaimRow>();

  constructor(options: ClaimsOptions, rows: readonly ClaimRow[]) {
    this.#options = options;
    for (const row of rows) this.#byHash.set(encodeHex(row.codeHash), row);
  }

  /** A new claim and its code, which is shown once; undefined if the account has too many. */
  create(options: ClaimOptions): { readonly claim: ClaimRow; readonly code: string } | undefined {
    const { crypto, unixMs, perAccountMax } = this.#options;
    if (this.of(options.account).length >= perAccountMax) return undefined;
    const code = createClaimCode(crypto);
    const createdUnixMs = unixMs();
    const claim: ClaimRow = {
      id: encodeBase64Url(crypto.randomBytes(16)),
      codeHash: claimCodeHash(crypto, code),
      account: options.account,
      label: options.label,
      reusable: options.reusable ? 1 : 0,
      createdUnixMs,
      expiresUnixMs: createdUnixMs + options.lifeMs,
      uses: 0,
    };
    this.#put(claim);
    return { claim, code };
  }

  /** The open claims of an account, newest first. Those that expired are dropped. */
  of(account: string): readonly ClaimRow[] {
    this.#dropExpired();
    return [...this.#byHash.values()]
      .filter((claim) => claim.account === account)
      .sort((a, b) => b.createdUnixMs - a.createdUnixMs);
  }

  /** True if the account had this claim; it is gone then. */
  revoke(account: string, id: string): boolean {
    const claim = this.of(account).find((one) => one.id === id);
    if (claim !== undefined) this.#drop(claim);
    return claim !== undefined;
  }

  /** What is kept of a code as it was typed; undefined if it is none. */
  hash(typed: string): Uint8Array | undefined {
    const { crypto } = this.#options;
    const parsed = parseClaimCode(crypto, typed);
    return parsed.kind === "code" ? claimCodeHash(crypto, parsed.code) : undefined;
  }

  /** The account that made the code of this hash, if it is open. */
  accountOf(codeHash: Uint8Array): string | undefined {
    this.#dropExpired();
    return this.#byHash.get(encodeHex(codeHash))?.account;
  }

  /** The claim that a router's code opens, used up if it is for one router; undefined if there is none. */
  use(codeHash: Uint8Array): ClaimRow | undefined {
    this.#dropExpired();
    const claim = this.#byHash.get(encodeHex(codeHash));
    if (claim === undefined) return undefined;
    if (claim.reusable === 0) this.#drop(claim);
    else this.#put({ ...claim, uses: claim.uses + 1 });
    return claim;
  }

  #dropExpired(): void {
    const nowUnixMs = this.#options.unixMs();
    for (const claim of this.#byHash.values()) {
      if (claim.expiresUnixMs <= nowUnixMs) this.#drop(claim);
    }
  }

  #put(claim: ClaimRow): void {
    this.#byHash.set(encodeHex(claim.codeHash), claim);
    this.#options.changed(claim.id, claim);
  }

  #drop(claim: ClaimRow): void {
    this.#byHash.delete(encodeHex(claim.codeHash));
    this.#options.changed(claim.id, undefined);
  }
}
