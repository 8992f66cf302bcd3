/** A certificate of a peer (X.509, DER) as far as a role needs to know it. */
export interface PeerCertificate {
  /** The DER itself. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the DER: names the peer, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Common name of the subject; empty if it has none. What its owner says of itself, so proof of nothing. */
  readonly name: string;
  /** First and last moment of its validity, Unix milliseconds. */
  readonly validFromUnixMs: number;
  readonly validToUnixMs: number;
}

/**
 * Reads certificates and checks signatures, given to roles synchronously as `Crypto` is. Keys are P-256 (ECDSA
 * with SHA-256, 64-byte signatures), Ed25519, and RSA of 2048 bits (PSS, SHA-256, 32-byte salt).
 */
export interface PeerCertificates {
  /** Undefined for whatever is no certificate, or has a key of another kind. */
  read(certificate: Uint8Array): PeerCertificate | undefined;
  /** Whether the key of a certificate that `read` gave signed the message. False for any malformed signature. */
  verify(certificate: PeerCertificate, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A peer's own certificate and the use of its private key. */
export interface PeerSigner {
  readonly certificate: PeerCertificate;
  /** At most 256 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
