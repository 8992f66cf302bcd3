import {
  WireError,
  createKeyPair,
  enrolmentConfirmation,
  enrolmentKeyOfReporter,
  enrolmentProof,
  openKeyOffer,
} from "../../core/index.ts";
import type { CertificateVerifier, Crypto, Identity, KeyPair, KeySlot } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type {
  EnrolChallenge,
  EnrolGrant,
  EnrolRequest,
  KeyOffer,
} from "../../../generated/control/messages/enrolment.ts";
import type { Reporter as ReporterKind } from "../../../generated/control/types.ts";
import { SEQUENCES_PER_START } from "../kernel/datagram.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { EnrolmentWork } from "./enrolment-transitions.ts";
import { joinProof } from "./join-proof.ts";
import type { ReporterEvent } from "./reporter-events.ts";
import { ReporterKeys } from "./reporter-keys.ts";

const NOTHING = new Uint8Array(0);

/** What a router or server keeps on disk of its enrolment. */
export interface ReporterState {
  /** The key to use; undefined before the first enrolment. */
  readonly key: KeySlot | undefined;
  /** Fingerprint of the hub, pinned or learnt on first use, 32 bytes. */
  readonly hub: Uint8Array | undefined;
}

/** What a reporter needs to come to a key. */
export interface EnrolmentExchangeOptions {
  readonly kernel: RoleKernel;
  readonly identity: Identity;
  readonly verifier: CertificateVerifier;
  readonly limits: ControlLimits;
  readonly reporter: ReporterKind;
  /** Mac of the router, or what stands for a server. */
  readonly subject: number;
  /** What the store holds; with `hub` set, no other hub is accepted. */
  readonly state: ReporterState;
  /** How often this party was started with its store, this start included; saved before it runs. 1 … 2^20. */
  readonly starts: number;
  /** How often to report, milliseconds. */
  readonly periodMs: number;
  /** Server only: the network's join secret. */
  readonly joinSecret?: Uint8Array;
  /** Reports outwards. */
  readonly tell: (event: ReporterEvent) => void;
}

/** What a reporter and its hub say to each other until they share a key, and the keys that come of it. */
export class EnrolmentExchange implements EnrolmentWork {
  readonly keys: ReporterKeys;
  /** How often to report, milliseconds. */
  periodMs: number;
  /** Fingerprint of the hub, once it is pinned or learnt. */
  hubFingerprint: Uint8Array | undefined;
  lastRequest: EnrolRequest | undefined;
  readonly #options: EnrolmentExchangeOptions;
  #ephemeral: KeyPair | undefined;
  /** Static key of the hub, as the challenge said and the grant must certify. */
  #hubStatic: Uint8Array | undefined;
  #lastNonce = 0;
  /** Challenges to reports before this one are void: since then the hub has shown that it knows the key, or the key is another. */
  #openNonce = 0;
  #sent = 0;

  constructor(options: EnrolmentExchangeOptions) {
    const { kernel, periodMs, state } = options;
    this.#options = options;
    this.periodMs = periodMs;
    this.hubFingerprint = state.hub;
    this.keys = new ReporterKeys(kernel.crypto, state.key);
  }

  get limits(): ControlLimits {
    return this.#options.limits;
  }

  get crypto(): Crypto {
    return this.#options.kernel.crypto;
  }

  get isEnrolled(): boolean {
    return this.keys.current !== undefined;
  }

  /** The sequence number of the next report, which is its nonce too. */
  nextSequence(): number {
    const { starts } = this.#options;
    this.#sent += 1;
    this.#lastNonce = starts * SEQUENCES_PER_START + this.#sent;
    return this.#lastNonce;
  }

  /** No challenge to a report that was sent so far is answered any more. */
  voidChallenges(): void {
    this.#openNonce = this.#lastNonce + 1;
  }

  /** The next key is on disk: uses it, and forgets what it took to get it. Another enrolment begins with a challenge of its own. */
  adopt(): void {
    this.keys.adopt();
    this.lastRequest = undefined;
    this.#ephemeral = undefined;
    this.#hubStatic = undefined;
    this.voidChallenges();
  }

  discard(): void {
    this.keys.discardNext();
  }

  /**
   * The request that answers a challenge; undefined if the challenge answers nothing of ours. It need not be the
   * last report: where the way to the hub and back takes longer than a period, that never is the one.
   */
  answer({ nonce, cookie, hubStatic }: EnrolChallenge): EnrolRequest | undefined {
    const oldest = Math.max(this.#openNonce, this.#lastNonce - NONCES_OPEN_MAX + 1);
    if (nonce < oldest || nonce > this.#lastNonce) return undefined;
    const { kernel, identity, joinSecret, reporter, subject, verifier } = this.#options;
    const { crypto } = kernel;
    this.#ephemeral = createKeyPair(crypto);
    this.#hubStatic = hubStatic;
    const { certificate, staticKey } = identity;
    const { certificateHash } = verifier.verify(certificate);
    const said = { reporter, subject, cookie, ephemeral: this.#ephemeral.publicKey };
    const proof = attempt(() =>
      enrolmentProof(crypto, { staticKey, remoteStatic: hubStatic }, { ...said, certificateHash }),
    );
    if (proof === undefined) return undefined;
    const signed = { ...said, certificate };
    const join = joinSecret === undefined ? NOTHING : joinProof(crypto, joinSecret, signed);
    this.lastRequest = { ...signed, nonce, proof, join };
    return this.lastRequest;
  }

  /** Computes the key that the hub granted; false if the grant is not for our request or not our hub's. */
  accept(grant: EnrolGrant): boolean {
    const { kernel, identity, verifier } = this.#options;
    const { crypto } = kernel;
    const request = this.lastRequest;
    const ephemeral = this.#ephemeral;
    if (request === undefined || ephemeral === undefined || grant.nonce !== request.nonce) {
      return false;
    }
    const fault = kernel.guard(() => {
      const hub = verifier.verifyFor(grant.certificate, this.#hubStatic);
      const pinned = this.hubFingerprint;
      if (pinned !== undefined && !crypto.equal(pinned, hub.fingerprint)) {
        kernel.count("hub-changed");
        this.#options.tell({ type: "hubChanged", found: hub.fingerprint });
        throw new WireError("bad-authentication", "EnrolGrant.certificate", 0);
      }
      const { keyId, generation } = grant;
      const transcript = {
        ...request,
        certificateHash: verifier.verify(identity.certificate).certificateHash,
        hubCertificateHash: hub.certificateHash,
        keyId,
        generation,
      };
      const keys = { ephemeral, staticKey: identity.staticKey, hubStatic: hub.staticKey };
      const key = enrolmentKeyOfReporter(crypto, keys, transcript);
      if (!crypto.equal(grant.confirm, enrolmentConfirmation(crypto, key, transcript))) {
        throw new WireError("bad-authentication", "EnrolGrant.confirm", 0);
      }
      this.keys.keepGranted({ keyId, generation, key });
      this.hubFingerprint = hub.fingerprint;
    });
    return fault === undefined;
  }

  /** Opens an offered key; false if it is not genuine or no newer than ours. */
  open(offer: KeyOffer): boolean {
    const { kernel } = this.#options;
    const current = this.keys.current;
    if (current?.keyId !== offer.key.keyId) return false;
    let kept = false;
    kernel.guard(() => {
      kept = this.keys.keepOffered(openKeyOffer(kernel.crypto, current, offer));
    });
    return kept;
  }
}

/** Reports whose challenges may still be under way: a way of some seconds at ten reports a second. */
const NONCES_OPEN_MAX = 64;

/** A key of low order from a false hub is that hub's fault, and no answer is owed. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
