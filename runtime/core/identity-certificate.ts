import type { Crypto } from "./crypto.ts";
import { decodeHex, encodeHex } from "./hex.ts";
import { RecentMap } from "./recent-map.ts";
import { encodeTranscript } from "./transcript.ts";
import { WireError } from "./wire-error.ts";

const VERSION = 1;
const MODULUS_BYTES = 384;
const STATIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 384;
const STATIC_KEY_AT = 1 + MODULUS_BYTES;
const SIGNATURE_AT = STATIC_KEY_AT + STATIC_KEY_BYTES;

/** What stands around the modulus in the SubjectPublicKeyInfo of an RSA-3072 key with exponent 65537 (RFC 8017, A.1). */
const SPKI_PREFIX = bytesOf("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100");
const SPKI_SUFFIX = bytesOf("0203010001");

/**
 * Length of a certificate: version 1, RSA modulus (384, big-endian, exponent 65537 implied), X25519 static
 * key (32), RSA-PSS-SHA256 signature (384).
 */
export const CERTIFICATE_BYTES: number = SIGNATURE_AT + SIGNATURE_BYTES;

/** A party whose certificate has been verified. */
export interface PeerIdentity {
  /** SHA-256 of the identity key as SubjectPublicKeyInfo DER: names the party, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** The X25519 key that the party uses, 32 bytes. */
  readonly staticKey: Uint8Array;
  /** SHA-256 of the certificate's bytes, 32 bytes. */
  readonly certificateHash: Uint8Array;
}

/** What the identity key signs: that this X25519 key speaks for it. */
export function identityStatement(modulus: Uint8Array, staticKey: Uint8Array): Uint8Array {
  return encodeTranscript("tagwire identity 1", [modulus, staticKey]);
}

/**
 * Puts a certificate together.
 * @throws {RangeError} if a part has the wrong length: a bug in the caller.
 */
export function encodeCertificate(parts: {
  readonly modulus: Uint8Array;
  readonly staticKey: Uint8Array;
  readonly signature: Uint8Array;
}): Uint8Array {
  const { modulus, staticKey, signature } = parts;
  if (!isModulus(modulus)) throw new RangeError("the modulus is not one of RSA-3072");
  if (staticKey.length !== STATIC_KEY_BYTES) throw new RangeError("static key of 32 bytes");
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError("signature of 384 bytes");
  const certificate = new Uint8Array(CERTIFICATE_BYTES);
  certificate[0] = VERSION;
  certificate.set(modulus, 1);
  certificate.set(staticKey, STATIC_KEY_AT);
  certificate.set(signature, SIGNATURE_AT);
  return certificate;
}

/** Verifies certificates and remembers which were genuine, since an RSA verification costs 60 µs. */
export class CertificateVerifier {
  readonly #crypto: Crypto;
  readonly #genuine: RecentMap<string, PeerIdentity>;

  /** @param certificatesMax genuine certificates to remember, about 400 bytes each; at least 1. */
  constructor(crypto: Crypto, certificatesMax = 4096) {
    this.#crypto = crypto;
    this.#genuine = new RecentMap(certificatesMax);
  }

  /**
   * The party that the certificate names.
   * @throws {WireError} bad-value if it is malformed, bad-authentication if the signature is not its key's.
   */
  verify(certificate: Uint8Array): PeerIdentity {
    if (certificate.length !== CERTIFICATE_BYTES || certificate[0] !== VERSION) {
      throw new WireError("bad-value", "Certificate", 0);
    }
    const certificateHash = this.#crypto.sha256(certificate);
    const name = encodeHex(certificateHash);
    const known = this.#genuine.get(name);
    if (known !== undefined) return known;
    const modulus = certificate.subarray(1, STATIC_KEY_AT);
    if (!isModulus(modulus)) throw new WireError("bad-value", "Certificate.modulus", 1);
    const staticKey = certificate.slice(STATIC_KEY_AT, SIGNATURE_AT);
    const publicKey = publicKeyDer(modulus);
    const statement = identityStatement(modulus, staticKey);
    if (!this.#crypto.rsaPssVerify(publicKey, statement, certificate.subarray(SIGNATURE_AT))) {
      throw new WireError("bad-authentication", "Certificate.signature", SIGNATURE_AT);
    }
    const identity = { fingerprint: this.#crypto.sha256(publicKey), staticKey, certificateHash };
    this.#genuine.set(name, identity);
    return identity;
  }

  /**
   * The same for a certificate that came through a Noise handshake: it must speak for the very static key
   * that the handshake proved, or anyone could show another's certificate.
   * @throws {WireError} also bad-authentication if it certifies another key.
   */
  verifyFor(certificate: Uint8Array, remoteStatic: Uint8Array | undefined): PeerIdentity {
    const identity = this.verify(certificate);
    if (remoteStatic === undefined || !this.#crypto.equal(identity.staticKey, remoteStatic)) {
      throw new WireError("bad-authentication", "Certificate.staticKey", STATIC_KEY_AT);
    }
    return identity;
  }
}

/** The fingerprint as people compare and configure it: eight groups of eight hexadecimal digits. */
export function fingerprintText(fingerprint: Uint8Array): string {
  return encodeHex(fingerprint).replace(/(.{8})(?!$)/g, "$1-");
}

/** The 32 bytes of a fingerprint's text, grouped or not, in either case; undefined if it is not one. */
export function parseFingerprint(text: string): Uint8Array | undefined {
  const bytes = decodeHex(text.replace(/[-:\s]/g, ""));
  return bytes?.length === 32 ? bytes : undefined;
}

/** An odd number of exactly 3072 bits. */
function isModulus(modulus: Uint8Array): boolean {
  const first = modulus[0] ?? 0;
  const last = modulus[MODULUS_BYTES - 1] ?? 0;
  return modulus.length === MODULUS_BYTES && first >= 0x80 && last % 2 === 1;
}

function publicKeyDer(modulus: Uint8Array): Uint8Array {
  const der = new Uint8Array(SPKI_PREFIX.length + MODULUS_BYTES + SPKI_SUFFIX.length);
  der.set(SPKI_PREFIX);
  der.set(modulus, SPKI_PREFIX.length);
  der.set(SPKI_SUFFIX, SPKI_PREFIX.length + MODULUS_BYTES);
  return der;
}

function bytesOf(hex: string): Uint8Array {
  return decodeHex(hex) ?? new Uint8Array(0);
}
