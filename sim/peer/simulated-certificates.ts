import { asciiBytes, encodeTranscript } from "../../runtime/core/index.ts";
import type {
  Crypto,
  PeerCertificate,
  PeerCertificates,
  PeerSigner,
} from "../../runtime/core/index.ts";

const KEY_BYTES = 32;
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * Certificates of simulations: a key and a name. Signatures follow from key and message, so that equal runs are equal;
 * nobody in a simulation computes another's. The real ones are X.509 (`runtime/io/peer-certificates.ts`).
 */
export class SimulatedCertificates implements PeerCertificates {
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  read(bytes: Uint8Array): PeerCertificate | undefined {
    if (bytes.length < KEY_BYTES) return undefined;
    const name = String.fromCharCode(...bytes.subarray(KEY_BYTES));
    const fingerprint = this.#crypto.sha256(bytes);
    return { bytes, fingerprint, name, validFromUnixMs: 0, validToUnixMs: FOREVER_MS };
  }

  verify({ bytes }: PeerCertificate, message: Uint8Array, signature: Uint8Array): boolean {
    return this.#crypto.equal(this.#sign(bytes, message), signature);
  }

  /** The certificate of a name, and the use of its key. */
  signer(name: string): PeerSigner {
    const key = this.#crypto.sha256(encodeTranscript("simulated peer key", [asciiBytes(name)]));
    const certificate = this.read(new Uint8Array([...key, ...asciiBytes(name)]));
    if (certificate === undefined) throw new RangeError("a certificate has a key");
    return { certificate, sign: (message) => this.#sign(certificate.bytes, message) };
  }

  #sign(certificate: Uint8Array, message: Uint8Array): Uint8Array {
    const key = certificate.subarray(0, KEY_BYTES);
    return this.#crypto
      .sha256(encodeTranscript("simulated peer signature", [key, message]))
      .slice();
  }
}
