import type { EnrolRequest } from "../../../generated/control/messages/enrolment.ts";
import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** Who is answered has no reason to ask for another key, nor has who was started again. */
export const answeredAreContent: ControlChecker = {
  name: "answered-are-content",
  doc: "A router or server that has a key, also when it is started again, asks for another only after so many reports without an answer as the spec says, or if a report that was not answered otherwise is challenged.",
  watch: (run) => {
    const observer = new ContentObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "reset") observer.reset(happening.host);
      else if (happening.kind === "accepted") observer.accepted(happening.host, happening.message);
    };
  },
};

/** A router or server, as its datagrams show it. */
interface Reporter {
  /** Whether it ever used a key: it is on its disk then. */
  hasKey: boolean;
  /** Whether it has reported since it was started. */
  hasReported: boolean;
  /** Whether it has asked for a key: what it uses until it has that one says nothing. */
  isAsking: boolean;
  /** Reports under a key since the last acknowledgement. */
  unanswered: number;
  /** Sequence numbers of its reports since the hub's last answer under a key. */
  readonly open: Set<number>;
  /** Nonce of its last request, which it may send again. */
  request: number;
}

class ContentObserver {
  readonly #run: WatchedRun;
  readonly #reporters = new Map<string, Reporter>();

  constructor(run: WatchedRun) {
    this.#run = run;
    for (const { host, kind } of run.parties) {
      if (kind !== "router" && kind !== "server") continue;
      const [hasKey, hasReported, isAsking] = [false, false, false];
      const counts = { unanswered: 0, request: 0, open: new Set<number>() };
      this.#reporters.set(host, { hasKey, hasReported, isAsking, ...counts });
    }
  }

  process(host: string): void {
    const reporter = this.#reporters.get(host);
    if (reporter === undefined) return;
    reporter.hasReported = false;
    reporter.isAsking = false;
    reporter.unanswered = 0;
    reporter.open.clear();
  }

  reset(host: string): void {
    const reporter = this.#reporters.get(host);
    if (reporter !== undefined) reporter.hasKey = false;
  }

  accepted(host: string, message: string): void {
    const reporter = this.#reporters.get(host);
    if (reporter === undefined) return;
    if (message === "TelemetryAck") reporter.unanswered = 0;
    if (message === "TelemetryAck" || message === "KeyOffer") reporter.open.clear();
  }

  sent({ host, bytes }: Datagram): void {
    const reporter = this.#reporters.get(host);
    const received = contentOf(bytes).toHub;
    if (reporter === undefined || received === undefined) return;
    if (received.name === "EnrolRequest") {
      this.#requested(host, reporter, received.message);
      return;
    }
    const { keyId, sequence } = received.message.key;
    reporter.open.add(sequence);
    if (keyId === 0) this.#reportedWithoutKey(host, reporter);
    else {
      reporter.hasKey = true;
      reporter.isAsking = false;
      reporter.unanswered += 1;
    }
    reporter.hasReported = true;
  }

  #requested(host: string, reporter: Reporter, { nonce }: EnrolRequest): void {
    if (nonce !== reporter.request && !reporter.open.has(nonce)) {
      this.#run.violate(`${host} asks for a key though no report that is open was challenged`);
    }
    reporter.request = nonce;
    reporter.isAsking = true;
  }

  #reportedWithoutKey(host: string, reporter: Reporter): void {
    const { hasKey, hasReported, isAsking, unanswered } = reporter;
    if (!hasKey || isAsking) return;
    if (!hasReported) this.#run.violate(`${host} has forgotten the key that it used`);
    if (!hasReported || unanswered >= this.#run.limits.unansweredMax) return;
    this.#run.violate(`${host} asks for a key after ${String(unanswered)} reports unanswered`);
  }
}
