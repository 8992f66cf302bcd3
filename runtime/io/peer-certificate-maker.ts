// @peculiar/x509 stands on a container that wants this before it is loaded.
import "reflect-metadata";
import { KeyObject, randomBytes, webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { OperatorError } from "../core/operator-error.ts";
import type { PeerKeyKind } from "./peer-key-kinds.ts";

/** A certificate that was just made, with its key. */
export interface MadeCertificate {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}

/** What a peer's name may be: nothing that is syntax in the name of a subject (RFC 4514). */
const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._@-]{0,62}[\p{L}\p{N}.])?$/u;

/** What a certificate is made of. */
export interface CertificatePlan {
  /** Default p256. */
  readonly kind?: PeerKeyKind;
  /** Common name of the subject: 1–64 letters, digits, spaces and . _ @ -. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly validFromUnixMs: number;
  readonly validToUnixMs: number;
  /** Largest DER that is accepted, bytes: what one datagram carries. */
  readonly bytesMax: number;
}

const ALGORITHMS: Readonly<
  Record<PeerKeyKind, EcKeyAlgorithm | RsaHashedKeyGenParams | Algorithm>
> = {
  p256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  ed25519: { name: "Ed25519" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
};

type EcKeyAlgorithm = Algorithm & { readonly namedCurve: string; readonly hash: string };
type RsaHashedKeyGenParams = webcrypto.RsaHashedKeyGenParams;
type Algorithm = webcrypto.Algorithm;

/**
 * Makes a key and a certificate for it that it signs itself.
 * @throws {OperatorError} if the name cannot be one, or the certificate does not fit one datagram.
 */
export async function makePeerCertificate(plan: CertificatePlan): Promise<MadeCertificate> {
  const { kind = "p256", name, validFromUnixMs, validToUnixMs, bytesMax } = plan;
  if (!NAME.test(name)) {
    throw new OperatorError({
      place: `name ${JSON.stringify(name)}`,
      problem: "cannot be the name of a peer.",
      remedy: "Give 1 to 64 letters, digits, spaces and . _ @ - that begin with a letter or digit.",
    });
  }
  const algorithm = ALGORITHMS[kind];
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomBytes(16).toString("hex"),
      name: [{ CN: [name] }],
      notBefore: new Date(validFromUnixMs),
      notAfter: new Date(validToUnixMs),
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto,
  );
  const certificate = new Uint8Array(made.rawData);
  refuseOverlong(certificate, bytesMax);
  return { certificate, privateKey: KeyObject.from(keys.privateKey) };
}

/** @throws {OperatorError} if the certificate is larger than one datagram carries. */
export function refuseOverlong(certificate: Uint8Array, bytesMax: number): void {
  if (certificate.length <= bytesMax) return;
  throw new OperatorError({
    place: "certificate",
    problem: `has ${String(certificate.length)} bytes, and one datagram carries ${String(bytesMax)}.`,
    remedy: "Take a P-256 or Ed25519 key, a shorter name, and no extensions.",
  });
}
