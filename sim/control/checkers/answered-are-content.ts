import type { ControlChecker, Datagram, Happening } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** Who is answered has no reason to ask for another key. */
export const answeredAreContent: ControlChecker = {
  name: "answered-are-content",
  doc: "A router or server that reports under a key asks for another only after so many reports without an answer as the spec says.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const reporters = new Set(
      run.parties
        .filter(({ kind }) => kind === "router" || kind === "server")
        .map(({ host }) => host),
    );
    /** Reports since the last answer, of those that use a key. */
    const unanswered = new Map<string, number>();
    /** Those that have asked: what they use until they have another says nothing. */
    const asking = new Set<string>();
    const sent = ({ host, bytes }: Datagram): void => {
      if (!reporters.has(host)) return;
      const received = contentOf(bytes).toHub;
      if (received === undefined) return;
      if (received.name === "EnrolRequest") {
        asking.add(host);
      } else if (received.message.key.keyId !== 0) {
        asking.delete(host);
        unanswered.set(host, (unanswered.get(host) ?? 0) + 1);
      } else if (!asking.has(host)) {
        const count = unanswered.get(host);
        if (count === undefined || count >= run.limits.unansweredMax) return;
        run.violate(`${host} asks for a key after ${String(count)} reports without an answer`);
      }
    };
    return (happening: Happening): void => {
      if (happening.kind === "sent") sent(happening);
      else if (happening.kind === "process" && happening.host !== hub) {
        unanswered.delete(happening.host);
        asking.delete(happening.host);
      } else if (happening.kind === "accepted" && unanswered.has(happening.host)) {
        if (happening.message === "TelemetryAck") unanswered.set(happening.host, 0);
      }
    };
  },
};
