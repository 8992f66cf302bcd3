import type { MachineSurroundings } from "../kernel/run-machine.ts";

/** The surroundings of a machine whose owner looks at it after each of its timers, as after each event that it dispatches itself. */
export function afterTimers(kernel: MachineSurroundings, look: () => void): MachineSurroundings {
  return {
    arm: (timer, afterMs, fire) => {
      kernel.arm(timer, afterMs, () => {
        fire();
        look();
      });
    },
    cancel: (timer) => {
      kernel.cancel(timer);
    },
    count: (code) => {
      kernel.count(code);
    },
    observe: kernel.observe,
  };
}
