import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect, Input, Role } from "../../runtime/core/index.ts";
import {
  caseOfSeed,
  createReplay,
  findScenario,
  formatReplay,
  parseReplay,
  replayCase,
  runCase,
  runSeed,
  shrinkCase,
} from "../../sim/campaign/index.ts";
import type { Scenario } from "../../sim/campaign/index.ts";
import { CONTROL_SCENARIOS } from "../../sim/control/scenarios/control-scenarios.ts";
import { neverSyncs } from "../../sim/world/testing/never-syncs.ts";
import type { Program } from "../../sim/world/world.ts";

type AnyProgram = Program<unknown, unknown>;

/** A scenario in which one program is another. The roles themselves stay as they are. */
function withProgram(
  name: string,
  program: string,
  change: (sound: AnyProgram) => AnyProgram,
): Scenario {
  const scenario = findScenario(CONTROL_SCENARIOS, name, "here");
  const factory = scenario.programs[program] as unknown as (options: unknown) => AnyProgram;
  const changed = (options: unknown): AnyProgram => change(factory(options));
  return { ...scenario, programs: { ...scenario.programs, [program]: changed } };
}

/** A role whose timers of some names are never armed. */
class Forgetful implements Role<unknown, unknown> {
  readonly #role: Role<unknown, unknown>;
  readonly #timers: RegExp;

  constructor(role: Role<unknown, unknown>, timers: RegExp) {
    this.#role = role;
    this.#timers = timers;
  }

  handle(input: Input<unknown>, nowMs: number): void {
    this.#role.handle(input, nowMs);
  }

  poll(): Effect<unknown> | undefined {
    for (;;) {
      const effect = this.#role.poll();
      if (effect?.type !== "armTimer" || !this.#timers.test(effect.timer)) return effect;
    }
  }
}

function neverArms(timers: RegExp): (sound: AnyProgram) => AnyProgram {
  return (sound) => ({
    createRole: (start) => new Forgetful(sound.createRole(start), timers),
    onStart: (process) => sound.onStart?.(process),
    onEvent: (event, process) => sound.onEvent?.(event, process),
  });
}

const SEEDS_MAX = 60;
const FAULTS_MAX = 5;

const BUGS = [
  {
    what: "a hub that answers before its disk has the keys",
    scenario: withProgram("rotation", "hub", neverSyncs),
  },
  {
    what: "a router that uses a key before its disk has it",
    scenario: withProgram("rotation", "router", neverSyncs),
  },
  {
    what: "a router that never asks again to be enrolled",
    scenario: withProgram("enrolment", "router", neverArms(/^enrolment\//)),
  },
];

for (const { what, scenario } of BUGS) {
  test(`${what} is found, shrunk to at most ${String(FAULTS_MAX)} faults, and replayed from a file`, async () => {
    let seed = 1;
    let found = await runSeed(scenario, seed);
    while (seed < SEEDS_MAX && found.verdict === "passed") {
      seed += 1;
      found = await runSeed(scenario, seed);
    }
    assert.equal(found.verdict, "violated", `found within ${String(SEEDS_MAX)} seeds`);
    const shrunk = await shrinkCase(scenario, caseOfSeed(scenario, seed));
    assert.equal(shrunk.violation.checker, found.violations[0]?.checker);
    assert.ok(shrunk.to.faults <= FAULTS_MAX, JSON.stringify(shrunk.case.faults));
    const written = formatReplay(createReplay({ ...shrunk, seed, tool: "tagwire" }));
    const replay = parseReplay(written, "replay.json");
    const report = await replayCase(scenario, replay);
    assert.deepEqual([report.isSameVerdict, report.isSameHash], [true, true], report.text);
    const sound = findScenario(CONTROL_SCENARIOS, scenario.name, "here");
    assert.deepEqual((await runCase(sound, replay.case)).violations, []);
  });
}
