import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { createKeyPair, type Crypto } from "../core/crypto.ts";
import { createIdentity, type Identity } from "../core/identity.ts";

const generate = promisify(generateKeyPair);

/** A new party: RSA-3072 identity key, X25519 static key, certificate. Takes about 0.3 s, off the main thread. */
export async function generateIdentity(crypto: Crypto): Promise<Identity> {
  const pair = await generate("rsa", { modulusLength: 3072, publicExponent: 65537 });
  return createIdentity(crypto, {
    signingKey: new Uint8Array(pair.privateKey.export({ format: "der", type: "pkcs8" })),
    modulus: modulusOf(pair.publicKey),
    staticKey: createKeyPair(crypto),
  });
}

function modulusOf(publicKey: KeyObject): Uint8Array {
  const { n } = publicKey.export({ format: "jwk" });
  if (n === undefined) throw new RangeError("an RSA key has a modulus");
  return new Uint8Array(Buffer.from(n, "base64url"));
}
