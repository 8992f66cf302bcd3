import { WireError } from "../../core/index.ts";
import type { Endpoint, MachineRunner } from "../../core/index.ts";
import {
  defineEnrolment,
  isEnrolmentMessage,
} from "../../../generated/control/machines/enrolment.ts";
import type {
  EnrolmentEvent,
  EnrolmentOutput,
  EnrolmentState,
} from "../../../generated/control/machines/enrolment.ts";
import type { ConnectToHub } from "../../../generated/control/messages/telemetry.ts";
import type { decodeRouterUdp } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import type { KeyField } from "../../../generated/control/types.ts";
import { DATAGRAM_BYTES_MAX, TAG_OFFSET, loadDatagram } from "../kernel/datagram.ts";
import { DATAGRAM_SCOPE } from "../kernel/observation.ts";
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
  /** Reads what the hub may send to this role, to a server less than to a router. @throws {WireError} if it is something else. */
  readonly decode: typeof decodeRouterUdp;
  /** Router only: the hub brings a client. */
  readonly invited?: (invitation: ConnectToHub) => void;
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

  get isEnrolled(): boolean {
    return this.#exchange.isEnrolled;
  }

  isHub({ fingerprint }: { readonly fingerprint: Uint8Array }): boolean {
    const known = this.#exchange.hubFingerprint;
    return known !== undefined && this.#options.kernel.crypto.equal(known, fingerprint);
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

  /** Anything that does not come from the hub's address is not the hub's. */
  receive(from: Endpoint, datagramBytes: Uint8Array): void {
    const { decode, hub, invited, kernel, scratch } = this.#options;
    if (from.address !== hub.address || from.port !== hub.port) {
      kernel.count("stranger");
      return;
    }
    kernel.guard(() => {
      const frame = loadDatagram(scratch, datagramBytes, DATAGRAM_BYTES_MAX);
      const { tag, offset, end, datagram } = frame;
      const received = decode(tag, scratch.bytes, scratch.view, offset, end);
      if ("key" in received.message) this.#authenticate(received.message.key, datagram);
      kernel.noteReceived(DATAGRAM_SCOPE, tag);
      if (isEnrolmentMessage(received)) this.dispatch(received);
      else invited?.(received.message);
    });
  }

  /**
   * Checks the key field of the hub's datagram.
   * @throws {WireError} if it is not genuine or was seen before.
   */
  #authenticate(key: KeyField, datagram: Uint8Array): void {
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
    const { hub, kernel, scratch, tell } = this.#options;
    const { hubFingerprint } = this.#exchange;
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
        tell({ type: "hubAnswers", answers: output.name === "hubAnswers" });
        return;
      case "save":
        tell({ type: "save", state: { key: this.keys.next, hub: hubFingerprint } });
        return;
      case "adopt":
        this.#exchange.adopt();
        return;
      case "announce":
        if (hubFingerprint !== undefined) tell({ type: "enrolled", hub: hubFingerprint });
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
