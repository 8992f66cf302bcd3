import assert from "node:assert/strict";
import crypto, {
  createHash,
  randomBytes,
  randomFill,
  randomInt,
  randomUUID,
  scryptSync,
  webcrypto,
} from "node:crypto";
import dgram from "node:dgram";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import http2 from "node:http2";
import net from "node:net";
import { hostname } from "node:os";
import { performance as importedPerformance } from "node:perf_hooks";
import process, { hrtime } from "node:process";
import { suite, test } from "node:test";
import { setImmediate as importedImmediate } from "node:timers";
import { setImmediate as nextTurn, scheduler, setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import zlib, { deflate } from "node:zlib";
import { ambientSources } from "./ambient-sources.ts";
import { AmbientError, Simulation } from "./index.ts";

const utcFormat = new Intl.DateTimeFormat("en", { timeZone: "UTC" });
const modp14 = crypto.getDiffieHellman("modp14");

/** Runs code as the only event of a simulation. */
function inSimulation(code: () => unknown): void {
  const simulation = new Simulation({ seed: 1 });
  simulation.schedule(0, { handle: code }, 0);
  simulation.run();
}

/** What code must not do in a simulation, by what the error must call it. */
const TRAPPED: Readonly<Record<string, () => unknown>> = {
  Date: () => new Date(),
  "Date.now": () => Date.now(),
  "Date.parse": () => Date.parse("2001-09-09T01:46:40"),
  "Date.prototype.getHours": () => new Date(0).getHours(),
  "performance.now": () => performance.now(),
  "performance.timeOrigin": () => importedPerformance.timeOrigin,
  "process.hrtime": () => hrtime(),
  "process.hrtime.bigint": () => process.hrtime.bigint(),
  "process.uptime": () => process.uptime(),
  setTimeout: () => setTimeout(() => undefined, 1),
  setInterval: () => setInterval(() => undefined, 1),
  setImmediate: () => promisify(setImmediate)(),
  "timers.setImmediate": () => importedImmediate(() => undefined),
  "timers/promises setTimeout": () => pause(1),
  "scheduler.wait": () => scheduler.wait(1),
  "AbortSignal.timeout": () => AbortSignal.timeout(1),
  "Math.random": () => Math.random(),
  "crypto.getRandomValues": () => globalThis.crypto.getRandomValues(new Uint8Array(1)),
  "crypto.randomUUID": () => randomUUID(),
  "crypto.randomFill": () => {
    promisify(randomFill)(new Uint8Array(1)).catch(() => undefined);
  },
  "crypto.createDiffieHellman": () => crypto.createDiffieHellman(64),
  "DiffieHellmanGroup.generateKeys": () => modp14.generateKeys(),
  "crypto.randomBytes": () => randomBytes(1),
  "crypto.randomInt": () => randomInt(2),
  "crypto.generateKeyPairSync": () => crypto.generateKeyPairSync("x25519"),
  "crypto.subtle.digest": () => webcrypto.subtle.digest("SHA-256", new Uint8Array(1)),
  "crypto.scrypt": () => {
    crypto.scrypt("a", "b", 8, () => undefined);
  },
  "zlib.deflate": () => {
    promisify(deflate)("a").catch(() => undefined);
  },
  "zlib.createDeflate": () => zlib.createDeflate(),
  fetch: () => fetch("http://127.0.0.1:9"),
  "net.Socket.prototype.connect": () => new net.Socket().connect(9),
  "net.Server.prototype.listen": () => new net.Server().listen(0),
  "http2.connect": () => http2.connect("http://127.0.0.1:9"),
  "net.connect": () => net.connect(9),
  "dgram.createSocket": () => dgram.createSocket("udp4"),
  "dns.promises.lookup": () => lookup("localhost"),
  "fs.readFileSync": () => readFileSync("package.json"),
  "fs.promises.readdir": () => readdir("."),
  "os.hostname": () => hostname(),
  "process.env": () => process.env,
  "process.pid": () => process.pid,
  "process.memoryUsage": () => process.memoryUsage(),
  navigator: () => navigator.hardwareConcurrency,
  MessageChannel: () => new MessageChannel(),
  WeakRef: () => new WeakRef({}),
  "String.prototype.localeCompare": () => ["b", "a"].sort((a, b) => a.localeCompare(b)),
  "Number.prototype.toLocaleString": () => (1).toLocaleString(),
  "Intl.DateTimeFormat.prototype.format": () => utcFormat.format(),
  "Intl.Collator": () => new Intl.Collator(),
};

suite("ambient traps", () => {
  for (const [source, code] of Object.entries(TRAPPED)) {
    test(`${source} throws, naming this file and line, in a simulation only`, () => {
      assert.throws(
        () => {
          inSimulation(code);
        },
        (error) => {
          assert.ok(error instanceof AmbientError);
          assert.equal(error.source, source);
          assert.ok(
            error.caller.file.endsWith("sim/engine/ambient-traps.test.ts"),
            error.caller.file,
          );
          const line = readFileSync(new URL(import.meta.url), "utf8").split("\n")[
            error.caller.line - 1
          ];
          // The name as code has it; two of them are imported under other names.
          const name = source.split(/[. ]/u).at(-1) ?? "";
          const isNamed =
            line?.includes(name) === true || /pause|importedImmediate/u.test(line ?? "");
          assert.ok(isNamed, `${source}: ${String(line)}`);
          assert.ok(error.message.includes(error.alternative));
          return true;
        },
      );
    });
  }

  test("the random values of node:crypto are trapped as those of the global crypto", () => {
    assert.throws(() => {
      inSimulation(() => crypto.getRandomValues(new Uint8Array(1)));
    }, /crypto\.getRandomValues was used in a simulation by .*ambient-traps\.test\.ts/u);
  });

  test("the clock of Temporal is trapped where there is one", (context) => {
    const temporal = Reflect.get(globalThis, "Temporal") as
      { readonly Now: { instant(): unknown } } | undefined;
    if (temporal === undefined) {
      context.skip("this Node has no Temporal");
      return;
    }
    assert.throws(() => {
      inSimulation(() => temporal.Now.instant());
    }, /Temporal\.Now\.instant was used in a simulation by .*ambient-traps\.test\.ts/u);
  });

  test("a date as text is trapped if it names no zone, for it would be read in the machine's", () => {
    for (const text of ["2001-09-09T01:46:40", "9 Sep 2001 01:46", "Sep-2001"]) {
      assert.throws(() => {
        inSimulation(() => new Date(text));
      }, /Date was used/u);
    }
    inSimulation(() => {
      const instant = 1_000_000_000_000;
      assert.equal(Date.parse("2001-09-09T01:46:40.000Z"), instant);
      assert.equal(Date.parse("2001-09-09T03:46:40+02:00"), instant);
      assert.equal(new Date("Sun, 09 Sep 2001 01:46:40 GMT").getTime(), instant);
      assert.equal(Date.parse("Sun Sep 09 2001 03:46:40 GMT+0200 (somewhere)"), instant);
      assert.equal(Date.parse("2001-09"), Date.UTC(2001, 8));
      assert.equal(Date.parse("no date"), NaN);
    });
  });

  test("all that can be trapped is: nothing in the list is fixed or stands for a name that is nowhere", () => {
    const sources = ambientSources();
    for (const { owner, name, source } of sources) {
      assert.equal(Object.getOwnPropertyDescriptor(owner, name)?.configurable, true, source);
    }
    // One of each module; a name that this Node lacks is left out without a word.
    const names = new Set(sources.map(({ source }) => source));
    for (const source of [...Object.keys(TRAPPED), "performance.eventLoopUtilization"]) {
      assert.ok(names.has(source), source);
    }
  });

  test("what is the same in each run goes on", () => {
    inSimulation(() => {
      const date = new Date(1e12);
      assert.equal(date.toISOString(), "2001-09-09T01:46:40.000Z");
      assert.ok(date instanceof Date);
      assert.equal(Date.UTC(2001, 8), new Date("2001-09-01T00:00:00Z").getTime());
      assert.equal("a".localeCompare("b", "en"), -1);
      assert.equal((1234).toLocaleString("en"), "1,234");
      assert.equal(createHash("sha256").update("x").digest().length, 32);
      assert.equal(utcFormat.format(date), "9/9/2001");
      assert.equal(scryptSync("a", "b", 8, { N: 2 }).length, 8);
      assert.equal(Math.max(1, 2), 2);
      assert.throws(() => {
        assert.equal(1, 2);
      }, assert.AssertionError);
    });
  });

  test("everything is back a turn after a run, also after one that failed, and imported names too", async () => {
    await nextTurn();
    const before = [
      Date,
      Math.random,
      setTimeout,
      WeakRef,
      fetch,
      randomBytes,
      readFileSync,
      hostname,
    ];
    const pid = Object.getOwnPropertyDescriptor(process, "pid");
    inSimulation(() => undefined);
    assert.throws(() => {
      inSimulation(() => Date.now());
    }, AmbientError);
    assert.ok(Date.now() > 0);
    await nextTurn();
    const after = [
      Date,
      Math.random,
      setTimeout,
      WeakRef,
      fetch,
      randomBytes,
      readFileSync,
      hostname,
    ];
    assert.deepEqual(after, before);
    assert.deepEqual(Object.getOwnPropertyDescriptor(process, "pid"), pid);
    assert.ok(Date.now() > 0 && randomBytes(2).length === 2 && Object.keys(process.env).length > 0);
  });

  test("what is put in the place of a trapped function after a run, or between two, stays", async () => {
    await nextTurn();
    const { random, now } = { random: Math.random, now: Date.now };
    try {
      inSimulation(() => undefined);
      Math.random = () => 7;
      await nextTurn();
      assert.equal(Math.random(), 7);
      Date.now = () => 9;
      assert.throws(() => {
        inSimulation(() => Date.now());
      }, AmbientError);
      await nextTurn();
      assert.deepEqual([Math.random(), Date.now()], [7, 9]);
    } finally {
      Math.random = random;
      Date.now = now;
    }
    inSimulation(() => undefined);
    await nextTurn();
    assert.deepEqual([Math.random, Date.now], [random, now]);
  });

  test("a trapped property can be set right after a run", async () => {
    await nextTurn();
    const { env } = process;
    inSimulation(() => undefined);
    process.env = { ONLY: "this" };
    await nextTurn();
    assert.deepEqual(process.env, { ONLY: "this" });
    process.env = env;
  });

  test("a trap that code hides fails the run all the same", () => {
    assert.throws(() => {
      inSimulation(() => {
        try {
          Date.now();
        } catch {
          // Hidden on purpose.
        }
      });
    }, /^AmbientError: Date\.now was used in a simulation by .*ambient-traps\.test\.ts:\d+:\d+; use /u);
  });

  test("a trapped function that was kept is itself again after the run", () => {
    let kept: () => number = () => 0;
    inSimulation(() => {
      kept = Math.random;
    });
    assert.ok(kept() < 1);
  });

  test("names the caller behind native functions, and with any limit and form of stack traces", () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      assert.throws(() => {
        inSimulation(() => [1].map(Math.random));
      }, /ambient-traps\.test\.ts/u);
      assert.equal(Error.stackTraceLimit, 0);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });
});
