import type { ControlChecker } from "../happening.ts";
import { LoadObserver, nameOf } from "./load-observer.ts";

/** A request does not fail for want of a server while there is one. */
export const freeServerIsFound: ControlChecker = {
  name: "free-server-is-found",
  doc: "A request that has not been sent to as many servers as the spec lets it is not given up while a fresh server with a free place is left.",
  watch: (run) => {
    const observer: LoadObserver = new LoadObserver(run, {
      gaveUp: ({ tried }) => {
        if (tried.length >= run.limits.serversTriedMax) return;
        const left = [...observer.loads].find(
          (load) =>
            !tried.includes(nameOf(load.endpoint)) &&
            load.high < load.total &&
            observer.isFresh(load),
        );
        if (left === undefined) return;
        const count = String(tried.length);
        run.violate(
          `the hub gives a request up after ${count} servers, although ${left.host} is free`,
        );
      },
    });
    return (happening) => {
      observer.take(happening);
    };
  },
};
