import type { AmbientAnswer } from "../../engine/index.ts";
import type { SimTimers } from "../timers/sim-timers.ts";
import { makePromisable } from "../timers/sim-timers.ts";
import type { TimersPromises } from "../timers/timers-promises.ts";

/** Timers by their global names, by `node:timers` and by its promises. */
export function timerAnswers(
  timers: SimTimers,
  promises: TimersPromises,
): readonly (readonly [string, AmbientAnswer])[] {
  makePromisable(timers.setTimeout, promises.setTimeout);
  makePromisable(timers.setImmediate, promises.setImmediate);
  const { setTimeout, setInterval, setImmediate } = timers;
  const { clearTimeout, clearInterval, clearImmediate } = timers;
  const plain = Object.entries({
    ...{ setTimeout, setInterval, setImmediate },
    ...{ clearTimeout, clearInterval, clearImmediate },
  });
  return [
    ...plain.flatMap(([name, call]): [string, AmbientAnswer][] => [
      [name, call],
      [`timers.${name}`, call],
    ]),
    ["setTimeout promisified", promises.setTimeout],
    ["setImmediate promisified", promises.setImmediate],
    ["timers.setTimeout promisified", promises.setTimeout],
    ["timers.setImmediate promisified", promises.setImmediate],
    ["timers/promises setTimeout", promises.setTimeout],
    ["timers/promises setImmediate", promises.setImmediate],
    ["timers/promises setInterval", promises.setInterval],
    ["scheduler.wait", promises.scheduler.wait],
    ["scheduler.yield", promises.scheduler.yield],
    ["AbortSignal.timeout", (delayMs: number) => timeoutSignal(timers, delayMs)],
  ];
}

function timeoutSignal(timers: SimTimers, delayMs: number): AbortSignal {
  const controller = new AbortController();
  timers.setTimeout(() => {
    const text = "The operation was aborted due to timeout";
    controller.abort(new DOMException(text, "TimeoutError"));
  }, delayMs);
  return controller.signal;
}
