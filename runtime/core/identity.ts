import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import type { Crypto, KeyPair } from "./crypto.ts";
import {
  CertificateVerifier,
  encodeCertificate,
  identityStatement,
} from "./identity-certificate.ts";
import { OperatorError } from "./operator-error.ts";

/** A party's own keys. Everything but `certificate` and `fingerprint` is secret. */
export interface Identity {
  /** RSA-3072 private key, PKCS #8 DER. Signs one statement and is then only kept. */
  readonly signingKey: Uint8Array;
  /** X25519 key pair of every handshake. */
  readonly staticKey: KeyPair;
  /** Shows that the signing key vouches for the static key; 801 bytes, public. */
  readonly certificate: Uint8Array;
  /** Names the party, 32 bytes, public. */
  readonly fingerprint: Uint8Array;
}

/**
 * Certifies a static key by an identity key. Costs one RSA signature, about 2 ms.
 * @param keys.modulus of the signing key, 384 bytes, big-endian; its exponent is 65537.
 * @throws {RangeError} if the keys do not belong together: a bug in the caller.
 */
export function createIdentity(
  crypto: Crypto,
  keys: {
    readonly signingKey: Uint8Array;
    readonly modulus: Uint8Array;
    readonly staticKey: KeyPair;
  },
): Identity {
  const { signingKey, modulus, staticKey } = keys;
  const statement = identityStatement(modulus, staticKey.publicKey);
  const signature = crypto.rsaPssSign(signingKey, statement);
  const certificate = encodeCertificate({ modulus, staticKey: staticKey.publicKey, signature });
  const verified = attempt(() => new CertificateVerifier(crypto, 1).verify(certificate));
  if (verified === undefined) throw new RangeError("the modulus is not the signing key's");
  return { signingKey, staticKey, certificate, fingerprint: verified.fingerprint };
}

const FORMAT = "tagwire identity 1";
const REMEDY = "Restore the file from a backup, or remove it to be given a new identity.";

/** The identity as the JSON text that is kept in its owner's private file. */
export function serialiseIdentity(identity: Identity): string {
  const fields = {
    format: FORMAT,
    signingKey: encodeBase64Url(identity.signingKey),
    staticKey: encodeBase64Url(identity.staticKey.privateKey),
    certificate: encodeBase64Url(identity.certificate),
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

/**
 * Reads such a text back and checks that its three keys belong together.
 * @param file what to call the text in an error.
 * @throws {OperatorError} naming the file and the JSON pointer.
 */
export function parseIdentity(crypto: Crypto, text: string, file: string): Identity {
  const fields = parseObject(text, file);
  if (fields["format"] !== FORMAT) throw fault(file, "/format", `This is not "${FORMAT}".`);
  const signingKey = parseBytes(fields, "signingKey", file);
  const privateKey = parseBytes(fields, "staticKey", file);
  const certificate = parseBytes(fields, "certificate", file);
  if (privateKey.length !== 32) throw fault(file, "/staticKey", "An X25519 key has 32 bytes.");
  const staticKey = { privateKey, publicKey: crypto.x25519Public(privateKey) };
  const verifier = new CertificateVerifier(crypto, 2);
  const verified = attempt(() => verifier.verifyFor(certificate, staticKey.publicKey));
  if (verified === undefined) {
    throw fault(file, "/certificate", "The certificate does not certify the static key.");
  }
  const again = attempt(() =>
    createIdentity(crypto, { signingKey, modulus: certificate.slice(1, 385), staticKey }),
  );
  if (again === undefined) {
    throw fault(file, "/signingKey", "The signing key is not the certificate's.");
  }
  return { signingKey, staticKey, certificate, fingerprint: verified.fingerprint };
}

function parseObject(text: string, file: string): Readonly<Record<string, unknown>> {
  const value = attempt(() => JSON.parse(text) as unknown);
  if (typeof value !== "object" || value === null) throw fault(file, "", "This is no JSON object.");
  return value as Readonly<Record<string, unknown>>;
}

function parseBytes(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  file: string,
): Uint8Array {
  const text = fields[name];
  const bytes = typeof text === "string" ? decodeBase64Url(text) : undefined;
  if (bytes === undefined) throw fault(file, `/${name}`, "This is no base64url text.");
  return bytes;
}

function fault(file: string, pointer: string, problem: string): OperatorError {
  return new OperatorError({ place: `${file}#${pointer}`, problem, remedy: REMEDY });
}

/** Malformed keys make the primitives throw; here that only means that the file is at fault. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
