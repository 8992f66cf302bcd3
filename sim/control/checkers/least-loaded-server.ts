import type { ControlChecker, WatchedRun } from "../happening.ts";
import { LoadObserver, nameOf } from "./load-observer.ts";
import type { Load, Search } from "./load-observer.ts";

/** The hub sends a meeting to the least loaded server that it knows of. */
export const leastLoadedServer: ControlChecker = {
  name: "least-loaded-server",
  doc: "Each server that the hub tries for a request is fresh, has a free place and was not tried before, and none of the others is less loaded, by their newest reports and what was reserved since.",
  watch: (run) => {
    const observer: LoadObserver = new LoadObserver(run, {
      chose: (search, chosen) => {
        if (chosen !== undefined) judge({ run, observer }, search, chosen);
      },
    });
    return (happening) => {
      observer.take(happening);
    };
  },
};

interface Bench {
  readonly run: WatchedRun;
  readonly observer: LoadObserver;
}

function judge({ run, observer }: Bench, search: Search, chosen: Load): void {
  const isTried = (load: Load): boolean => search.tried.includes(nameOf(load.endpoint));
  if (isTried(chosen)) {
    run.violate(`the hub chose ${textOf(chosen)}, which it had tried for this request`);
  } else if (observer.isStale(chosen)) {
    const seconds = ((run.nowMs - chosen.atMs) / 1000).toFixed(1);
    run.violate(`the hub chose ${chosen.host}, silent for ${seconds} s`);
  } else if (chosen.low >= chosen.total) {
    run.violate(`the hub chose ${textOf(chosen)}, which is full`);
  }
  const better = [...observer.loads].find(
    (other) =>
      other !== chosen && !isTried(other) && observer.isFresh(other) && isLess(other, chosen),
  );
  if (better !== undefined) {
    run.violate(`the hub chose ${textOf(chosen)}, although there is ${textOf(better)}`);
  }
}

/** Whether the hub had to take `other` instead: certainly free and less loaded. */
function isLess(other: Load, chosen: Load): boolean {
  if (other.high >= other.total) return false;
  const [high, low] = [other.high / other.total, chosen.low / chosen.total];
  if (high !== low) return high < low;
  const isCertain = other.low === other.high && chosen.low === chosen.high;
  return isCertain && other.loadPermille < chosen.loadPermille;
}

function textOf({ host, low, high, total, loadPermille }: Load): string {
  const places = low === high ? String(low) : `${String(low)} to ${String(high)}`;
  return `${host} (${places} of ${String(total)} places taken, load ${String(loadPermille)})`;
}
