import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** What a key protects is taken in only as the right party sent it, and once. */
export const onlyGenuineIsAccepted: ControlChecker = {
  name: "only-genuine-is-accepted",
  doc: "A datagram under a key is taken in only as a party of the network sent it to this one, undamaged, and once: whatever others replay, forge or change.",
  watch: (run) => {
    const observer = new GenuineObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "accepted") observer.accepted(happening, happening.message);
    };
  },
};

class GenuineObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #parties: ReadonlySet<string>;
  /** Who sent these bytes. */
  readonly #senders = new Map<string, string>();
  /** What each process took in since it started. */
  readonly #taken = new Map<string, Set<string>>();

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    this.#parties = new Set(run.parties.map(({ host }) => host));
  }

  process(host: string): void {
    this.#taken.delete(host);
  }

  /** Attackers are no parties: what they send again is not theirs. */
  sent({ host, bytes }: Datagram): void {
    if (!this.#parties.has(host)) return;
    const text = contentOf(bytes).text;
    if (!this.#senders.has(text)) this.#senders.set(text, host);
  }

  accepted({ host, bytes }: Datagram, message: string): void {
    const text = contentOf(bytes).text;
    const sender = this.#senders.get(text);
    const taken = this.#taken.get(host) ?? new Set();
    this.#taken.set(host, taken);
    const isRight = host === this.#hub ? sender !== undefined : sender === this.#hub;
    if (!isRight) this.#run.violate(`${host} took in ${message} that nobody sent it`);
    else if (taken.has(text)) this.#run.violate(`${host} took in the same ${message} twice`);
    taken.add(text);
  }
}
