import {
  WireError,
  createKeyPair,
  enrolmentConfirmation,
  enrolmentKeyOfReporter,
  enrolmentProof,
  openKeyOffer,
} from "../../core/index.ts";
import type {
  CertificateVerifier,
  Endpoint,
  Identity,
  KeyPair,
  KeySlot,
  MachineRunner,
} from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { defineEnrolment } from "../../../generated/control/machines/enrolment.ts";
import type {
  EnrolmentEvent,
  EnrolmentOutput,
  EnrolmentState,
} from "../../../generated/control/machines/enrolment.ts";
import type {
  EnrolChallenge,
  EnrolGrant,
  EnrolRequest,
  KeyOffer,
} from "../../../generated/control/messages/enrolment.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import type { KeyField, Reporter as ReporterKind } from "../../../generated/control/types.ts";
import { SEQUENCES_PER_START, TAG_OFFSET } from "../kernel/datagram.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { enrolmentTransitions } from "./enrolment-transitions.ts";
import { joinProof } from "./join-proof.ts";
import { ReporterKeys } from "./reporter-keys.ts";

const NOTHING = new Uint8Array(0);

/** What a router or server keeps on disk of its enrolment. */
export interface ReporterState {
  /** The key to use; undefined before the first enrolment. */
  readonly key: KeySlot | undefined;
  /** Fingerprint of the hub, pinned or learnt on first use, 32 bytes. */
  readonly hub: Uint8Array | undefined;
}

/** What a reporter is made with. */
export interface ReporterOptions {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly identity: Identity;
  readonly verifier: CertificateVerifier;
  readonly limits: ControlLimits;
  readonly reporter: ReporterKind;
  /** Mac of the router, or what stands for a server. */
  readonly subject: number;
  readonly hub: Endpoint;
  /** What the store holds; with `hub` set, no other hub is accepted. */
  readonly state: ReporterState;
  /** How often this party was started with its store, this start included; saved before it runs. 1 … 2^20. */
  readonly starts: number;
  /** How often to report, milliseconds. */
  readonly periodMs: number;
  /** Server only: the network's join secret. */
  readonly joinSecret?: Uint8Array;
  /** The report that goes with a key field. */
  readonly report: (key: KeyField, periodMs: number) => ControlSent;
  /** Saves the state; the owner calls `saved` when it is on disk. */
  readonly save: (state: ReporterState) => void;
  /** Another hub than the known one granted a key, which was refused; `found` is its fingerprint. */
  readonly hubChanged: (found: Uint8Array) => void;
  /** The hub has been silent for some reports (false), or answers again (true). */
  readonly hubAnswers: (answers: boolean) => void;
  /** The first key, or one after the hub had forgotten the old, is in use. */
  readonly enrolled: () => void;
}

/** The UDP side of a router or server: enrolment, keys and the reports that are due. */
export class ReporterEndpoint {
  readonly keys: ReporterKeys;
  readonly #options: ReporterOptions;
  readonly #runner: MachineRunner<EnrolmentState, EnrolmentEvent, EnrolmentOutput>;
  #periodMs: number;
  #hubFingerprint: Uint8Array | undefined;
  #request: EnrolRequest | undefined;
  #ephemeral: KeyPair | undefined;
  /** Static key of the hub, as the challenge said and the grant must certify. */
  #hubStatic: Uint8Array | undefined;
  #lastNonce = 0;
  /** Challenges to reports before this one are void: since then the hub has shown that it knows the key, or the key is another. */
  #openNonce = 0;
  #sent = 0;

  constructor(options: ReporterOptions) {
    const { kernel, limits, state } = options;
    this.#options = options;
    this.#periodMs = options.periodMs;
    this.#hubFingerprint = state.hub;
    this.keys = new ReporterKeys(kernel.crypto, state.key);
    this.#runner = runMachine({
      kernel,
      scope: "enrolment",
      definition: defineEnrolment(enrolmentTransitions(this.#work()), limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Fingerprint of the hub, once it is pinned or learnt. */
  get hubFingerprint(): Uint8Array | undefined {
    return this.#hubFingerprint;
  }

  get isEnrolled(): boolean {
    return this.keys.current !== undefined;
  }

  /** Starts to enrol, or to report under the key that was loaded. */
  begin(): void {
    const enrolled = this.keys.current !== undefined;
    this.dispatch({ name: "begin", enrolled, periodMs: this.#periodMs });
  }

  /** Reports at once, and from now on in this rhythm. */
  reportNow(periodMs: number = this.#periodMs): void {
    this.#periodMs = periodMs;
    this.dispatch({ name: "reportNow" });
  }

  /** What `save` asked for is on disk. */
  saved(): void {
    this.dispatch({ name: "saved" });
  }

  dispatch(event: EnrolmentEvent): void {
    if (event.name === "TelemetryAck" || event.name === "KeyOffer") {
      this.#openNonce = this.#lastNonce + 1;
    }
    this.#runner.dispatch(event);
  }

  /**
   * Checks the key field of the hub's datagram.
   * @throws {WireError} if it is not genuine or was seen before.
   */
  authenticate(key: KeyField, datagram: Uint8Array): void {
    const verifier = this.keys.verifier(key.keyId);
    if (verifier?.authenticator.verify(datagram, TAG_OFFSET) !== true) {
      throw new WireError("bad-authentication", "KeyField.tag", TAG_OFFSET);
    }
    const freshness = verifier.window.accept(key.sequence);
    if (freshness === "replayed" || freshness === "stale") {
      throw new WireError("replayed", "KeyField.sequence", TAG_OFFSET);
    }
  }

  #work(): Parameters<typeof enrolmentTransitions>[0] {
    return {
      limits: this.#options.limits,
      crypto: this.#options.kernel.crypto,
      periodMs: () => this.#periodMs,
      isEnrolled: () => this.keys.current !== undefined,
      request: (challenge) => this.#answer(challenge),
      lastRequest: () => this.#request,
      accept: (grant) => this.#accept(grant),
      open: (offer) => this.#open(offer),
      discard: () => {
        this.keys.discardNext();
      },
    };
  }

  /**
   * The request that answers a challenge; undefined if the challenge answers nothing of ours. It need not be the
   * last report: where the way to the hub and back takes longer than a period, that never is the one.
   */
  #answer({ nonce, cookie, hubStatic }: EnrolChallenge): EnrolRequest | undefined {
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
    this.#request = { ...signed, nonce, proof, join };
    return this.#request;
  }

  /** Computes the key that the hub granted; false if the grant is not for our request or not our hub's. */
  #accept(grant: EnrolGrant): boolean {
    const { kernel, identity, verifier } = this.#options;
    const { crypto } = kernel;
    const request = this.#request;
    const ephemeral = this.#ephemeral;
    if (request === undefined || ephemeral === undefined || grant.nonce !== request.nonce) {
      return false;
    }
    const fault = kernel.guard(() => {
      const hub = verifier.verifyFor(grant.certificate, this.#hubStatic);
      const pinned = this.#hubFingerprint;
      if (pinned !== undefined && !crypto.equal(pinned, hub.fingerprint)) {
        kernel.count("hub-changed");
        this.#options.hubChanged(hub.fingerprint);
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
      this.#hubFingerprint = hub.fingerprint;
    });
    return fault === undefined;
  }

  /** Opens an offered key; false if it is not genuine or no newer than ours. */
  #open(offer: KeyOffer): boolean {
    const { kernel } = this.#options;
    const current = this.keys.current;
    if (current?.keyId !== offer.key.keyId) return false;
    let kept = false;
    kernel.guard(() => {
      kept = this.keys.keepOffered(openKeyOffer(kernel.crypto, current, offer));
    });
    return kept;
  }

  #perform(output: EnrolmentOutput): void {
    const { enrolled, hub, kernel, save, scratch } = this.#options;
    if (output.kind === "send") {
      const bytes = scratch.take((out, view, at) => encodeControl(output, out, view, at));
      kernel.sendDatagram(hub, bytes);
      return;
    }
    switch (output.name) {
      case "report":
        this.#report(this.keys.current?.keyId ?? 0);
        return;
      case "knock":
        this.#report(0);
        return;
      case "hubSilent":
      case "hubAnswers":
        this.#options.hubAnswers(output.name === "hubAnswers");
        return;
      case "save":
        save({ key: this.keys.next, hub: this.#hubFingerprint });
        return;
      case "adopt":
        this.keys.adopt();
        // What the enrolment took; another begins with a challenge of its own.
        this.#request = undefined;
        this.#ephemeral = undefined;
        this.#hubStatic = undefined;
        this.#openNonce = this.#lastNonce + 1;
        return;
      case "announce":
        enrolled();
        return;
    }
  }

  /** With key id 0 the report is the question that the hub answers with a challenge. */
  #report(keyId: number): void {
    const { hub, kernel, report, scratch, starts } = this.#options;
    this.#sent += 1;
    this.#lastNonce = starts * SEQUENCES_PER_START + this.#sent;
    const key: KeyField = { version: 1, keyId, sequence: this.#lastNonce, tag: NO_TAG };
    const sent = report(key, this.#periodMs);
    const bytes = scratch.take((out, view, at) => encodeControl(sent, out, view, at));
    if (keyId !== 0) this.keys.seal(bytes, TAG_OFFSET);
    kernel.sendDatagram(hub, bytes);
  }
}

const NO_TAG = new Uint8Array(16);

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
