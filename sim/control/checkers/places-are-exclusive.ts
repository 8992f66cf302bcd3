import { encodeHex } from "../../../runtime/core/index.ts";
import type { ClientEvent } from "../../../runtime/roles/client/client-events.ts";
import type { ServerEvent } from "../../../runtime/roles/server/server.ts";
import type { ControlChecker, Happening } from "../happening.ts";

/** No place is held by two, and no server gives more than it has. */
export const placesAreExclusive: ControlChecker = {
  name: "places-are-exclusive",
  doc: "A server never has more places taken than it offers, and no two requests and no two clients are given the same place.",
  watch: (run) => {
    const taken = new Map<string, number>();
    const answered = new Set<string>();
    const connected = new Set<string>();
    const take = (host: string, change: number): void => {
      const { places = 0 } = run.parties.find((party) => party.host === host) ?? {};
      const now = (taken.get(host) ?? 0) + change;
      taken.set(host, now);
      if (now > places) run.violate(`${host} has ${String(now)} places taken of ${String(places)}`);
      if (now < 0) run.violate(`${host} freed a place that was not taken`);
    };
    const once = (sessions: Set<string>, sessionId: Uint8Array, what: string): void => {
      const name = encodeHex(sessionId);
      if (sessions.has(name)) run.violate(`the meeting ${name} was ${what} twice`);
      sessions.add(name);
    };
    return (happening: Happening): void => {
      if (happening.kind === "process") {
        taken.delete(happening.host);
      } else if (happening.kind === "answered" && happening.outcome?.kind === "connected") {
        once(answered, happening.outcome.sessionId, "given to a client");
      } else if (happening.kind === "event") {
        const event = happening.event as ServerEvent | ClientEvent;
        if (event.type === "placeReserved") take(happening.host, 1);
        if (event.type === "placeFree") take(happening.host, -1);
        if (event.type === "connected")
          once(connected, event.meeting.sessionId, "used by a client");
      }
    };
  },
};
