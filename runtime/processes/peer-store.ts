import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { OperatorError, encodeBase64Url } from "../core/index.ts";
import type { PeerCertificates, PeerSigner } from "../core/index.ts";
import { createPeerSigner } from "../io/peer-certificates.ts";
import type { PinnedPeer } from "../roles/peer/peer-events.ts";
import { StateFile } from "../stores/state-file.ts";
import type { PeerIdentityConfig } from "./peer-types.ts";

const TEN_YEARS_MS = 10 * 365.25 * 86_400_000;

/** Clocks differ: a certificate is valid from a day before it was made. */
const DAY_MS = 86_400_000;

/** Largest DER of a certificate: what the spec says of `Register`. */
const CERTIFICATE_BYTES_MAX = 880;

interface Members {
  readonly certificate?: unknown;
  readonly privateKey?: unknown;
  readonly starts?: unknown;
  readonly pinned?: unknown;
}

/** What a peer keeps: certificate and key, how often it was started, whom its user has compared. */
export class PeerStore {
  readonly signer: PeerSigner;
  /** Whether the certificate was made just now. */
  readonly isNew: boolean;
  starts: number;
  readonly #file: StateFile;
  readonly #privateKey: Uint8Array;
  #pinned: readonly PinnedPeer[];

  private constructor(
    file: StateFile,
    certificates: PeerCertificates,
    { members, isNew }: { readonly members: Members; readonly isNew: boolean },
  ) {
    const { certificate, privateKey } = members;
    if (!(certificate instanceof Uint8Array && privateKey instanceof Uint8Array)) {
      throw damaged(file, "/certificate");
    }
    this.#file = file;
    this.#privateKey = privateKey;
    this.signer = signerOf(file, certificates, { certificate, privateKey });
    refuseExpired(file, this.signer);
    this.isNew = isNew;
    this.starts = typeof members.starts === "number" ? members.starts : 0;
    this.#pinned = pinnedOf(file, members.pinned);
    if (isNew) this.#save();
  }

  /** Opens the store of a folder, or makes it with a new certificate. @throws {OperatorError} if it is damaged or cannot be written. */
  static async open(
    config: PeerIdentityConfig,
    certificates: PeerCertificates,
  ): Promise<PeerStore> {
    const file = new StateFile(join(config.dataFolder, "peer.json"));
    const loaded: unknown = file.load();
    if (loaded === undefined) {
      const members = await makeMembers(config);
      return new PeerStore(file, certificates, { members, isNew: true });
    }
    if (typeof loaded !== "object" || loaded === null) throw damaged(file, "");
    return new PeerStore(file, certificates, { members: loaded, isNew: false });
  }

  get pinned(): readonly PinnedPeer[] {
    return this.#pinned;
  }

  /** Counts this start; it is on disk before anything is numbered by it. */
  begin(): void {
    this.starts += 1;
    this.#save();
  }

  pin(pinned: PinnedPeer): void {
    const name = encodeBase64Url(pinned.fingerprint);
    const others = this.#pinned.filter(
      (pin) => encodeBase64Url(pin.fingerprint) !== name && pin.name !== pinned.name,
    );
    this.#pinned = [...others, pinned];
    this.#save();
  }

  unpin(fingerprint: Uint8Array): void {
    const name = encodeBase64Url(fingerprint);
    this.#pinned = this.#pinned.filter((pin) => encodeBase64Url(pin.fingerprint) !== name);
    this.#save();
  }

  #save(): void {
    this.#file.save({
      certificate: this.signer.certificate.bytes,
      privateKey: this.#privateKey,
      starts: this.starts,
      pinned: this.#pinned.map(({ fingerprint, name }) => ({ fingerprint, name })),
    });
  }
}

async function makeMembers({ name, key }: PeerIdentityConfig): Promise<Members> {
  // Only whoever makes a certificate waits for the package that does.
  const { makePeerCertificate } = await import("../io/peer-certificate-maker.ts");
  const nowMs = Date.now();
  const made = await makePeerCertificate({
    kind: key,
    name,
    validFromUnixMs: nowMs - DAY_MS,
    validToUnixMs: nowMs + TEN_YEARS_MS,
    bytesMax: CERTIFICATE_BYTES_MAX,
  });
  const privateKey = made.privateKey.export({ format: "der", type: "pkcs8" });
  return { certificate: made.certificate, privateKey: new Uint8Array(privateKey) };
}

function signerOf(
  file: StateFile,
  certificates: PeerCertificates,
  keys: { readonly certificate: Uint8Array; readonly privateKey: Uint8Array },
): PeerSigner {
  if (keys.certificate.length > CERTIFICATE_BYTES_MAX) {
    throw new OperatorError({
      place: `${file.file}#/certificate`,
      problem: `has ${String(keys.certificate.length)} bytes, and one datagram carries ${String(CERTIFICATE_BYTES_MAX)}.`,
      remedy: "Take a P-256 or Ed25519 key, a shorter name, and no extensions.",
    });
  }
  try {
    const privateKey = createPrivateKey({
      key: Buffer.from(keys.privateKey),
      format: "der",
      type: "pkcs8",
    });
    return createPeerSigner(certificates, { certificate: keys.certificate, privateKey });
  } catch (cause) {
    throw damaged(file, "/privateKey", cause);
  }
}

/** Nobody would answer a peer with such a certificate, and nobody would say why. */
function refuseExpired({ file }: StateFile, { certificate }: PeerSigner): void {
  if (Date.now() <= certificate.validToUnixMs) return;
  throw new OperatorError({
    place: `${file}#/certificate`,
    problem: `was valid until ${new Date(certificate.validToUnixMs).toISOString()}.`,
    remedy: "Check the clock, or move the file away to make a new certificate.",
  });
}

function pinnedOf(file: StateFile, value: unknown = []): readonly PinnedPeer[] {
  if (!Array.isArray(value)) throw damaged(file, "/pinned");
  return value.map((one: Partial<PinnedPeer> | null) => {
    if (!isFingerprint(one?.fingerprint) || typeof one.name !== "string") {
      throw damaged(file, "/pinned");
    }
    return { fingerprint: one.fingerprint, name: one.name };
  });
}

function isFingerprint(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32;
}

function damaged(file: StateFile, pointer: string, cause?: unknown): OperatorError {
  return new OperatorError({
    place: pointer === "" ? file.file : `${file.file}#${pointer}`,
    problem: "is not what a peer keeps there.",
    remedy: "Restore the file from a backup, or move it away to start with a new certificate.",
    cause,
  });
}
