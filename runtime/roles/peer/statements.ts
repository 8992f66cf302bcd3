import { WireError, asciiBytes, encodeTranscript, integerBytes } from "../../core/index.ts";
import type { Endpoint } from "../../core/index.ts";

/** What a peer signs to be registered. */
export interface RegistrationClaim {
  readonly issuedMs: number;
  readonly cookie: Uint8Array;
  /** Where the server sees the peer. */
  readonly observed: Endpoint;
  /** The server as the peer knows it. */
  readonly server: Endpoint;
}

/** The statement that a registration's signature is of. */
export function registrationStatement(claim: RegistrationClaim): Uint8Array {
  return encodeTranscript("tagwire peer registration 1", [
    integerBytes(claim.issuedMs, 6),
    claim.cookie,
    ...endpointParts(claim.observed),
    ...endpointParts(claim.server),
  ]);
}

/** What binds the static key of one handshake to a certificate. */
export interface SessionClaim {
  /** Fingerprint of who signs, and of whom it is said to. */
  readonly signer: Uint8Array;
  readonly other: Uint8Array;
  readonly staticKey: Uint8Array;
}

/** The statement that a certificate's key signs in a handshake. */
export function sessionStatement({ signer, other, staticKey }: SessionClaim): Uint8Array {
  return encodeTranscript("tagwire peer session 1", [signer, other, staticKey]);
}

/** An endpoint as one text, by which tables find it. */
export function endpointKey({ address, port }: Endpoint): string {
  return `${address}|${String(port)}`;
}

/** A fingerprint as a text of 16 characters of any kind, by which tables find it: a third of the cost of hexadecimal. */
export function fingerprintKey(fingerprint: Uint8Array): string {
  const units: number[] = [];
  for (let at = 0; at < 32; at += 2) {
    units.push(((fingerprint[at] ?? 0) << 8) | (fingerprint[at + 1] ?? 0));
  }
  return String.fromCharCode(...units);
}

function endpointParts({ address, port }: Endpoint): readonly Uint8Array[] {
  return [asciiBytes(address), integerBytes(port, 2)];
}

/** The fault of a frame that does not belong where it came from. */
export function misplacedFrame(): WireError {
  return new WireError("bad-authentication", "ClientEvent.from", 0);
}
