import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import process from "node:process";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { AmbientError, installTraps, Simulation, withAnswers } from "./index.ts";
import type { AmbientAnswer } from "./index.ts";

const noon = new Date(0);

/** Runs code as the only event of a simulation, with answers. */
async function inSimulation(
  answers: Readonly<Record<string, AmbientAnswer>>,
  code: () => unknown,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const handle = (): unknown => withAnswers(new Map(Object.entries(answers)), code);
  simulation.schedule(0, { label: "code", handle }, 0);
  await simulation.runDraining();
}

suite("answers to what code asks of the machine", () => {
  test("stand in for functions, classes, members and properties", async () => {
    const seen: unknown[] = [];
    const answers = {
      Date: function answer(this: unknown): object {
        return noon;
      },
      "Date.now": () => 7,
      "Math.random": () => 0.5,
      "performance.now": () => 3,
      "process.hrtime.bigint": () => 9n,
      "process.env": () => ({ NAME: "host" }),
      "crypto.randomBytes": (size: number) => "x".repeat(size),
    };
    await inSimulation(answers, () => {
      seen.push(Date.now(), Math.random(), performance.now(), process.hrtime.bigint());
      seen.push(process.env["NAME"], randomBytes(2), new Date());
    });
    assert.deepEqual(seen, [7, 0.5, 3, 9n, "host", "xx", noon]);
  });

  test("go with promises, microtasks and ticks, and end with them", async () => {
    const seen: unknown[] = [];
    await assert.rejects(
      inSimulation({ "Date.now": () => 1 }, async () => {
        await Promise.resolve();
        seen.push(Date.now());
        await new Promise((resolve) => {
          process.nextTick(resolve);
        });
        seen.push(Date.now());
        await new Promise<void>((resolve) => {
          queueMicrotask(() => {
            seen.push(Date.now());
            resolve();
          });
        });
        Math.random();
      }),
      (error) => error instanceof AmbientError && error.source === "Math.random",
    );
    assert.deepEqual(seen, [1, 1, 1]);
    await assert.rejects(
      inSimulation({}, () => Date.now()),
      AmbientError,
    );
  });

  test("are those of each piece of code by itself", async () => {
    const seen: string[] = [];
    const simulation = new Simulation({ seed: 1 });
    for (const name of ["a", "b"]) {
      const answers = new Map<string, AmbientAnswer>([["Math.random", () => name]]);
      const handle = (): unknown =>
        withAnswers(answers, async () => {
          seen.push(String(Math.random()));
          await Promise.resolve();
          seen.push(String(Math.random()));
        });
      simulation.schedule(0, { label: name, handle }, 0);
    }
    await simulation.runDraining();
    assert.deepEqual(seen, ["a", "a", "b", "b"]);
  });

  test("of a promisified timer are asked for by a name of their own", async () => {
    let waited: unknown;
    const answers = {
      "setTimeout promisified": (ms: number) => Promise.resolve(`${String(ms)} ms`),
    };
    await inSimulation(answers, async () => {
      const wait: (ms: number) => Promise<unknown> = promisify(setTimeout);
      waited = await wait(5);
    });
    assert.equal(waited, "5 ms");
  });

  test("hold for lenient traps, which let all other code through and refuse what has no answer", () => {
    const traps = installTraps({ lenient: true });
    try {
      assert.ok(Date.now() > 7);
      const answers = new Map([["Date.now", (): number => 7]]);
      withAnswers(answers, () => {
        assert.equal(Date.now(), 7);
        assert.throws(() => {
          Math.random();
        }, AmbientError);
      });
      assert.equal(traps.violation?.source, "Math.random");
    } finally {
      traps.remove();
    }
  });

  test("are not needed to clear a timer that is none of a simulation's", async () => {
    const timer = setTimeout(() => undefined, 100_000);
    await inSimulation({}, () => {
      clearTimeout(timer);
    });
    assert.equal((timer as unknown as { readonly _destroyed: boolean })._destroyed, true);
  });
});
