import { promisify } from "node:util";
import type { EventId } from "../../engine/index.ts";
import { requireFunction } from "../argument-error.ts";
import type { NodeProcess } from "../node-process.ts";

type Callback = (...parameters: unknown[]) => void;

/** The longest that Node waits; more, and what is no number, is 1 ms. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** What `setTimeout` and `setInterval` give. */
export interface SimTimeout extends Disposable {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
  /** Begins its time anew, also after it has fired. */
  refresh(): this;
  close(): this;
  [Symbol.toPrimitive](): number;
}

/** What `setImmediate` gives. */
export interface SimImmediate extends Disposable {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
}

/** Milliseconds as Node takes them: whole, from 1 to 2^31 - 1. */
function delayMsOf(value: unknown): number {
  const delayMs = typeof value === "bigint" ? NaN : Number(value);
  return delayMs >= 1 && delayMs <= DELAY_MS_MAX ? Math.trunc(delayMs) : 1;
}

/** `node:timers` of one process, on the clock of its host. */
export class SimTimers {
  readonly #process: NodeProcess;
  readonly #waiting = new Map<number, Timeout>();
  #numbers = 0;

  constructor(process: NodeProcess) {
    this.#process = process;
    process.watchClock({
      clockChanged: () => {
        for (const timer of this.#waiting.values()) timer.arm();
      },
    });
  }

  readonly setTimeout = (callback: unknown, ms?: unknown, ...rest: unknown[]): SimTimeout =>
    this.#start(callback, { ms, rest, repeats: false });

  readonly setInterval = (callback: unknown, ms?: unknown, ...rest: unknown[]): SimTimeout =>
    this.#start(callback, { ms, rest, repeats: true });

  readonly setImmediate = (callback: unknown, ...rest: unknown[]): SimImmediate => {
    requireFunction(callback, "callback");
    return new Immediate(this.#process, callback, rest);
  };

  readonly clearTimeout = (timer: unknown): void => {
    if (timer instanceof Timeout) timer.close();
    else if (typeof timer === "number" || typeof timer === "string") {
      this.#waiting.get(Number(timer))?.close();
    }
  };

  readonly clearInterval: (timer: unknown) => void = this.clearTimeout;

  readonly clearImmediate = (immediate: unknown): void => {
    if (immediate instanceof Immediate) immediate[Symbol.dispose]();
  };

  #start(
    callback: unknown,
    { ms, rest, repeats }: { ms: unknown; rest: unknown[]; repeats: boolean },
  ): Timeout {
    requireFunction(callback, "callback");
    this.#numbers += 1;
    const delayMs = delayMsOf(ms);
    const call = callback;
    const timer = new Timeout(this.#process, this.#waiting, {
      number: this.#numbers,
      delayMs,
      repeats,
      call: () => {
        call.apply(timer, rest);
      },
    });
    timer.arm();
    return timer;
  }
}

/** What a timer does, and when. */
interface TimeoutPlan {
  readonly number: number;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly call: () => void;
}

class Timeout implements SimTimeout {
  readonly #process: NodeProcess;
  readonly #waiting: Map<number, Timeout>;
  readonly #plan: TimeoutPlan;
  #event: EventId | undefined;
  #dueMs = 0;
  #hasRef = true;
  #isClosed = false;

  constructor(process: NodeProcess, waiting: Map<number, Timeout>, plan: TimeoutPlan) {
    this.#process = process;
    this.#waiting = waiting;
    this.#plan = plan;
    this.#dueMs = process.clock.nowMs + plan.delayMs;
  }

  /** Waits for its time, which a clock that changed has moved. */
  arm(): void {
    if (this.#event !== undefined) this.#process.cancel(this.#event);
    this.#waiting.set(this.#plan.number, this);
    const delayUs = this.#process.clock.untilUs(this.#dueMs);
    this.#event = this.#process.after(delayUs, "timer", this.#fire);
  }

  ref(): this {
    this.#hasRef = true;
    return this;
  }

  unref(): this {
    this.#hasRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#hasRef;
  }

  refresh(): this {
    if (this.#isClosed) return this;
    this.#dueMs = this.#process.clock.nowMs + this.#plan.delayMs;
    this.arm();
    return this;
  }

  close(): this {
    this.#isClosed = true;
    this.#forget();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#plan.number;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #fire = (): void => {
    this.#forget();
    this.#plan.call();
    // The callback may have closed it, or begun it anew by `refresh`.
    if (this.#plan.repeats && this.#event === undefined) this.refresh();
  };

  #forget(): void {
    if (this.#event !== undefined) this.#process.cancel(this.#event);
    this.#event = undefined;
    this.#waiting.delete(this.#plan.number);
  }
}

class Immediate implements SimImmediate {
  readonly #process: NodeProcess;
  readonly #event: EventId;
  #hasRef = true;

  constructor(process: NodeProcess, callback: Callback, rest: unknown[]) {
    this.#process = process;
    this.#event = process.after(0, "immediate", () => {
      callback.apply(this, rest);
    });
  }

  ref(): this {
    this.#hasRef = true;
    return this;
  }

  unref(): this {
    this.#hasRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#hasRef;
  }

  [Symbol.dispose](): void {
    this.#process.cancel(this.#event);
  }
}

/** Gives `util.promisify` what Node's own functions give it. */
export function makePromisable(plain: object, promised: (...parameters: never[]) => unknown): void {
  Object.defineProperty(plain, promisify.custom, { value: promised, configurable: true });
}
