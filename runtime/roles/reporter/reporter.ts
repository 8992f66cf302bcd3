import { WireError } from "../../core/index.ts";
import type { Endpoint, MachineRunner } from "../../core/index.ts";
import { defineEnrolment } from "../../../generated/control/machines/enrolment.ts";
import type {
  EnrolmentEvent,
  EnrolmentOutput,
  EnrolmentState,
} from "../../../generated/control/machines/enrolment.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import type { KeyField } from "../../../generated/control/types.ts";
import { TAG_OFFSET } from "../kernel/datagram.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { EnrolmentExchange } from "./enrolment-exchange.ts";
import type { EnrolmentExchangeOptions, ReporterState } from "./enrolment-exchange.ts";
import { enrolmentTransitions } from "./enrolment-transitions.ts";
import type { ReporterKeys } from "./reporter-keys.ts";

export type { ReporterState };

/** What a reporter is made with. */
export interface ReporterOptions extends EnrolmentExchangeOptions {
  readonly scratch: Scratch;
  readonly hub: Endpoint;
  /** The report that goes with a key field. */
  readonly report: (key: KeyField, periodMs: number) => ControlSent;
  /** Saves the state; the owner calls `saved` when it is on disk. */
  readonly save: (state: ReporterState) => void;
  /** The hub has been silent for some reports (false), or answers again (true). */
  readonly hubAnswers: (answers: boolean) => void;
  /** The first key, or one after the hub had forgotten the old, is in use. */
  readonly enrolled: () => void;
}

/** The UDP side of a router or server: enrolment, keys and the reports that are due. */
export class ReporterEndpoint {
  readonly #options: ReporterOptions;
  readonly #exchange: EnrolmentExchange;
  readonly #runner: MachineRunner<EnrolmentState, EnrolmentEvent, EnrolmentOutput>;

  constructor(options: ReporterOptions) {
    const { kernel, limits } = options;
    this.#options = options;
    this.#exchange = new EnrolmentExchange(options);
    this.#runner = runMachine({
      kernel,
      scope: "enrolment",
      definition: defineEnrolment(enrolmentTransitions(this.#exchange), limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** The keys that are shared with the hub. */
  get keys(): ReporterKeys {
    return this.#exchange.keys;
  }

  /** Fingerprint of the hub, once it is pinned or learnt. */
  get hubFingerprint(): Uint8Array | undefined {
    return this.#exchange.hubFingerprint;
  }

  get isEnrolled(): boolean {
    return this.#exchange.isEnrolled;
  }

  /** Starts to enrol, or to report under the key that was loaded. */
  begin(): void {
    const { isEnrolled, periodMs } = this.#exchange;
    this.dispatch({ name: "begin", enrolled: isEnrolled, periodMs });
  }

  /** Reports at once, and from now on in this rhythm. */
  reportNow(periodMs: number = this.#exchange.periodMs): void {
    this.#exchange.periodMs = periodMs;
    this.dispatch({ name: "reportNow" });
  }

  /** What `save` asked for is on disk. */
  saved(): void {
    this.dispatch({ name: "saved" });
  }

  dispatch(event: EnrolmentEvent): void {
    if (event.name === "TelemetryAck" || event.name === "KeyOffer") {
      this.#exchange.voidChallenges();
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
        save({ key: this.keys.next, hub: this.hubFingerprint });
        return;
      case "adopt":
        this.#exchange.adopt();
        return;
      case "announce":
        enrolled();
        return;
    }
  }

  /** With key id 0 the report is the question that the hub answers with a challenge. */
  #report(keyId: number): void {
    const { hub, kernel, report, scratch } = this.#options;
    const sequence = this.#exchange.nextSequence();
    const key: KeyField = { version: 1, keyId, sequence, tag: NO_TAG };
    const sent = report(key, this.#exchange.periodMs);
    const bytes = scratch.take((out, view, at) => encodeControl(sent, out, view, at));
    if (keyId !== 0) this.keys.seal(bytes, TAG_OFFSET);
    kernel.sendDatagram(hub, bytes);
  }
}

const NO_TAG = new Uint8Array(16);
