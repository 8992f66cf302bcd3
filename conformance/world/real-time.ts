import { setTimeout as sleep } from "node:timers/promises";

/** How often a condition is looked at, milliseconds. */
const LOOK_MS = 5;

/** The waiting of a world whose time is that of the machine. */
export class RealTime {
  readonly #startMs = performance.now();

  /** Milliseconds since this was made. */
  get nowMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Waits until the condition holds; false if it does not within the time. */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const endMs = this.nowMs + withinMs;
    while (!condition()) {
      const leftMs = endMs - this.nowMs;
      if (leftMs <= 0) return false;
      await sleep(Math.min(LOOK_MS, leftMs));
    }
    return true;
  }

  async pass(ms: number): Promise<void> {
    await sleep(ms);
  }
}
