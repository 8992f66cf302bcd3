import { pathToFileURL } from "node:url";
import { SimulatedCrypto } from "../crypto/simulated-crypto.ts";
import type { TraceSink, TraceWatch } from "../engine/index.ts";
import { EndlessWorldError, SimulatedWorld } from "../world/simulated-world.ts";
import type { WorldBounds } from "../world/simulated-world.ts";
import { CoverageCounter } from "./coverage/coverage-counter.ts";
import type { CoverageCounts } from "./coverage/coverage-counter.ts";
import type { Case, CaseRun, Scenario, Violation } from "./scenario.ts";

/** Lines of a stack that a violation keeps. */
const STACK_LINES_MAX = 12;
const BOUNDS_DEFAULT: WorldBounds = { eventsMax: 5_000_000, virtualMsMax: 24 * 60 * 60 * 1000 };

const WORKING_FOLDER = `${pathToFileURL(process.cwd()).href}/`;

/** Where a run goes besides its outcome. */
export interface RunCaseOptions {
  /** Takes every record of the trace. Default none. */
  readonly sink?: TraceSink;
  /** Watches event by event, to compare runs. Default none. */
  readonly watch?: TraceWatch;
}

/** What came of one run. Plain JSON, and the same for the same case, whatever the machine. */
export interface CaseOutcome {
  readonly verdict: "passed" | "violated";
  /** In the order in which they were found; none if it passed. The first ended the run. */
  readonly violations: readonly Violation[];
  /** 16 hexadecimal digits: what happened, in its order. */
  readonly traceHash: string;
  readonly events: number;
  /** Virtual milliseconds that passed. */
  readonly virtualMs: number;
  /** What of the scenario's spec was exercised; nothing if it has none. */
  readonly coverage: CoverageCounts;
}

/** What ends a run whose violation is known already. */
class ViolationFound extends Error {
  override readonly name = "ViolationFound";
}

/**
 * Runs one case from scratch.
 * @throws {RangeError} if the case's topology makes no sense: a fault of who drew or wrote it, not of the scenario.
 */
export async function runCase(
  scenario: Scenario,
  given: Case,
  { sink, watch }: RunCaseOptions = {},
): Promise<CaseOutcome> {
  const world = new SimulatedWorld({
    seed: given.seed,
    topology: given.topology,
    faults: given.faults,
    healAtMs: given.healAtMs,
    bounds: { ...BOUNDS_DEFAULT, ...scenario.bounds },
    programs: scenario.programs,
    createCrypto: scenario.createCrypto ?? ((random) => new SimulatedCrypto(random)),
    ...(sink && { sink }),
    ...(watch && { watch }),
  });
  const counter = countCoverage(scenario, world);
  const violations: Violation[] = [];
  const run: CaseRun = {
    world,
    case: given,
    violate: (checker, message) => {
      violations.push({ checker, message, atMs: world.nowMs });
      world.abandon(new ViolationFound(message));
    },
  };
  try {
    await scenario.run(run);
  } catch (error) {
    if (!(error instanceof ViolationFound)) violations.push(violationOf(error, world.nowMs));
  }
  return {
    verdict: violations.length === 0 ? "passed" : "violated",
    violations,
    traceHash: world.simulation.trace.hash,
    events: world.simulation.events,
    virtualMs: world.nowMs,
    coverage: counter?.counts ?? {},
  };
}

function countCoverage({ spec }: Scenario, world: SimulatedWorld): CoverageCounter | undefined {
  if (spec === undefined) return undefined;
  const counter = new CoverageCounter(
    spec,
    (host) => spec.rolesOf[world.process(host).plan.program] ?? [],
  );
  world.onObservation((observation) => {
    counter.take(observation);
  });
  return counter;
}

/** What was thrown and is no violation that a checker reported. */
function violationOf(error: unknown, atMs: number): Violation {
  if (error instanceof EndlessWorldError) {
    return { checker: "endless", message: error.message, atMs };
  }
  if (!(error instanceof Error)) return { checker: "crash", message: String(error), atMs };
  return {
    checker: "crash",
    message: `${error.name}: ${error.message}`,
    atMs,
    stack: stackOf(error),
  };
}

/** The places of a stack; paths below the working folder are relative to it: `handle (sim/host.ts:12:3)`. */
function stackOf({ stack = "" }: Error): readonly string[] {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, STACK_LINES_MAX)
    .map((line) => line.replace(/^\s+at /, "").replace(WORKING_FOLDER, ""));
}
