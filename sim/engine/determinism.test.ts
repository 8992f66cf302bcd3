import assert from "node:assert/strict";
import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import { suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { AmbientError, Simulation, checkDeterminism } from "./index.ts";
import type { EventHandler, TraceWatch } from "./index.ts";
import { mixBits } from "./label-hash.ts";

/** Taken before any run, so that no trap stands in the way: only comparing runs can find its use. */
const keptRandom = Math.random;
const keptClock = process.hrtime.bigint.bind(process.hrtime);

/** Grows over all runs, like the addresses that a memory allocator gives out. */
let identities = 0;
/** Outlives a run, as it should not. */
const cache = new Set<string>();
const ecKey = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** What a handler with a fault in it may touch. */
type Fault = (simulation: Simulation) => unknown;

function note(simulation: Simulation, detail: string): void {
  simulation.trace.record("host-3", "planted", detail);
}

/** Sources of nondeterminism that a trap finds, by what it calls them. */
const TRAPPED: readonly (readonly [string, string, Fault])[] = [
  [
    "the wall clock",
    "Date.now",
    (s) => {
      note(s, String(Date.now()));
    },
  ],
  [
    "a new date",
    "Date",
    (s) => {
      note(s, new Date().toISOString());
    },
  ],
  [
    "the time zone",
    "Date.prototype.getHours",
    (s) => {
      note(s, String(new Date(0).getHours()));
    },
  ],
  [
    "the monotonic clock",
    "performance.now",
    (s) => {
      note(s, String(performance.now()));
    },
  ],
  [
    "the high-resolution clock",
    "process.hrtime",
    (s) => {
      note(s, process.hrtime().join());
    },
  ],
  [
    "an unseeded number",
    "Math.random",
    (s) => {
      note(s, String(Math.random()));
    },
  ],
  [
    "an unseeded shuffle by sorting",
    "Math.random",
    () => [1, 2, 3].sort(() => Math.random() - 0.5),
  ],
  [
    "random bytes",
    "crypto.randomBytes",
    (s) => {
      note(s, crypto.randomBytes(4).toString("hex"));
    },
  ],
  [
    "a random UUID",
    "crypto.randomUUID",
    (s) => {
      note(s, globalThis.crypto.randomUUID());
    },
  ],
  ["a fresh key", "crypto.generateKeyPairSync", () => crypto.generateKeyPairSync("ed25519")],
  [
    "a race through setImmediate",
    "setImmediate",
    (s) =>
      setImmediate(() => {
        note(s, "late");
      }),
  ],
  [
    "a race of timers",
    "setTimeout",
    async (s) => {
      const slow = new Promise((resolve) => setTimeout(resolve, 0));
      note(s, String(await Promise.race([slow, Promise.resolve(1)])));
    },
  ],
  [
    "Promise.race across macrotasks",
    "timers/promises setTimeout",
    async () => {
      await Promise.resolve();
      return Promise.race([pause(1, "a"), pause(1, "b")]);
    },
  ],
  [
    "a thread of the pool",
    "crypto.scrypt",
    (s) => {
      crypto.scrypt("a", "b", 8, () => {
        note(s, "key");
      });
    },
  ],
  ["another process", "child_process.spawn", () => childProcess.spawn("true")],
  [
    "the order of a folder",
    "fs.readdirSync",
    (s) => {
      note(s, fs.readdirSync(".").join());
    },
  ],
  [
    "the time of a file",
    "fs.statSync",
    (s) => {
      note(s, String(fs.statSync(".").mtimeMs));
    },
  ],
  [
    "an environment variable",
    "process.env",
    (s) => {
      note(s, String(process.env["HOME"]));
    },
  ],
  [
    "the process id",
    "process.pid",
    (s) => {
      note(s, String(process.pid));
    },
  ],
  [
    "the memory in use",
    "process.memoryUsage",
    (s) => {
      note(s, String(process.memoryUsage().rss));
    },
  ],
  [
    "the machine's name",
    "os.hostname",
    (s) => {
      note(s, os.hostname());
    },
  ],
  ["the locale's order", "String.prototype.localeCompare", () => "ä".localeCompare("z")],
  [
    "garbage collection",
    "WeakRef",
    (s) => {
      note(s, typeof new WeakRef({}).deref());
    },
  ],
  ["a finalizer", "FinalizationRegistry", () => new FinalizationRegistry(() => undefined)],
  ["the network", "fetch", () => fetch("http://127.0.0.1:9/")],
];

/** Sources that only comparing runs finds, with what the report must show. */
const COMPARED: readonly (readonly [string, RegExp, Fault])[] = [
  [
    "iteration in the order of addresses",
    /planted/u,
    (s) => {
      const objects = Array.from({ length: 40 }, (_, index) => ({ index, address: address() }));
      const ordered = new Set(objects.sort((a, b) => a.address - b.address));
      for (const { index } of ordered) note(s, String(index));
    },
  ],
  [
    "a hash of an object's identity",
    /planted/u,
    (s) => {
      note(s, (identities += 1).toString(16));
    },
  ],
  [
    "a map in the order of time",
    /planted/u,
    (s) => {
      const byTime = new Map([
        [keptClock(), "a"],
        [keptClock() + 1n, "b"],
      ]);
      for (const [key, name] of byTime) note(s, `${name} ${String(key)}`);
    },
  ],
  [
    "a random function kept before the run",
    /planted/u,
    (s) => {
      note(
        s,
        Array.from({ length: 40 }, (_, i) => i)
          .sort(() => keptRandom() - 0.5)
          .join(),
      );
    },
  ],
  [
    "a deadline of a clock kept before the run",
    /host-3 wait/u,
    (s) => {
      s.schedule(1, { label: "host-3 wait", handle: () => undefined }, Number(keptClock()));
    },
  ],
  [
    "a signature with a nonce of its own",
    /planted/u,
    (s) => {
      s.trace.record("host-3", "planted", crypto.sign("sha256", Buffer.from("x"), ecKey));
    },
  ],
  [
    "a cache that outlives the run",
    /planted/u,
    (s) => {
      note(s, cache.has("key") ? "hit" : "miss");
      cache.add("key");
    },
  ],
  [
    "events scheduled in the order of addresses",
    /host-3 turn/u,
    (s) => {
      const turn: EventHandler<number> = { label: "host-3 turn", handle: () => undefined };
      for (const index of [address(), 5]) s.schedule(1, turn, index);
    },
  ],
];

/** Another number each time, and not in ascending order. */
function address(): number {
  identities += 1;
  return mixBits(identities) >>> 0;
}

const PLANTED_AT_US = 5000;
const HOSTS = 6;

/** Hosts that talk every millisecond; at one of them something happens once. */
async function runHosts(fault: Fault, watch: TraceWatch, endUs = 10_000): Promise<void> {
  const simulation = new Simulation({ seed: 1, watch });
  for (let host = 0; host < HOSTS; host += 1) {
    const jitter = simulation.random(`host-${String(host)}`);
    const talk: EventHandler<number> = {
      label: `host-${String(host)} talk`,
      handle: (round) => {
        simulation.trace.record(`host-${String(host)}`, "talk", {
          round,
          size: jitter.below(1000),
        });
        simulation.schedule(900 + jitter.below(200), talk, round + 1);
      },
    };
    simulation.schedule(host, talk, 0);
  }
  const planted = { label: "host-3 planted", handle: (): unknown => fault(simulation) };
  simulation.scheduleAt(PLANTED_AT_US, planted, 0);
  await simulation.runDraining({ untilUs: endUs });
}

suite("checking determinism", () => {
  test("finds two runs the same, with their hash and number of events", async () => {
    const report = await checkDeterminism((watch) => runHosts(() => undefined, watch));
    assert.equal(report.verdict, "same");
    assert.ok(report.events > 50);
  });

  test("at least twenty sources are planted", () => {
    assert.ok(TRAPPED.length + COMPARED.length >= 20);
  });

  for (const [what, source, fault] of TRAPPED) {
    test(`${what} is trapped and its line named`, async () => {
      await assert.rejects(
        checkDeterminism((watch) => runHosts(fault, watch)),
        (error) => {
          assert.ok(error instanceof AmbientError, String(error));
          assert.equal(error.source, source);
          const text = fs.readFileSync(new URL(import.meta.url), "utf8").split("\n");
          const line = text[error.caller.line - 1] ?? "";
          const name = source.split(/[. ]/u).at(-1) ?? "";
          assert.ok(line.includes(name) || line.includes("pause("), line);
          return true;
        },
      );
    });
  }

  for (const [what, shown, fault] of COMPARED) {
    test(`${what} is found by comparing, at its event, with both sides`, async () => {
      let plantedEvent = 0;
      const report = await checkDeterminism((watch) =>
        runHosts((simulation) => {
          plantedEvent = simulation.events;
          return fault(simulation);
        }, watch),
      );
      assert.equal(report.verdict, "different");
      const isConsequence = shown.source !== "planted";
      if (isConsequence) assert.ok(report.event > plantedEvent);
      else assert.equal(report.event, plantedEvent);
      const [one, other] = report.sides;
      assert.notDeepEqual(one, other);
      assert.match(report.text, shown);
      assert.equal(report.text.split("\n").length, 3);
      assert.equal(report.runs, 2);
    });
  }
});
