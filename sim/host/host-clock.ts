import type { EventHandler, EventId, Simulation } from "../engine/index.ts";

/** Wall-clock time of every host when the virtual time is 0, unless its clock is wrong: 14 November 2023. */
export const UNIX_MS_AT_START = 1_700_000_000_000;

/**
 * The clocks of one host: a monotonic one that may go too fast or too slow, and a wall clock that may jump
 * besides. Both go on while the host is down.
 */
export class HostClock {
  readonly #simulation: Simulation;
  #rate = 1;
  #jumpedMs = 0;
  /** Since when the rate holds, in virtual time and on this clock. */
  #sinceUs: number;
  #sinceMs: number;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#sinceUs = simulation.nowUs;
    this.#sinceMs = simulation.nowUs / 1000;
  }

  /** Monotonic milliseconds. */
  get nowMs(): number {
    return this.#sinceMs + ((this.#simulation.nowUs - this.#sinceUs) / 1000) * this.#rate;
  }

  /** Milliseconds since 1970, as the host believes. */
  get unixMs(): number {
    return UNIX_MS_AT_START + this.#jumpedMs + this.nowMs;
  }

  /** @param rate 1 is right. @throws {RangeError} if it is not positive. */
  setRate(rate: number): void {
    if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError("a clock's rate is positive");
    this.#sinceMs = this.nowMs;
    this.#sinceUs = this.#simulation.nowUs;
    this.#rate = rate;
  }

  jump(byMs: number): void {
    this.#jumpedMs += byMs;
  }

  /** How long until this clock shows that time, virtual microseconds, rounded up. */
  untilUs(atMs: number): number {
    return Math.max(0, Math.ceil(((atMs - this.nowMs) * 1000) / this.#rate));
  }
}

/** A timer that was armed. */
interface HostTimer {
  atMs: number;
  event: EventId | undefined;
}

/** Whose timers they are. */
export interface TimerOwner {
  /** Names the owner. */
  readonly name: string;
  onTimer(timer: string): void;
}

/** Named timers on a host's clock. */
export class HostTimers implements EventHandler<string> {
  readonly label: string;
  readonly #simulation: Simulation;
  readonly #clock: HostClock;
  readonly #owner: TimerOwner;
  readonly #timers = new Map<string, HostTimer>();

  constructor(simulation: Simulation, clock: HostClock, owner: TimerOwner) {
    this.label = `${owner.name} timer`;
    this.#simulation = simulation;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Names of the timers that run. */
  get names(): readonly string[] {
    return [...this.#timers].flatMap(([name, { event }]) => (event === undefined ? [] : [name]));
  }

  /** Arms a timer, replacing one of the same name. @throws {RangeError} if `afterMs` is negative or not finite. */
  arm(timer: string, afterMs: number): void {
    if (!(afterMs >= 0 && Number.isFinite(afterMs))) {
      throw new RangeError(`timer ${timer}: cannot wait ${String(afterMs)} ms`);
    }
    const armed = this.#timers.get(timer) ?? this.#make(timer);
    armed.atMs = this.#clock.nowMs + afterMs;
    this.#schedule(timer, armed);
  }

  /** Cancels a timer, if it is armed. */
  cancel(timer: string): void {
    const armed = this.#timers.get(timer);
    if (armed?.event === undefined) return;
    this.#simulation.cancel(armed.event);
    this.#timers.delete(timer);
  }

  cancelAll(): void {
    for (const timer of [...this.#timers.keys()]) this.cancel(timer);
  }

  /** The clock goes at another rate: timers are due at other times. */
  reschedule(): void {
    for (const [timer, armed] of this.#timers) {
      if (armed.event !== undefined) this.#schedule(timer, armed);
    }
  }

  /** A timer is due. */
  handle(timer: string): void {
    const armed = this.#timers.get(timer);
    if (armed !== undefined) armed.event = undefined;
    this.#owner.onTimer(timer);
    // Roles name timers after sessions, so a name may never come again.
    if (this.#timers.get(timer)?.event === undefined) this.#timers.delete(timer);
  }

  #make(timer: string): HostTimer {
    const made: HostTimer = { atMs: 0, event: undefined };
    this.#timers.set(timer, made);
    return made;
  }

  #schedule(timer: string, armed: HostTimer): void {
    if (armed.event !== undefined) this.#simulation.cancel(armed.event);
    armed.event = this.#simulation.schedule(this.#clock.untilUs(armed.atMs), this, timer);
  }
}
