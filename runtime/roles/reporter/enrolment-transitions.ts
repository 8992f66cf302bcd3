import type { Crypto } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type {
  EnrolmentHandlers,
  EnrolmentIn,
  EnrolmentOn,
  EnrolmentOut,
  EnrolmentState,
} from "../../../generated/control/machines/enrolment.ts";
import type {
  EnrolChallenge,
  EnrolGrant,
  EnrolRequest,
  KeyOffer,
} from "../../../generated/control/messages/enrolment.ts";
import { jitteredMs, stepMs } from "../kernel/backoff.ts";

/** What the transitions of an enrolment reach. */
export interface EnrolmentWork {
  readonly limits: ControlLimits;
  readonly crypto: Crypto;
  /** How often to report, milliseconds. */
  readonly periodMs: number;
  /** Whether a key is in use. */
  readonly isEnrolled: boolean;
  /** The request that was sent last. */
  readonly lastRequest: EnrolRequest | undefined;
  /** The request that answers a challenge; undefined if it answers nothing of ours. */
  answer(challenge: EnrolChallenge): EnrolRequest | undefined;
  /** Takes the granted key; false if the grant is not good. */
  accept(grant: EnrolGrant): boolean;
  /** Takes the offered key; false if the offer is not good. */
  open(offer: KeyOffer): boolean;
  /** Forgets a key that could not be saved. */
  discard(): void;
}

/** What the body of a transition returns. */
type Does<Name extends keyof EnrolmentHandlers> = ReturnType<EnrolmentHandlers[Name]>;
type In<Name extends EnrolmentState["name"]> = EnrolmentIn<Name>;
type OnChallenge = EnrolmentOn<"EnrolChallenge">;

type Report = EnrolmentOut<"report">;
const REPORT: Report = { kind: "do", name: "report" };
const SAVE: EnrolmentOut<"save"> = { kind: "do", name: "save" };
const ADOPT: EnrolmentOut<"adopt"> = { kind: "do", name: "adopt" };

/** The bodies of the transitions of `Enrolment`. Methods and no closures, of which a fleet would have millions. */
export function enrolmentTransitions(work: EnrolmentWork): EnrolmentHandlers {
  return new Transitions(work);
}

class Transitions implements EnrolmentHandlers {
  readonly #work: EnrolmentWork;

  constructor(work: EnrolmentWork) {
    this.#work = work;
  }

  idleOnBegin(_state: In<"idle">, event: EnrolmentOn<"begin">): Does<"idleOnBegin"> {
    return { state: event.enrolled ? this.#enrolled(0) : this.#asking(0), outputs: [REPORT] };
  }

  askingOnRetry({ attempt }: In<"asking">): Does<"askingOnRetry"> {
    return { state: this.#asking(attempt), outputs: [REPORT] };
  }

  /** Attempts are counted on: whoever is never granted a key must ask ever more rarely. */
  askingOnEnrolChallenge(
    state: In<"asking">,
    { message }: OnChallenge,
  ): Does<"askingOnEnrolChallenge"> {
    const request = this.#work.answer(message);
    return request === undefined ? { state } : this.#prove(state.attempt - 1, request);
  }

  provingOnRetry({ attempt }: In<"proving">): Does<"provingOnRetry"> {
    const { lastRequest: request, limits } = this.#work;
    if (request !== undefined && attempt < limits.enrolAttemptsMax) {
      return this.#prove(attempt, request);
    }
    return { state: this.#withoutGrant(attempt), outputs: [REPORT] };
  }

  /**
   * Only for the request that is out, whose cookie was too old; others would undo it. And a bound, because
   * answering costs far more than sending a forged challenge.
   */
  provingOnEnrolChallenge(
    state: In<"proving">,
    { message }: OnChallenge,
  ): Does<"provingOnEnrolChallenge"> {
    const { lastRequest, limits } = this.#work;
    const isOurs = message.nonce === lastRequest?.nonce;
    if (!isOurs || state.attempt > limits.enrolAttemptsMax) return { state };
    const request = this.#work.answer(message);
    return request === undefined ? { state } : this.#prove(state.attempt, request);
  }

  provingOnEnrolGrant(
    state: In<"proving">,
    { message }: EnrolmentOn<"EnrolGrant">,
  ): Does<"provingOnEnrolGrant"> {
    const work = this.#work;
    return work.accept(message)
      ? { state: { name: "saving", periodMs: work.periodMs }, outputs: [SAVE] }
      : { state };
  }

  savingOnSaved(): Does<"savingOnSaved"> {
    return {
      state: this.#enrolled(0),
      outputs: [ADOPT, { kind: "do", name: "announce" }, REPORT],
    };
  }

  savingOnSave(): Does<"savingOnSave"> {
    this.#work.discard();
    return { state: this.#withoutGrant(0), outputs: [REPORT] };
  }

  enrolledOnPeriod({ unanswered }: In<"enrolled">): Does<"enrolledOnPeriod"> {
    const { unansweredMax } = this.#work.limits;
    const isSilent = unanswered >= unansweredMax;
    const outputs: EnrolmentOut<"report" | "knock" | "hubSilent">[] = [REPORT];
    if (isSilent) outputs.push({ kind: "do", name: "knock" });
    if (unanswered === unansweredMax) outputs.push({ kind: "do", name: "hubSilent" });
    return { state: this.#enrolled(Math.min(unanswered + 1, UNANSWERED_MAX)), outputs };
  }

  enrolledOnReportNow({ unanswered }: In<"enrolled">): Does<"enrolledOnReportNow"> {
    return { state: this.#enrolled(unanswered), outputs: [REPORT] };
  }

  enrolledOnTelemetryAck({ unanswered }: In<"enrolled">): Does<"enrolledOnTelemetryAck"> {
    return { state: this.#enrolled(0), outputs: this.#heard(unanswered) };
  }

  enrolledOnKeyOffer(
    { unanswered }: In<"enrolled">,
    { message }: EnrolmentOn<"KeyOffer">,
  ): Does<"enrolledOnKeyOffer"> {
    return this.#work.open(message)
      ? { state: this.#rotating(0), outputs: [SAVE, ...this.#heard(unanswered)] }
      : { state: this.#enrolled(unanswered) };
  }

  enrolledOnEnrolChallenge(
    { unanswered }: In<"enrolled">,
    { message }: OnChallenge,
  ): Does<"enrolledOnEnrolChallenge"> {
    const request = this.#work.answer(message);
    return request === undefined ? { state: this.#enrolled(unanswered) } : this.#prove(0, request);
  }

  rotatingOnSaved(): Does<"rotatingOnSaved"> {
    return { state: this.#enrolled(0), outputs: [ADOPT, REPORT] };
  }

  rotatingOnSave({ unanswered }: In<"rotating">): Does<"rotatingOnSave"> {
    this.#work.discard();
    return { state: this.#enrolled(unanswered) };
  }

  rotatingOnPeriod({ unanswered }: In<"rotating">): Does<"rotatingOnPeriod"> {
    return { state: this.#rotating(unanswered), outputs: [REPORT] };
  }

  #asking(attempt: number): In<"asking"> {
    return { name: "asking", attempt: attempt + 1, waitMs: this.#waitMs(attempt) };
  }

  #enrolled(unanswered: number): In<"enrolled"> {
    return { name: "enrolled", periodMs: this.#work.periodMs, unanswered };
  }

  #rotating(unanswered: number): In<"rotating"> {
    return { name: "rotating", periodMs: this.#work.periodMs, unanswered };
  }

  /** A key that is in use stays so; without one the asking goes on. */
  #withoutGrant(attempt: number): In<"asking" | "enrolled"> {
    return this.#work.isEnrolled ? this.#enrolled(0) : this.#asking(attempt);
  }

  /** Sends the request; `attempt` counts the times before. */
  #prove(attempt: number, request: EnrolRequest): Proving {
    return {
      state: {
        name: "proving",
        attempt: attempt + 1,
        waitMs: this.#waitMs(attempt),
        enrolled: this.#work.isEnrolled,
        periodMs: this.#work.periodMs,
      },
      outputs: [{ kind: "send", name: "EnrolRequest", to: "hub", message: request }],
    };
  }

  /** The hub answered after so many reports without an answer. */
  #heard(unanswered: number): readonly EnrolmentOut<"hubAnswers">[] {
    return unanswered < this.#work.limits.unansweredMax ? [] : [{ kind: "do", name: "hubAnswers" }];
  }

  /** The step of the series, and above the first one a random part of it more, up to the next. */
  #waitMs(attempt: number): number {
    const { crypto, limits } = this.#work;
    const { enrolRetryMs } = limits;
    const stepNowMs = stepMs(enrolRetryMs, attempt);
    return attempt === 0
      ? stepNowMs
      : Math.max(stepMs(enrolRetryMs, 0), jitteredMs(enrolRetryMs, attempt, crypto));
  }
}

interface Proving {
  readonly state: In<"proving">;
  readonly outputs: readonly [EnrolmentOut<"EnrolRequest">];
}

/** The count of unanswered reports stops here. */
const UNANSWERED_MAX = 255;
