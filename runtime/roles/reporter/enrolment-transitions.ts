import type { Crypto } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type {
  EnrolmentHandlers,
  EnrolmentIn,
  EnrolmentOut,
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
  readonly periodMs: () => number;
  /** Whether a key is in use. */
  readonly isEnrolled: () => boolean;
  /** The request that answers a challenge; undefined if it answers nothing of ours. */
  readonly request: (challenge: EnrolChallenge) => EnrolRequest | undefined;
  /** The request that was sent last. */
  readonly lastRequest: () => EnrolRequest | undefined;
  /** Takes the granted key; false if the grant is not good. */
  readonly accept: (grant: EnrolGrant) => boolean;
  /** Takes the offered key; false if the offer is not good. */
  readonly open: (offer: KeyOffer) => boolean;
  /** Forgets a key that could not be saved. */
  readonly discard: () => void;
}

type Report = EnrolmentOut<"report">;
const REPORT: Report = { kind: "do", name: "report" };
const SAVE: EnrolmentOut<"save"> = { kind: "do", name: "save" };
const ADOPT: EnrolmentOut<"adopt"> = { kind: "do", name: "adopt" };

/** The bodies of the transitions of `Enrolment`. */
export function enrolmentTransitions(work: EnrolmentWork): EnrolmentHandlers {
  return { ...gettingKey(work), ...usingKey(work) };
}

/** States before a key is there, or while another is asked for. */
type Getting = `${"idle" | "asking" | "proving" | "saving"}On${string}`;

function gettingKey(
  work: EnrolmentWork,
): Pick<EnrolmentHandlers, keyof EnrolmentHandlers & Getting> {
  const enrolled = (): EnrolmentIn<"enrolled"> => enrolledState(work, 0);
  const asking = (attempt: number): EnrolmentIn<"asking"> => ({
    name: "asking",
    attempt: attempt + 1,
    waitMs: waitMs(work, attempt),
  });
  return {
    idleOnBegin: (_state, event) => ({
      state: event.enrolled ? enrolled() : asking(0),
      outputs: [REPORT],
    }),
    askingOnRetry: ({ attempt }) => ({ state: asking(attempt), outputs: [REPORT] }),
    // Attempts are counted on: whoever is never granted a key must ask ever more rarely.
    askingOnEnrolChallenge: (state, { message }) => {
      const request = work.request(message);
      return request === undefined ? { state } : prove(work, state.attempt - 1, request);
    },
    provingOnRetry: ({ attempt }) => {
      const request = work.lastRequest();
      if (request !== undefined && attempt < work.limits.enrolAttemptsMax) {
        return prove(work, attempt, request);
      }
      return { state: work.isEnrolled() ? enrolled() : asking(attempt), outputs: [REPORT] };
    },
    // Only for the request that is out, whose cookie was too old; others would undo it. And a bound, because
    // answering costs far more than sending a forged challenge.
    provingOnEnrolChallenge: (state, { message }) => {
      const isOurs = message.nonce === work.lastRequest()?.nonce;
      if (!isOurs || state.attempt > work.limits.enrolAttemptsMax) return { state };
      const request = work.request(message);
      return request === undefined ? { state } : prove(work, state.attempt, request);
    },
    provingOnEnrolGrant: (state, { message }) =>
      work.accept(message)
        ? { state: { name: "saving", periodMs: work.periodMs() }, outputs: [SAVE] }
        : { state },
    savingOnSaved: () => ({
      state: enrolled(),
      outputs: [ADOPT, { kind: "do", name: "announce" }, REPORT],
    }),
    savingOnSave: () => {
      work.discard();
      return { state: work.isEnrolled() ? enrolled() : asking(0), outputs: [REPORT] };
    },
  };
}

function usingKey(work: EnrolmentWork): Omit<EnrolmentHandlers, keyof EnrolmentHandlers & Getting> {
  const enrolled = (unanswered: number): EnrolmentIn<"enrolled"> => enrolledState(work, unanswered);
  const rotating = (unanswered: number): EnrolmentIn<"rotating"> => ({
    name: "rotating",
    periodMs: work.periodMs(),
    unanswered,
  });
  const { unansweredMax } = work.limits;
  const heard = (unanswered: number): readonly EnrolmentOut<"hubAnswers">[] =>
    unanswered < unansweredMax ? [] : [{ kind: "do", name: "hubAnswers" }];
  return {
    enrolledOnPeriod: ({ unanswered }) => {
      const isSilent = unanswered >= unansweredMax;
      const outputs: EnrolmentOut<"report" | "knock" | "hubSilent">[] = [REPORT];
      if (isSilent) outputs.push({ kind: "do", name: "knock" });
      if (unanswered === unansweredMax) outputs.push({ kind: "do", name: "hubSilent" });
      return { state: enrolled(Math.min(unanswered + 1, UNANSWERED_MAX)), outputs };
    },
    enrolledOnReportNow: ({ unanswered }) => ({ state: enrolled(unanswered), outputs: [REPORT] }),
    enrolledOnTelemetryAck: ({ unanswered }) => ({
      state: enrolled(0),
      outputs: heard(unanswered),
    }),
    enrolledOnKeyOffer: ({ unanswered }, { message }) =>
      work.open(message)
        ? { state: rotating(0), outputs: [SAVE, ...heard(unanswered)] }
        : { state: enrolled(unanswered) },
    enrolledOnEnrolChallenge: ({ unanswered }, { message }) => {
      const request = work.request(message);
      return request === undefined ? { state: enrolled(unanswered) } : prove(work, 0, request);
    },
    rotatingOnSaved: () => ({ state: enrolled(0), outputs: [ADOPT, REPORT] }),
    rotatingOnSave: ({ unanswered }) => {
      work.discard();
      return { state: enrolled(unanswered) };
    },
    rotatingOnPeriod: ({ unanswered }) => ({ state: rotating(unanswered), outputs: [REPORT] }),
  };
}

/** The count of unanswered reports stops here. */
const UNANSWERED_MAX = 255;

function enrolledState(work: EnrolmentWork, unanswered: number): EnrolmentIn<"enrolled"> {
  return { name: "enrolled", periodMs: work.periodMs(), unanswered };
}

/** Sends the request; `attempt` counts the times before. */
function prove(
  work: EnrolmentWork,
  attempt: number,
  request: EnrolRequest,
): {
  readonly state: EnrolmentIn<"proving">;
  readonly outputs: readonly [EnrolmentOut<"EnrolRequest">];
} {
  return {
    state: {
      name: "proving",
      attempt: attempt + 1,
      waitMs: waitMs(work, attempt),
      enrolled: work.isEnrolled(),
      periodMs: work.periodMs(),
    },
    outputs: [{ kind: "send", name: "EnrolRequest", to: "hub", message: request }],
  };
}

/** The step of the series, and above the first one a random part of it more, up to the next. */
function waitMs({ limits, crypto }: EnrolmentWork, attempt: number): number {
  const { enrolRetryMs } = limits;
  const stepNowMs = stepMs(enrolRetryMs, attempt);
  return attempt === 0
    ? stepNowMs
    : Math.max(stepMs(enrolRetryMs, 0), jitteredMs(enrolRetryMs, attempt, crypto));
}
