import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { networkInterfaces } from "node:os";
import { suite, test } from "node:test";
import { AmbientError, Simulation } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import { SimNetwork } from "../network/sim-network.ts";
import { pair } from "../network/testing/topologies.ts";
import { loadInHost, NodeHost, requireInHost } from "./index.ts";

/** What `testing/modules/counter.cjs` exports. */
interface Counter {
  count(): number;
  self(): Counter;
  imported(): Promise<Importer>;
  required(): unknown;
  read(): unknown;
  readonly dgram: unknown;
  readonly net: unknown;
  readonly name: string;
  readonly place: string;
}

/** What `testing/modules/importer.mjs` exports. */
interface Importer {
  readonly counter: Counter;
  readonly required: Counter;
  readonly net: unknown;
  readonly Socket: unknown;
  readonly random: number;
  readonly started: number;
  later(): Promise<{ readonly default: Counter }>;
}

const COUNTER = new URL("./testing/modules/counter.cjs", import.meta.url);
const IMPORTER = new URL("./testing/modules/importer.mjs", import.meta.url);

class Stage {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly a: NodeHost;
  readonly b: NodeHost;

  constructor({ seed = 1, faults = [] }: { seed?: number; faults?: readonly Fault[] } = {}) {
    this.simulation = new Simulation({ seed });
    this.network = new SimNetwork(this.simulation, { topology: pair(), faults });
    this.a = new NodeHost({ network: this.network, name: "a", env: { NAME: "first" } });
    this.b = new NodeHost({ network: this.network, name: "b" });
  }

  async run(forMs: number): Promise<void> {
    await this.simulation.runDraining({ forUs: forMs * 1000 });
  }
}

suite("modules of a host", () => {
  test("are its own, over CommonJS and ES modules alike, and hold its sockets", async () => {
    const { a, b } = new Stage();
    const [one, other] = [
      await loadInHost<Importer>(a, IMPORTER),
      await loadInHost<Importer>(b, IMPORTER),
    ];
    assert.notEqual(one, other);
    assert.equal(one.counter.count() + one.counter.self().count(), 3);
    assert.equal(other.counter.count(), 1);
    assert.equal(one.required, one.counter);
    assert.equal((await loadInHost<{ default: Counter }>(a, COUNTER)).default, one.counter);
    assert.equal((await one.later()).default, one.counter);
    assert.equal(one.counter.dgram, a.modules.dgram);
    assert.deepEqual([one.net, one.counter.net], [a.modules.net, a.modules.net]);
    assert.equal(other.Socket, b.modules.dgram.Socket);
    assert.equal(await one.counter.imported(), one);
    assert.deepEqual([one.counter.name, other.counter.name], ["first", undefined]);
    assert.ok(one.counter.place.includes("counter.cjs?tagwire-host="), "traces name the host");
  });

  test("get the host's time and randomness while they load", async () => {
    const load = async (seed: number): Promise<Importer> =>
      loadInHost<Importer>(new Stage({ seed }).a, IMPORTER);
    const [one, again, other] = [await load(1), await load(1), await load(2)];
    assert.equal(one.started, 1_700_000_000_000);
    assert.equal(one.random, again.random);
    assert.notEqual(one.random, other.random);
  });

  test("do without what cannot be: files in a run, ES modules that are required, names that are none", async () => {
    const { a, ...stage } = new Stage();
    const { default: counter } = await loadInHost<{ default: Counter }>(a, COUNTER);
    assert.throws(() => counter.required(), { code: "ERR_REQUIRE_ESM" });
    await assert.rejects(loadInHost(a, "no-such-package-at-all"), { code: "ERR_MODULE_NOT_FOUND" });
    a.run(() => counter.read());
    await assert.rejects(stage.simulation.runDraining({ forUs: 1 }), (error) => {
      assert.ok(error instanceof AmbientError);
      assert.equal(error.source, "fs.readFileSync");
      assert.match(error.caller.file, /counter\.cjs/u);
      return true;
    });
  });
});

suite("a host that runs code for Node", () => {
  test("answers what is asked of the machine, as its host would", async () => {
    const { a, b, ...stage } = new Stage();
    const seen: unknown[] = [];
    for (const host of [a, b])
      host.run(() => {
        seen.push(networkInterfaces()["eth0"]?.[0]?.address, process.env["NAME"], randomUUID());
        seen.push(new Date().getHours(), String(new Date(0)), process.cwd());
      });
    await stage.simulation.runDraining();
    assert.deepEqual(
      seen.filter((_, at) => at % 6 !== 2),
      [
        ...[
          "192.0.2.1",
          "first",
          22,
          "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)",
        ],
        ...["/", "192.0.2.2", undefined, 22],
        ...["Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)", "/"],
      ],
    );
    assert.match(String(seen[2]), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/u);
    assert.notEqual(seen[2], seen[8]);
  });

  test("starts its program again after a crash, without timers and sockets of before", async () => {
    const faults: Fault[] = [
      { kind: "crash", host: "a", atUs: 1_500_000, what: "process", writesKept: 0, downForUs: 2e6 },
    ];
    const simulation = new Simulation({ seed: 1 });
    const network = new SimNetwork(simulation, { topology: pair(), faults });
    const story: unknown[] = [];
    const program = (host: NodeHost): void => {
      const counter = requireInHost(host, COUNTER.pathname) as Counter;
      story.push(["start", host.starts, counter.count()]);
      setInterval(() => story.push(["tick", host.starts, Math.round(performance.now())]), 1000);
      host.modules.net.createServer().listen(7);
    };
    const a = new NodeHost({ network, name: "a", program });
    const b = new NodeHost({ network, name: "b" });
    b.run(() => {
      const socket = b.modules.net.connect(7, "a");
      socket.resume().on("close", (hadError) => story.push(["peer closed", hadError]));
    });
    await simulation.runDraining({ forUs: 5_000_000 });
    assert.deepEqual(story, [
      ["start", 1, 1],
      ["tick", 1, 1000],
      ["peer closed", false],
      ["start", 2, 1],
      ["tick", 2, 1000],
    ]);
    assert.ok(a.isRunning);
  });

  test("has timers by its own clock, and a wall clock that jumps", async () => {
    const faults: Fault[] = [
      { kind: "clockRate", host: "a", atUs: 1_000_000, rate: 2 },
      { kind: "clockJump", host: "a", atUs: 1_000_000, byMs: -5000 },
    ];
    const { a, ...stage } = new Stage({ faults });
    const fired: number[] = [];
    a.run(() => {
      const before = Date.now();
      setTimeout(() => {
        fired.push(stage.simulation.nowUs, Date.now() - before);
      }, 3000);
    });
    await stage.simulation.runDraining({ forUs: 10_000_000 });
    assert.deepEqual(fired, [2_000_000, -2000]);
  });
});
