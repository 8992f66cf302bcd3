import type { ServerEvent } from "../../../runtime/roles/server/server.ts";
import type { ControlChecker, Happening } from "../happening.ts";
import { Deadlines } from "./deadlines.ts";

/** A place at which nobody meets is free again in time, and all are free in the end. */
export const placesAreReleased: ControlChecker = {
  name: "places-are-released",
  doc: "A place at which no relay starts is free again within the time that the spec gives it, and in the end all places are free.",
  watch: (run) => {
    const due = new Deadlines();
    const taken = new Map<string, number>();
    let reserved = 0;
    /** Places of one router are not told apart: the oldest counts as the one that is meant, so that none is called late too early. */
    const settleOldest = (place: string): void => {
      const oldest = due.open.find((name) => name.startsWith(place));
      if (oldest !== undefined) due.settle(oldest);
    };
    const takeEvent = (host: string, event: ServerEvent): void => {
      if (!("routerMac" in event)) return;
      const place = `${host} ${String(event.routerMac)} `;
      if (event.type === "placeReserved") {
        reserved += 1;
        taken.set(host, (taken.get(host) ?? 0) + 1);
        // Once to be occupied by the router, and once more for the client.
        due.expect(`${place}${String(reserved)}`, run.nowMs, 2 * run.limits.placeMs);
      } else {
        settleOldest(place);
      }
      if (event.type === "placeFree") taken.set(host, (taken.get(host) ?? 0) - 1);
    };
    return (happening: Happening): void => {
      if (happening.kind === "event") takeEvent(happening.host, happening.event as ServerEvent);
      if (happening.kind === "process") {
        due.settleAll(`${happening.host} `);
        taken.delete(happening.host);
      }
      if (happening.kind === "ended") {
        for (const [host, count] of taken) {
          if (count > 0) run.violate(`${String(count)} places of ${host} are taken at the end`);
        }
      }
      const overdue = due.takeOverdue(run.nowMs);
      if (overdue !== undefined) run.violate(`a place is held without a relay: ${overdue}`);
    };
  },
};
