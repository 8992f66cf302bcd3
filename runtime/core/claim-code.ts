import { asciiBytes } from "./ascii.ts";
import type { Crypto } from "./crypto.ts";
import { encodeTranscript } from "./transcript.ts";

/** Crockford's base32: no I, L, O or U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_SYMBOLS = 22;
const CHECK_SYMBOLS = 2;
const GROUP_SYMBOLS = 4;

/**
 * A code that a person can read out or type: six groups of four symbols, of which 22 carry 110 random bits
 * and the last two check the others, so that a slip is told apart from a wrong code.
 */
export function createClaimCode(crypto: Crypto): string {
  // A byte's low five bits are as random as the byte.
  const random = crypto.randomBytes(SECRET_SYMBOLS);
  let secret = "";
  for (const byte of random) secret += symbolOf(byte);
  return grouped(secret + checkOf(crypto, secret));
}

/** What a typed text is: a code in its canonical form, or why it is none. */
export type ParsedClaimCode =
  | { readonly kind: "code"; readonly code: string }
  /** `length`: not 24 symbols. `symbol`: one that no code has. `check`: mistyped. */
  | { readonly kind: "refused"; readonly reason: "length" | "symbol" | "check" };

/** Reads a code however it was typed: either case, any spaces and dashes, o for 0, i and l for 1. */
export function parseClaimCode(crypto: Crypto, text: string): ParsedClaimCode {
  const symbols = text
    .replace(/[\s-]/g, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  if (symbols.length !== SECRET_SYMBOLS + CHECK_SYMBOLS) {
    return { kind: "refused", reason: "length" };
  }
  for (const symbol of symbols) {
    if (!ALPHABET.includes(symbol)) return { kind: "refused", reason: "symbol" };
  }
  const secret = symbols.slice(0, SECRET_SYMBOLS);
  if (checkOf(crypto, secret) !== symbols.slice(SECRET_SYMBOLS)) {
    return { kind: "refused", reason: "check" };
  }
  return { kind: "code", code: grouped(symbols) };
}

/** What the hub keeps of a code, 32 bytes. With 110 random bits a plain hash cannot be searched. */
export function claimCodeHash(crypto: Crypto, code: string): Uint8Array {
  return crypto.sha256(encodeTranscript("tagwire claim code 1", [asciiBytes(code)]));
}

function checkOf(crypto: Crypto, secret: string): string {
  const digest = crypto.sha256(encodeTranscript("tagwire claim check 1", [asciiBytes(secret)]));
  return symbolOf(digest[0] ?? 0) + symbolOf(digest[1] ?? 0);
}

function symbolOf(byte: number): string {
  return ALPHABET.charAt(byte & 31);
}

function grouped(symbols: string): string {
  const groups: string[] = [];
  for (let index = 0; index < symbols.length; index += GROUP_SYMBOLS) {
    groups.push(symbols.slice(index, index + GROUP_SYMBOLS));
  }
  return groups.join("-");
}
