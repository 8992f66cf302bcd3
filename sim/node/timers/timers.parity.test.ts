import { suite } from "node:test";
import timers from "node:timers";
import { promisify } from "node:util";
import { parity } from "../testing/parity.ts";

suite("timers, given or asked for by global names, agree with Node's that", () => {
  parity(
    "ticks come before promises, those before timers, and timers by their time",
    async (stage) => {
      const { note, noting, modules } = stage;
      await new Promise<void>((resolve) => {
        // From a timer, for what a body begins with is a promise on the one and an event on the other.
        const begin = (): void => {
          modules.timers.setTimeout(resolve, 60);
          modules.timers.setTimeout(noting("30"), 30);
          modules.timers.setTimeout(noting("10"), 10, "a", "b");
          modules.timers.setTimeout(() => {
            note("20");
            process.nextTick(noting("tick"));
            void Promise.resolve().then(noting("promise"));
            queueMicrotask(noting("microtask"));
          }, 20);
          modules.timers.setTimeout(noting("20 too"), 20);
          modules.timers.setImmediate(noting("immediate"), 1, 2);
          process.nextTick(noting("tick"));
          void Promise.resolve("value").then(noting("promise"));
          note("now");
        };
        modules.timers.setTimeout(begin, 1);
      });
    },
  );

  parity(
    "global names and node:timers are the same, and are cleared in every way",
    async (stage) => {
      const { note, noting } = stage;
      const never = noting("never");
      clearTimeout(setTimeout(never, 5));
      clearTimeout(Number(setTimeout(never, 5)));
      clearTimeout(String(Number(setTimeout(never, 5))));
      clearInterval(setTimeout(never, 5));
      timers.clearTimeout(timers.setTimeout(never, 5));
      clearImmediate(setImmediate(never));
      setTimeout(never, 5).close();
      setTimeout(never, 5)[Symbol.dispose]();
      setImmediate(never)[Symbol.dispose]();
      for (const odd of [undefined, null, {}, "x", 1e9]) clearTimeout(odd as never);
      const timer = setTimeout(noting("once"), 5);
      note(timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref() === timer);
      note(typeof timer[Symbol.toPrimitive](), timer.constructor.name);
      note(setImmediate(() => undefined).hasRef());
      await promisify(setTimeout)(20);
      note(await promisify(setTimeout)(1, "value"), await promisify(setImmediate)("now"));
    },
  );

  parity(
    "an interval repeats until it is cleared, and refresh begins anew",
    async ({ note, modules }) => {
      const { setTimeout: wait } = modules.timersPromises;
      let count = 0;
      await new Promise<void>((resolve) => {
        const interval = setInterval(
          (name: string) => {
            count += 1;
            note(name, count);
            if (count < 3) return;
            clearInterval(interval);
            resolve();
          },
          5,
          "interval",
        );
      });
      await wait(20);
      note(count);
      let fired = 0;
      const timer = setTimeout(() => (fired += 1), 60);
      await wait(30);
      timer.refresh();
      await wait(45);
      note("not yet", fired);
      await wait(40);
      note("then", fired);
      timer.refresh();
      await wait(90);
      note("again", fired);
    },
  );

  parity("arguments that make no sense are refused, or taken for a millisecond", async (stage) => {
    const { attempt, note, modules } = stage;
    const set = modules.timers.setTimeout as unknown as (...given: unknown[]) => unknown;
    for (const call of [undefined, "code", null, {}]) attempt("callback", () => set(call, 1));
    attempt("immediate", () => (modules.timers.setImmediate as (call: unknown) => unknown)(7));
    let count = 0;
    for (const delay of [0, -1, NaN, "1", null, undefined, Infinity * -1, 1.9])
      set(() => (count += 1), delay);
    await modules.timersPromises.setTimeout(20);
    note(count);
  });

  parity(
    "promises of timers give values, wait their time and can be aborted",
    async ({ note, modules }) => {
      const {
        setTimeout: wait,
        setImmediate: soon,
        setInterval: every,
        scheduler,
      } = modules.timersPromises;
      note(await wait(2, "value"), await soon("soon"));
      await scheduler.wait(2);
      await scheduler.yield();
      const controller = new AbortController();
      const { signal } = controller;
      const failing = wait(1000, undefined, { signal }).catch((error: unknown) => {
        const { name, message, code } = error as NodeJS.ErrnoException;
        note(name, message, code);
      });
      controller.abort();
      await failing;
      await soon(undefined, { signal }).catch((error: unknown) => {
        note((error as Error).name);
      });
      let count = 0;
      for await (const value of every(3, "beat")) {
        count += 1;
        note(value, count);
        if (count === 3) break;
      }
      const late = AbortSignal.timeout(5);
      note(late.aborted);
      await wait(30);
      note(late.aborted, (late.reason as Error).name, (late.reason as Error).message);
    },
  );

  parity("clocks go forward, and together", async ({ note, modules }) => {
    const [date, monotonic, precise] = [Date.now(), performance.now(), process.hrtime.bigint()];
    const since = process.hrtime();
    await modules.timersPromises.setTimeout(40);
    const near = (ms: number): boolean => ms >= 38 && ms < 400;
    const [seconds, nanoseconds] = process.hrtime(since);
    note(near(Date.now() - date), near(performance.now() - monotonic));
    note(near(Number(process.hrtime.bigint() - precise) / 1e6));
    note(near(seconds * 1000 + nanoseconds / 1e6), Number.isInteger(Date.now()));
    note(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 50);
    const now = new Date();
    note(now instanceof Date, Object.getPrototypeOf(now) === Date.prototype, typeof Date());
    note(new Date(7).getTime(), new Date("2026-01-02T03:04:05Z").toISOString(), Date.UTC(2026, 0));
    const random = [Math.random(), Math.random()];
    note(
      random.every((one) => one >= 0 && one < 1),
      random[0] !== random[1],
    );
  });
});
