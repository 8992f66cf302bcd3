import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect, Input, Role } from "../../runtime/core/index.ts";
import { pair } from "../network/testing/topologies.ts";
import { EndlessWorldError, SimulatedWorld } from "./simulated-world.ts";
import type { WorldBounds } from "./simulated-world.ts";

/** Arms a timer again and again, and sends a datagram each time. */
class Metronome implements Role<never, string> {
  readonly #effects: Effect<string>[] = [];
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
    this.handle({ type: "timer", timer: "tick" });
  }

  handle(input: Input<never>): void {
    if (input.type === "datagram") this.#effects.push({ type: "event", event: "heard" });
    if (input.type !== "timer") return;
    this.#effects.push({ type: "armTimer", timer: "tick", afterMs: this.#everyMs });
    const to = { address: "192.0.2.2", port: 7 };
    this.#effects.push({ type: "sendDatagram", to, bytes: Uint8Array.of(1) });
  }

  poll(): Effect<string> | undefined {
    return this.#effects.shift();
  }
}

function worldOf(options: {
  readonly bounds?: Partial<WorldBounds>;
  readonly healAtMs?: number;
  readonly lost?: number;
}): SimulatedWorld {
  const { lost = 0, ...others } = options;
  return new SimulatedWorld({
    seed: 1,
    topology: pair(),
    faults: Array.from({ length: lost }, (_, index) => {
      const place = { link: "a", direction: "up" as const, packet: index + 1 };
      return { kind: "drop" as const, ...place };
    }),
    programs: { metronome: (everyMs: number) => ({ createRole: () => new Metronome(everyMs) }) },
    createCrypto: () => ({}) as never,
    ...others,
  });
}

test("a world whose processes set each other off for ever is ended by its bound on events", async () => {
  const world = worldOf({ bounds: { eventsMax: 1000 } });
  await world.add({ host: "a", program: "metronome", options: 0, udpPort: 7 });
  await assert.rejects(world.pass(1), EndlessWorldError);
  assert.equal(world.simulation.events, 999);
});

test("a scenario that waits for ever is ended by the bound on time, at that time", async () => {
  const world = worldOf({ bounds: { virtualMsMax: 60_000 } });
  await world.add({ host: "a", program: "metronome", options: 1000, udpPort: 7 });
  const waiting = async (): Promise<never> => {
    for (;;) await world.pass(7000);
  };
  await assert.rejects(waiting(), EndlessWorldError);
  assert.equal(world.nowMs, 60_000);
});

test("a scenario that waits for no time at all, again and again, is ended too", async () => {
  const world = worldOf({ bounds: { eventsMax: 1000 } });
  const waiting = async (): Promise<never> => {
    for (;;) await world.until(() => false, 0);
  };
  await assert.rejects(waiting(), EndlessWorldError);
});

test("a wait that ends exactly at the bound of time is no fault", async () => {
  const world = worldOf({ bounds: { virtualMsMax: 10 } });
  await world.pass(10);
  assert.equal(world.nowMs, 10);
});

test("faults of packets that come after the network was healed do not befall them", async () => {
  const heard = async (healAtMs?: number): Promise<number> => {
    const world = worldOf({ lost: 100, ...(healAtMs !== undefined && { healAtMs }) });
    await world.add({ host: "a", program: "metronome", options: 1000, udpPort: 7 });
    const b = await world.add({ host: "b", program: "metronome", options: 100_000, udpPort: 7 });
    await world.pass(20_500);
    return b.events.length;
  };
  assert.equal(await heard(), 1, "its own datagram to itself");
  assert.equal(await heard(10_500), 11);
});
