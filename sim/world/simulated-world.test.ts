import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect, Input, Role } from "../../runtime/core/index.ts";
import type { Fault } from "../network/fault.ts";
import { pair } from "../network/testing/topologies.ts";
import type { Observation } from "./observation.ts";
import { SimulatedWorld } from "./simulated-world.ts";
import type { Program, ProgramProcess } from "./world.ts";

type Order = { readonly say: string } | { readonly save: number } | { readonly arm: number };

/** Reports what it is told and what it hears over UDP. */
class Parrot implements Role<Order, string> {
  readonly #effects: Effect<string>[] = [];

  handle(input: Input<Order>): void {
    if (input.type === "datagram") this.#report(`heard ${new TextDecoder().decode(input.bytes)}`);
    if (input.type === "timer") this.#report(`timer ${input.timer}`);
    if (input.type !== "command") return;
    if ("arm" in input.command) {
      this.#effects.push({ type: "armTimer", timer: "t", afterMs: input.command.arm });
    } else {
      this.#report(
        "say" in input.command ? input.command.say : `save ${String(input.command.save)}`,
      );
    }
  }

  poll(): Effect<string> | undefined {
    return this.#effects.shift();
  }

  #report(event: string): void {
    this.#effects.push({ type: "event", event });
  }
}

const FILE = "notes";
/** How long the disk of a parrot takes to sync. */
const SYNC_MS = 5;

/** Counts its starts on its disk; an order to save is synced a little later, and reported by `saved`. */
function parrotProgram({ greeting }: { readonly greeting: string }): Program<Order, string> {
  return {
    createRole: ({ disk, observe }) => {
      observe({
        kind: "transition",
        scope: "self",
        machine: "Liveness",
        from: "quiet",
        on: "idle",
        to: "probing",
      });
      const before = disk.read(FILE)?.[0] ?? 0;
      disk.write(FILE, Uint8Array.of(before + 1));
      disk.sync();
      return new Parrot();
    },
    onStart: (process) => {
      process.command({ say: `${greeting} ${String(process.disk.read(FILE)?.[0])}` });
    },
    onEvent: (event, process: ProgramProcess<Order>) => {
      if (!event.startsWith("save ")) return;
      process.disk.write(FILE, Uint8Array.of(Number(event.slice(5))));
      process.after(SYNC_MS, () => {
        process.disk.sync();
        process.command({ say: "saved" });
      });
    },
  };
}

function worldOf(faults: readonly Fault[] = []): SimulatedWorld {
  return new SimulatedWorld({
    seed: 1,
    topology: pair(),
    faults,
    programs: { parrot: parrotProgram },
  });
}

const PARROT = { host: "a", program: "parrot", options: { greeting: "hello" }, udpPort: 7 };

test("a program greets at its start, and again after a crash, on the same disk", async () => {
  const world = worldOf();
  const parrot = await world.add(PARROT);
  await world.pass(1);
  await parrot.crash();
  await world.pass(1);
  assert.equal(parrot.isRunning, false);
  assert.equal(parrot.role, undefined);
  await parrot.start();
  await parrot.start();
  await world.pass(1);
  assert.equal(parrot.isRunning, true);
  assert.deepEqual(parrot.events, ["hello 1", "hello 2"]);
});

for (const [whenMs, started] of [
  [SYNC_MS - 1, "hello 2"],
  [SYNC_MS + 1, "hello 41"],
] as const) {
  test(`a power cut ${String(whenMs)} ms after a write that takes ${String(SYNC_MS)} ms to sync leaves ${started}`, async () => {
    const world = worldOf();
    const parrot = await world.add(PARROT);
    parrot.command({ save: 40 });
    await world.pass(whenMs);
    await parrot.crash("machine");
    await parrot.start();
    await world.pass(100);
    assert.equal(parrot.events.at(-1), started);
    assert.equal(parrot.events.includes("saved"), whenMs > SYNC_MS);
  });
}

test("a machine that a fault crashed starts again by itself, and its program with it", async () => {
  const crash = { kind: "crash", host: "a", what: "machine", writesKept: 0 } as const;
  const world = worldOf([{ ...crash, atUs: 1_000, downForUs: 2_000 }]);
  const parrot = await world.add(PARROT);
  const isDown = await world.until(() => !parrot.isRunning && world.nowMs > 0, 10);
  assert.ok(isDown);
  assert.equal(world.nowMs, 1);
  const isBack = await world.until(() => parrot.events.length === 2, 10);
  assert.ok(isBack);
  assert.equal(world.nowMs, 3);
});

test("what a scenario does between two waits happens at that time and in its order", async () => {
  const world = worldOf();
  await world.pass(10);
  const parrot = await world.add(PARROT);
  const heard: string[] = [];
  parrot.onEvent((event) => heard.push(`${String(event)} at ${String(world.nowMs)}`));
  parrot.command({ say: "first" });
  world.schedule(12, "second", () => {
    parrot.command({ say: "second" });
  });
  parrot.command({ say: "last" });
  assert.deepEqual(heard, []);
  await world.pass(5);
  assert.deepEqual(heard, ["hello 1 at 10", "first at 10", "last at 10", "second at 12"]);
});

test("waiting ends at the event that fulfils the condition, or when its time is over", async () => {
  const world = worldOf();
  const parrot = await world.add(PARROT);
  parrot.command({ arm: 30 });
  const isTooEarly = await world.until(() => parrot.events.includes("timer t"), 29);
  assert.equal(isTooEarly, false);
  assert.equal(world.nowMs, 29);
  const isDone = await world.until(() => parrot.events.includes("timer t"), 1000);
  assert.ok(isDone);
  assert.equal(world.nowMs, 30);
});

test("a world that is abandoned lets no more time pass", async () => {
  const world = worldOf();
  world.schedule(5, "end", () => {
    world.abandon(new RangeError("enough"));
    world.abandon(new RangeError("not heard"));
  });
  await assert.rejects(world.pass(10), /enough/);
  assert.equal(world.nowMs, 5);
  await assert.rejects(
    world.until(() => true, 10),
    /enough/,
  );
});

test("processes find each other by the names of their hosts, and one host runs one process", async () => {
  const world = worldOf();
  await world.add(PARROT);
  assert.deepEqual(world.endpointOf("a"), { address: "192.0.2.1", port: 7 });
  assert.throws(() => world.endpointOf("b"), RangeError);
  assert.throws(() => world.add(PARROT), /has a process already/);
  for (const program of ["owl", "toString"]) {
    assert.throws(() => world.add({ ...PARROT, host: "b", program }), /there is no program/);
  }
});

test("a program that asks the machine for the time ends the run, wherever it does", async () => {
  const world = worldOf();
  const parrot = await world.add(PARROT);
  parrot.onEvent(() => Date.now());
  await assert.rejects(world.pass(1), /Date\.now was used in a simulation/);
});

test("what is asynchronous ends the run: its rest would happen out of its time", async () => {
  const promised: () => unknown = async () => {
    await Promise.resolve();
    throw new Error("nobody else hears of this");
  };
  const late: () => void = promised;
  const program = parrotProgram({ greeting: "hello" });
  const wrong: readonly Partial<Program<Order, string>>[] = [
    { onStart: late },
    { onEvent: late },
    {
      onStart: (process) => {
        process.after(1, late);
      },
    },
  ];
  for (const part of wrong) {
    const programs = { parrot: () => ({ ...program, ...part }) as Program<never, unknown> };
    const world = new SimulatedWorld({ seed: 1, topology: pair(), programs });
    const parrot = await world.add(PARROT);
    parrot.command({ say: "hello" });
    await assert.rejects(world.pass(10), /is asynchronous/);
  }
  const world = worldOf();
  world.schedule(1, "late", late);
  await assert.rejects(world.pass(10), /the handler scenario is asynchronous/);
});

test("what programs observe is told with their hosts, and is part of the trace", async () => {
  const hashOf = async (watches: boolean): Promise<string> => {
    const world = worldOf();
    const seen: Observation[] = [];
    world.onObservation((observation) => seen.push(observation));
    const recorded: string[] = [];
    world.onRecord(({ host, kind }) => recorded.push(`${host} ${kind}`));
    await world.add(PARROT);
    await world.add({ ...PARROT, host: "b" });
    if (watches) {
      const watching = { kind: "transition", scope: "self", machine: "Liveness" } as const;
      world.schedule(0, "watch", () => {
        world.observed({ ...watching, from: "probing", on: "idle", to: "quiet", host: "b" });
      });
    } else {
      world.schedule(0, "watch", () => undefined);
    }
    await world.pass(1);
    const expected = ["a transition", "b transition", ...(watches ? ["b transition"] : [])];
    assert.deepEqual(
      seen.map(({ host, kind }) => `${host} ${kind}`),
      expected,
    );
    assert.deepEqual(
      recorded.filter((record) => record.endsWith(" transition")),
      expected,
    );
    return world.simulation.trace.hash;
  };
  const hash = await hashOf(false);
  assert.equal(await hashOf(false), hash);
  assert.notEqual(await hashOf(true), hash);
});

test("a checker sees what every host sends and takes in", async () => {
  const world = worldOf();
  const seen: string[] = [];
  world.onRecord(({ host, kind }) => seen.push(`${host} ${kind}`));
  await world.add(PARROT);
  await world.add({ ...PARROT, host: "b" });
  world.schedule(1, "send", () => {
    world.network.node("a").sendUdp(7, world.endpointOf("b"), new Uint8Array(3));
  });
  await world.pass(10);
  const packets = seen.filter((record) => record.includes("udp-"));
  assert.deepEqual(packets, ["a udp-sent", "b udp-delivered"]);
});
