/*
 * A router's UDP side as somebody would write it who has only docs/protocol/control.md: node:crypto, node:dgram, and
 * nothing of this repository. Section numbers are those of that page.
 */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  sign,
  constants,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const X25519_PUBLIC = Buffer.from("302a300506032b656e032100", "hex");

/** Tags of section 4. */
export const TAGS = {
  telemetry: 3073,
  enrolRequest: 3075,
  challenge: 1027,
  grant: 1028,
  acknowledgement: 1031,
} as const;

/** A frame of section 2: its tag, and all of its bytes. */
export interface Frame {
  readonly tag: number;
  readonly bytes: Buffer;
}

/** A key of section 4.3 with its name. */
export interface AgreedKey {
  readonly keyId: number;
  readonly key: Buffer;
}

/** Section 3: the label and the parts, each behind its length. */
function transcript(label: string, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    [Buffer.from(label, "ascii"), ...parts].flatMap((part) => [number(part.length, 4), part]),
  );
}

function number(value: number, bytes: number): Buffer {
  const encoded = Buffer.alloc(bytes);
  encoded.writeUIntBE(value, 0, bytes);
  return encoded;
}

function hash(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function hmac(key: Buffer, bytes: Buffer): Buffer {
  return createHmac("sha256", key).update(bytes).digest();
}

function hkdf(secret: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), info, bytes));
}

function derive(key: Buffer, purpose: string): Buffer {
  return hkdf(key, Buffer.from(`tagwire key 1: ${purpose}`), 32);
}

function frame(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([number(tag, 2), number(value.length, 2), value]);
}

function rawKey(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" }).subarray(-32);
}

function agree(privateKey: KeyObject, theirs: Buffer): Buffer {
  const der = Buffer.concat([X25519_PUBLIC, theirs]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  return diffieHellman({ privateKey, publicKey });
}

/** The 801 bytes of section 3. */
function certify(signingKey: KeyObject, staticPublic: Buffer): Buffer {
  const { n = "" } = createPublicKey(signingKey).export({ format: "jwk" });
  const modulus = Buffer.from(n, "base64url");
  const statement = transcript("tagwire identity 1", modulus, staticPublic);
  const signature = sign("sha256", statement, {
    key: signingKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  });
  return Buffer.concat([Buffer.from([1]), modulus, staticPublic, signature]);
}

/** A router that knows only the reference. */
export class Outsider {
  readonly #socket = createSocket("udp4");
  readonly #hubPort: number;
  readonly #mac: Buffer;
  readonly #static = generateKeyPairSync("x25519");
  readonly #ephemeral = generateKeyPairSync("x25519");
  readonly #certificate: Buffer;
  #sent = 0;

  private constructor(hubPort: number, mac: string) {
    this.#hubPort = hubPort;
    this.#mac = Buffer.from(mac.replaceAll(":", ""), "hex");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
    const signingKey = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
    this.#certificate = certify(signingKey, rawKey(this.#static.publicKey));
  }

  /** @param hubPort UDP port of a hub on this machine. */
  static async open(hubPort: number, mac: string): Promise<Outsider> {
    const outsider = new Outsider(hubPort, mac);
    outsider.#socket.bind(0, "127.0.0.1");
    await once(outsider.#socket, "listening");
    return outsider;
  }

  close(): void {
    this.#socket.close();
  }

  /** Section 4.2: telemetry under a key, or with key id 0; gives what the hub answers. */
  async report(agreed?: AgreedKey): Promise<Frame> {
    this.#sent += 1;
    const sequence = Buffer.concat([number(1, 4), number(this.#sent, 4)]);
    const field = [Buffer.from([1]), number(agreed?.keyId ?? 0, 4), sequence, Buffer.alloc(16)];
    const numbers = [4711, 20_000].map((value) => number(value, 4));
    const rest = Buffer.alloc(2 + 4 + 4 + 8 + 8 + 2);
    const datagram = frame(TAGS.telemetry, ...field, this.#mac, ...numbers, rest);
    if (agreed !== undefined) {
      const tag = hmac(derive(agreed.key, "router to hub"), datagram).subarray(0, 16);
      tag.copy(datagram, 17);
    }
    return this.#ask(datagram);
  }

  /** Section 4.3: answers a challenge; gives the key if the hub's grant confirms it. */
  async enrol(challenge: Frame): Promise<AgreedKey | undefined> {
    const nonce = challenge.bytes.subarray(4, 12);
    const cookie = challenge.bytes.subarray(12, 28);
    const hubStatic = challenge.bytes.subarray(28, 60);
    const ephemeral = rawKey(this.#ephemeral.publicKey);
    const said = [Buffer.from([1]), this.#mac, cookie, ephemeral, hash(this.#certificate)];
    const ss = agree(this.#static.privateKey, hubStatic);
    const es = agree(this.#ephemeral.privateKey, hubStatic);
    const proof = hkdf(ss, transcript("tagwire enrolment proof 1", ...said), 16);
    const certificate = [number(this.#certificate.length, 2), this.#certificate];
    const head = [Buffer.from([1]), this.#mac, nonce, cookie, ephemeral, proof];
    const request = frame(TAGS.enrolRequest, ...head, ...certificate, Buffer.from([0]));
    const { tag, bytes } = await this.#ask(request);
    if (tag !== TAGS.grant) return undefined;
    const keyId = bytes.subarray(12, 16);
    const generation = bytes.subarray(16, 20);
    const hubCertificate = bytes.subarray(22, 22 + bytes.readUInt16BE(20));
    const whole = [...said, hash(hubCertificate), keyId, generation];
    const info = transcript("tagwire enrolment 1", ...whole);
    const key = hkdf(Buffer.concat([es, ss]), info, 32);
    const confirm = hmac(derive(key, "enrolment confirmation"), info).subarray(0, 16);
    const isConfirmed = confirm.equals(bytes.subarray(22 + hubCertificate.length));
    return isConfirmed ? { keyId: keyId.readUInt32BE(), key } : undefined;
  }

  /** Section 4.1: whether the hub's datagram carries the right tag. */
  isGenuine({ bytes }: Frame, { key }: AgreedKey): boolean {
    const unsealed = Buffer.from(bytes).fill(0, 17, 33);
    const expected = hmac(derive(key, "hub to router"), unsealed).subarray(0, 16);
    return expected.equals(bytes.subarray(17, 33));
  }

  async #ask(datagram: Buffer): Promise<Frame> {
    const answer = once(this.#socket, "message", { signal: AbortSignal.timeout(5000) });
    this.#socket.send(datagram, this.#hubPort, "127.0.0.1");
    const [bytes] = (await answer) as [Buffer];
    return { tag: bytes.readUInt16BE(0), bytes };
  }
}
