import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { ControlChecker } from "../happening.ts";
import { LoadObserver } from "./load-observer.ts";
import type { Load } from "./load-observer.ts";

/** What the hub holds of each server is what its newest report says, and what the hub reserved since. */
export const loadIsNewest: ControlChecker = {
  name: "load-is-newest",
  doc: "What the hub holds of a server is the newest of the reports that it took in, and the places that it asked for since.",
  watch: (run) => {
    const compare = (): void => {
      const hub = observer.hub === undefined ? undefined : run.roleOf(observer.hub);
      if (!(hub instanceof Hub)) return;
      const held = new Map([...hub.servers].map((entry) => [entry.subject, entry]));
      for (const load of observer.loads) {
        const entry = held.get(load.subject);
        if (entry === undefined) continue;
        const { loadPermille, placesTaken, placesTotal } = entry;
        const isRight =
          loadPermille === load.loadPermille &&
          placesTotal === load.total &&
          placesTaken >= load.low &&
          placesTaken <= load.high;
        if (isRight) continue;
        const what = `${String(placesTaken)} of ${String(placesTotal)}, load ${String(loadPermille)}`;
        run.violate(`the hub holds ${what} of ${load.host} in place of ${textOf(load)}`);
      }
    };
    const observer: LoadObserver = new LoadObserver(run, { learnt: compare });
    return (happening) => {
      observer.take(happening);
    };
  },
};

function textOf({ low, high, total, loadPermille }: Load): string {
  const taken = low === high ? String(low) : `${String(low)} to ${String(high)}`;
  return `${taken} of ${String(total)}, load ${String(loadPermille)}`;
}
