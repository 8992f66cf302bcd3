import type { RoleKernel } from "../kernel/kernel.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";

/**
 * A role's kernel for a machine whose owner looks at its state after each event: a timer that fires is an event that the
 * owner does not dispatch itself.
 */
export function settlingKernel(kernel: RoleKernel, settle: () => void): MachineSurroundings {
  return {
    observe: kernel.observe,
    arm: (timer, afterMs, fire) => {
      kernel.arm(timer, afterMs, () => {
        fire();
        settle();
      });
    },
    cancel: (timer) => {
      kernel.cancel(timer);
    },
    count: (code) => {
      kernel.count(code);
    },
  };
}
