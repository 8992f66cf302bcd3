import type { ControlChecker, Datagram, Happening } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** Whoever has enrolled once is known by each key that it uses, whatever was lost and whoever crashed. */
export const rotationKeepsReporters: ControlChecker = {
  name: "rotation-keeps-reporters",
  doc: "A router or server that was heard under a key and has not asked for another by enrolling is known by whatever key it reports under: no rotation locks it out.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const reporters = new Set(
      run.parties
        .filter(({ kind }) => kind === "router" || kind === "server")
        .map(({ host }) => host),
    );
    /** Reports by their bytes, and who sent them. */
    const sentBy = new Map<string, string>();
    /** Those whose key the hub must know. */
    const settled = new Set<string>();
    /** The key that each reporter used last. */
    const lastKeys = new Map<string, number>();
    /** How often each asked for a key by enrolling, now and when a report was sent. */
    const requests = new Map<string, number>();
    const requestsAt = new Map<string, number>();
    /** Requests by their bytes, and who sent them. */
    const requesters = new Map<string, string>();
    let reporter: string | undefined;
    const sent = ({ host, bytes }: Datagram): void => {
      const received = contentOf(bytes).toHub;
      // Attackers are no parties: what they send again is not theirs.
      if (received === undefined || !reporters.has(host)) return;
      if (received.name === "EnrolRequest") {
        settled.delete(host);
        requesters.set(contentOf(bytes).text, host);
        requests.set(host, (requests.get(host) ?? 0) + 1);
      } else if (received.message.key.keyId !== 0) {
        sentBy.set(contentOf(bytes).text, host);
        requestsAt.set(contentOf(bytes).text, requests.get(host) ?? 0);
        lastKeys.set(host, received.message.key.keyId);
      }
    };
    /** Who reports under the key that it uses now; what was sent under older ones may come late. */
    const reporterOf = ({ bytes }: Datagram): string | undefined => {
      const host = sentBy.get(contentOf(bytes).text);
      const received = contentOf(bytes).toHub;
      if (host === undefined || received === undefined || !("key" in received.message)) {
        return undefined;
      }
      return lastKeys.get(host) === received.message.key.keyId ? host : undefined;
    };
    return (happening: Happening): void => {
      if (happening.kind === "sent") sent(happening);
      if (happening.kind === "settled") {
        for (const { host, mac } of run.parties) if (mac === happening.mac) settled.delete(host);
      }
      if (happening.kind === "delivered" && happening.host === hub) {
        // A request that comes late, or twice, is granted too, whatever became of the reporter since.
        const requester = requesters.get(contentOf(happening.bytes).text);
        if (requester !== undefined) settled.delete(requester);
        reporter = reporterOf(happening);
      }
      if (happening.kind === "accepted" && happening.host === hub && reporter !== undefined) {
        // A report from before a request says nothing of the key that was granted since.
        const { text } = contentOf(happening.bytes);
        if (requestsAt.get(text) === (requests.get(reporter) ?? 0)) settled.add(reporter);
      }
      if (happening.kind !== "observed" || reporter === undefined) return;
      const { host, ...seen } = happening.observation;
      if (host !== hub || seen.kind !== "sent" || seen.message !== "EnrolChallenge") return;
      if (settled.has(reporter)) {
        run.violate(`the hub does not know the key of ${reporter} any more`);
      }
    };
  },
};
