import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { MachineRunner } from "../../runtime/core/machine.ts";
import type { MachineDefinition, TransitionTaken } from "../../runtime/core/machine.ts";
import type { Machine, Protocol, State, Transition } from "../model/model.ts";
import { compileErrors, GeneratedFolder } from "./testing/generated-folder.ts";
import { machineOf, sampleArbitrary } from "./testing/machine-arbitrary.ts";
import { MachineInterpreter } from "./testing/machine-interpreter.ts";
import type { Bodies, Named, Observed } from "./testing/machine-interpreter.ts";
import { model } from "./testing/model-fixture.ts";

let folder: GeneratedFolder;

before(async () => {
  folder = await GeneratedFolder.make();
});

after(async () => {
  await folder.remove();
});

interface Module {
  readonly defineSample: (handlers?: unknown) => MachineDefinition<Named, Named, Named>;
  readonly SAMPLE_TRANSITIONS: readonly { from: string; on: string; to: string }[];
}

/** A number that depends on nothing but its arguments (FNV-1a). */
function hash(...parts: readonly (string | number)[]): number {
  let value = 0x811c9dc5;
  for (const character of parts.join(" ")) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}

function stateOf({ name, data }: State, seed: number): Named {
  const members = data.map((field) => [field.name, hash(seed, field.name) % 5000]);
  return { name, ...(Object.fromEntries(members) as Record<string, number>) };
}

/** What an implementer might write, as a function of the transition and the turn. */
class RandomBodies implements Bodies {
  readonly #seed: number;
  readonly #machine: Machine;
  turn = 0;

  constructor(machine: Machine, seed: number) {
    this.#machine = machine;
    this.#seed = seed;
  }

  guard(name: string): boolean {
    return hash(this.#seed, this.turn, name) % 2 === 0;
  }

  body(transition: Transition): { readonly state: Named; readonly outputs: readonly Named[] } {
    const { to, sends, does } = transition;
    const seed = hash(this.#seed, this.turn, transition.on.name, to.length);
    const target = to[seed % to.length];
    assert.ok(target !== undefined);
    const sent = sends.map(({ name, to: receivers }) => ({
      kind: "send",
      name,
      to: receivers[seed % receivers.length],
      message: { turn: this.turn },
    }));
    const done = does.map(({ name, data }) => ({
      kind: "do",
      ...stateOf({ name, data } as State, seed),
    }));
    const outputs = [...sent, ...done].filter((_, index) => hash(seed, index) % 3 > 0);
    return { state: stateOf(target, seed), outputs };
  }

  /** The object that generated code calls, its names built as the documentation says. */
  handlers(expectCall: (state: unknown, event: unknown) => void): Record<string, unknown> {
    const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
    const handlers: Record<string, unknown> = {};
    for (const transition of this.#machine.transitions) {
      const { group, from, on, guard } = transition;
      const when = guard === undefined ? "" : `When${upper(guard)}`;
      const name = `${group ?? from[0]?.name ?? ""}On${upper(on.name)}${when}`;
      handlers[name] = (state: unknown, event: unknown) => {
        expectCall(state, event);
        return this.body(transition);
      };
      if (guard === undefined) continue;
      handlers[guard] = (state: unknown, event: unknown) => {
        expectCall(state, event);
        return this.guard(guard);
      };
    }
    return handlers;
  }
}

/** A transition that the generated step does alone has no body to choose anything. */
function withoutBodies(bodies: RandomBodies): Bodies {
  return {
    guard: (name) => bodies.guard(name),
    body: (transition) => {
      const [target] = transition.to;
      const isFixed = transition.to.length === 1 && target?.data.length === 0;
      const isSilent = transition.sends.length + transition.does.length === 0;
      return isFixed && isSilent
        ? { state: { name: target.name }, outputs: [] }
        : bodies.body(transition);
    },
  };
}

/** Drives generated code and interpreter side by side, and compares what can be seen after each event. */
function compare(module: Module, machine: Machine, events: readonly number[], seed: number): void {
  const bodies = new RandomBodies(machine, seed);
  const running = new Map<string, { turn: number; afterMs: number }>();
  const outputs: Named[] = [];
  const taken: TransitionTaken[] = [];
  let expected: { state: Named; event: Named } | undefined;
  const handlers = bodies.handlers((state, event) => {
    assert.deepEqual({ state, event }, expected);
  });
  const initial = stateOf(machine.initial, seed);
  const definition = hasHandlers(machine) ? module.defineSample(handlers) : module.defineSample();
  const runner = new MachineRunner(definition, initial, {
    perform: (output) => outputs.push(output),
    arm: (timer, afterMs) => running.set(timer, { turn: bodies.turn, afterMs }),
    cancel: (timer) => {
      assert.ok(running.delete(timer), `${timer} runs when it is cancelled`);
    },
    observe: (transition) => taken.push(transition),
  });
  const interpreter = new MachineInterpreter(machine, initial);
  assert.deepEqual(running, interpreter.running);
  for (const number of events) {
    bodies.turn += 1;
    const event = eventOf(machine, number, bodies.turn);
    expected = { state: interpreter.state, event };
    outputs.length = 0;
    running.delete(event.name);
    const outcome = runner.dispatch(event);
    const seen: Observed = { outcome, state: runner.state, outputs, running };
    assert.deepEqual(seen, interpreter.take(event, withoutBodies(bodies), bodies.turn));
  }
  for (const { from, on, to } of taken) {
    assert.ok(
      module.SAMPLE_TRANSITIONS.some((row) => row.from === from && row.on === on && row.to === to),
    );
  }
}

function hasHandlers({ transitions }: Machine): boolean {
  return transitions.some(
    ({ guard, to, sends, does }) =>
      guard !== undefined ||
      to.length > 1 ||
      (to[0]?.data.length ?? 0) > 0 ||
      sends.length + does.length > 0,
  );
}

function eventOf(machine: Machine, number: number, turn: number): Named {
  const event = machine.events[number % machine.events.length];
  assert.ok(event !== undefined);
  if (event.kind === "message") return { name: event.name, message: { turn } };
  if (event.kind === "timer") return { name: event.name };
  return { name: event.name, ...(event.data.length > 0 ? { value: turn } : {}) };
}

async function load(path: string): Promise<Module> {
  return (await import(pathToFileURL(path).href)) as Module;
}

test("a generated machine does what an interpreter of its spec does", async () => {
  let number = 0;
  const files: string[] = [];
  const runs = fc.asyncProperty(
    sampleArbitrary,
    fc.array(fc.nat({ max: 7 }), { minLength: 20, maxLength: 60 }),
    fc.nat(),
    async (protocol: Protocol, events, seed) => {
      number += 1;
      const paths = await folder.emit(`run${String(number)}`, model(protocol));
      const path = paths.find((candidate) => candidate.includes("/machines/"));
      assert.ok(path !== undefined);
      files.push(path);
      compare(await load(path), machineOf(protocol), events, seed);
    },
  );
  await fc.assert(runs, { numRuns: 25 });
  assert.deepEqual(compileErrors(files), []);
});
