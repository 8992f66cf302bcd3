import type { ServerEvent } from "../../../runtime/roles/server/server.ts";
import type { Observation } from "../../world/observation.ts";
import type { ControlChecker, Datagram, Happening } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";
import { Deadlines } from "./deadlines.ts";

/** A server tells the hub what is the case, and that a place is free as soon as the spec says. */
export const loadReportIsTrue: ControlChecker = {
  name: "load-report-is-true",
  doc: "A server reports the places that it has and those that are taken, and that one became free within the time of the spec.",
  watch: (run) => {
    const servers = new Map(
      run.parties.filter(({ kind }) => kind === "server").map((party) => [party.host, party]),
    );
    const taken = new Map<string, number>();
    const due = new Deadlines();
    /** Servers that report under a key and are not busy with another. */
    const settled = new Set<string>();
    const event = (host: string, { type }: ServerEvent): void => {
      if (type !== "placeReserved" && type !== "placeFree") return;
      taken.set(host, (taken.get(host) ?? 0) + (type === "placeFree" ? -1 : 1));
      if (type === "placeFree" && settled.has(host)) {
        due.expect(host, run.nowMs, run.limits.loadChangeMs);
      }
    };
    const sent = ({ host, bytes }: Datagram): void => {
      const received = contentOf(bytes).toHub;
      if (received?.name !== "LoadReport") return;
      due.settle(host);
      const { placesTaken, placesTotal } = received.message;
      const [total = 0, count = 0] = [servers.get(host)?.places, taken.get(host)];
      if (placesTaken === count && placesTotal === total) return;
      const [said, right] = [`${String(placesTaken)} of ${String(placesTotal)}`, String(count)];
      run.violate(`${host} reports ${said} places taken in place of ${right} of ${String(total)}`);
    };
    const observed = (observation: Observation): void => {
      if (observation.kind !== "transition" || observation.machine !== "Enrolment") return;
      const { host, to } = observation;
      if (to === "enrolled") settled.add(host);
      else {
        // Whoever changes its key reports when it has the new one.
        settled.delete(host);
        due.settle(host);
      }
    };
    return (happening: Happening): void => {
      if (happening.kind === "observed") observed(happening.observation);
      else if (happening.kind === "process") {
        taken.delete(happening.host);
        settled.delete(happening.host);
        due.settle(happening.host);
      } else if (happening.kind === "event" && servers.has(happening.host)) {
        event(happening.host, happening.event as ServerEvent);
      } else if (happening.kind === "sent" && servers.has(happening.host)) {
        sent(happening);
      }
      const late = due.takeOverdue(run.nowMs);
      if (late !== undefined) run.violate(`${late} does not report that a place is free`);
    };
  },
};
