import { codedError } from "../argument-error.ts";
import type { SimTimers } from "./sim-timers.ts";

/** Options of all of these. */
export interface WaitOptions {
  /** Ends the wait with an `AbortError`. */
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

/** `node:timers/promises` of one process. */
export interface TimersPromises {
  readonly setTimeout: <Value>(
    delayMs?: number,
    value?: Value,
    options?: WaitOptions,
  ) => Promise<Value>;
  readonly setImmediate: <Value>(value?: Value, options?: WaitOptions) => Promise<Value>;
  readonly setInterval: <Value>(
    delayMs?: number,
    value?: Value,
    options?: WaitOptions,
  ) => AsyncGenerator<Value>;
  readonly scheduler: {
    readonly wait: (delayMs: number, options?: WaitOptions) => Promise<void>;
    readonly yield: () => Promise<void>;
  };
}

/** The promises over the timers. */
export function createTimersPromises(timers: SimTimers): TimersPromises {
  const setTimeout = <Value>(delayMs?: number, value?: Value, options?: WaitOptions) =>
    wait(options, value as Value, (done) => {
      const timer = timers.setTimeout(done, delayMs);
      return () => timer.close();
    });
  const setImmediate = <Value>(value?: Value, options?: WaitOptions) =>
    wait(options, value as Value, (done) => {
      const immediate = timers.setImmediate(done);
      return () => {
        immediate[Symbol.dispose]();
      };
    });
  return {
    setTimeout,
    setImmediate,
    setInterval: (delayMs, value, options) => repeat(timers, { delayMs, value, options }),
    scheduler: {
      wait: async (delayMs, options) => setTimeout(delayMs, undefined, options),
      yield: async () => setImmediate(),
    },
  };
}

/** @param begin begins the wait and gives what ends it early. */
function wait<Value>(
  { signal }: WaitOptions = {},
  value: Value,
  begin: (done: () => void) => () => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal));
      return;
    }
    const onAbort = (): void => {
      end();
      if (signal !== undefined) reject(abortError(signal));
    };
    const end = begin(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function* repeat<Value>(
  timers: SimTimers,
  plan: {
    readonly delayMs?: number | undefined;
    value?: Value | undefined;
    options?: WaitOptions | undefined;
  },
): AsyncGenerator<Value> {
  const signal = plan.options?.signal;
  const throwIfAborted = (): void => {
    if (signal?.aborted === true) throw abortError(signal);
  };
  throwIfAborted();
  let due = 0;
  let onDue: (() => void) | undefined;
  const wake = (): void => {
    onDue?.();
    onDue = undefined;
  };
  const interval = timers.setInterval(() => {
    due += 1;
    wake();
  }, plan.delayMs);
  signal?.addEventListener("abort", wake, { once: true });
  try {
    for (;;) {
      if (due === 0) await new Promise<void>((resolve) => (onDue = resolve));
      throwIfAborted();
      for (; due > 0; due -= 1) yield plan.value as Value;
    }
  } finally {
    interval.close();
    signal?.removeEventListener("abort", wake);
  }
}

function abortError(signal: AbortSignal): Error {
  const error = codedError(Error, "ABORT_ERR", "The operation was aborted");
  error.name = "AbortError";
  return Object.assign(error, { cause: signal.reason as unknown });
}
