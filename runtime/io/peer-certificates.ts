import { X509Certificate, constants, hash, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { RecentMap } from "../core/recent-map.ts";
import { encodeHex } from "../core/hex.ts";
import type { PeerCertificate, PeerCertificates, PeerSigner } from "../core/peer-certificates.ts";

/** Certificates whose keys are kept imported; about 2 KiB each. */
const CERTIFICATES_MAX = 4096;

/** The one size of RSA whose certificate and signature fit a datagram together. */
const RSA_BITS = 2048;

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const;

/** A certificate with its key imported. */
interface KnownCertificate {
  readonly certificate: PeerCertificate;
  readonly key: KeyObject;
}

/**
 * Certificates by node:crypto, which reads one in a tenth of the time that @peculiar/x509 takes; that package makes
 * them. Those read lately are remembered, since a peer shows the same one again and again.
 */
export class NodePeerCertificates implements PeerCertificates {
  readonly #known: RecentMap<string, KnownCertificate>;

  constructor(certificatesMax: number = CERTIFICATES_MAX) {
    this.#known = new RecentMap(certificatesMax);
  }

  read(certificate: Uint8Array): PeerCertificate | undefined {
    return this.#find(certificate)?.certificate;
  }

  verify({ bytes }: PeerCertificate, message: Uint8Array, signature: Uint8Array): boolean {
    const known = this.#find(bytes);
    if (known === undefined) return false;
    try {
      return verify(digestOf(known.key), message, schemeOf(known.key), signature);
    } catch {
      return false;
    }
  }

  #find(certificate: Uint8Array): KnownCertificate | undefined {
    const fingerprint = new Uint8Array(hash("sha256", certificate, "buffer"));
    const name = encodeHex(fingerprint);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = readCertificate(certificate.slice(), fingerprint);
    if (found !== undefined) this.#known.set(name, found);
    return found;
  }
}

/**
 * The use of a private key with its certificate.
 * @throws {RangeError} if the key is not the certificate's, or not of a kind that peers have.
 */
export function createPeerSigner(
  certificates: PeerCertificates,
  keys: { readonly certificate: Uint8Array; readonly privateKey: KeyObject },
): PeerSigner {
  const { privateKey } = keys;
  const certificate = certificates.read(keys.certificate);
  if (certificate === undefined) throw new RangeError("this is no certificate of a peer");
  const signMessage = (message: Uint8Array): Uint8Array =>
    new Uint8Array(sign(digestOf(privateKey), message, schemeOf(privateKey)));
  const probe = new Uint8Array(32);
  if (!certificates.verify(certificate, probe, signMessage(probe))) {
    throw new RangeError("the private key is not the certificate's");
  }
  return { certificate, sign: signMessage };
}

function readCertificate(bytes: Uint8Array, fingerprint: Uint8Array): KnownCertificate | undefined {
  try {
    const read = new X509Certificate(bytes);
    const key = read.publicKey;
    // Trailing bytes would give one certificate several fingerprints.
    if (!isPeerKey(key) || read.raw.length !== bytes.length) return undefined;
    const { CN: name } = read.toLegacyObject().subject as { readonly CN?: unknown };
    const certificate = {
      bytes,
      fingerprint,
      name: typeof name === "string" ? name : "",
      validFromUnixMs: read.validFromDate.getTime(),
      validToUnixMs: read.validToDate.getTime(),
    };
    return { certificate, key };
  } catch {
    return undefined;
  }
}

function isPeerKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  switch (asymmetricKeyType) {
    case "ed25519":
      return true;
    case "ec":
      return asymmetricKeyDetails?.namedCurve === "prime256v1";
    case "rsa":
      return asymmetricKeyDetails?.modulusLength === RSA_BITS;
    default:
      return false;
  }
}

function digestOf({ asymmetricKeyType }: KeyObject): string | undefined {
  return asymmetricKeyType === "ed25519" ? undefined : "sha256";
}

function schemeOf(key: KeyObject): {
  key: KeyObject;
  padding?: number;
  saltLength?: number;
  dsaEncoding?: "ieee-p1363";
} {
  if (key.asymmetricKeyType === "rsa") return { key, ...PSS };
  if (key.asymmetricKeyType === "ec") return { key, dsaEncoding: "ieee-p1363" };
  return { key };
}
