import type { Observation } from "../../world/observation.ts";
import type { ScenarioSpec } from "../scenario.ts";
import { messageName, specElements, timerName, transitionName } from "./spec-elements.ts";

/** How often each element of a spec was exercised, by its name; those that were not are absent. */
export type CoverageCounts = Readonly<Record<string, number>>;

/** Counts what the roles of a run do, in the names of the spec's elements. */
export class CoverageCounter {
  readonly #counts = new Map<string, number>();
  readonly #known: KnownNames;
  readonly #rolesOfHost: (host: string) => readonly string[];

  /** @param rolesOfHost the roles that a host plays; none if it is no matter of the spec. */
  constructor(spec: ScenarioSpec, rolesOfHost: (host: string) => readonly string[]) {
    this.#known = knownNames(spec);
    this.#rolesOfHost = rolesOfHost;
  }

  /** What was counted so far, sorted by name, so that equal runs give equal texts. */
  get counts(): CoverageCounts {
    return sortedCounts(this.#counts);
  }

  /** Takes what a role did. A timer's expiry is the transition of that name. */
  take(observation: Observation): void {
    if (observation.kind === "transition") {
      const { machine, from, on, to } = observation;
      this.#count(transitionName(machine, from, on, to));
      if (this.#known.timers.get(machine)?.has(on) === true) this.#count(timerName(machine, on));
      return;
    }
    const { host, kind, message } = observation;
    const names = this.#rolesOfHost(host).map((role) => messageName(role, kind, message));
    const known = names.filter((name) => this.#known.elements.has(name));
    // What no role of the host may do is counted all the same, so that a report can show it.
    for (const name of known.length > 0 ? known : names.slice(0, 1)) this.#count(name);
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

interface KnownNames {
  readonly elements: ReadonlySet<string>;
  /** By machine. */
  readonly timers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A campaign makes a counter for each of thousands of runs of the same spec. */
const KNOWN_NAMES = new WeakMap<ScenarioSpec, KnownNames>();

function knownNames(spec: ScenarioSpec): KnownNames {
  const before = KNOWN_NAMES.get(spec);
  if (before !== undefined) return before;
  const machines = spec.protocols.flatMap((protocol) => protocol.machines);
  const known: KnownNames = {
    elements: new Set(specElements(spec).map(({ name }) => name)),
    timers: new Map(machines.map(({ machine, timers }) => [machine, new Set(timers)])),
  };
  KNOWN_NAMES.set(spec, known);
  return known;
}

/** Adds counts up. */
export class CountSum {
  readonly #sums = new Map<string, number>();

  /** The sums so far, sorted by name. */
  get counts(): CoverageCounts {
    return sortedCounts(this.#sums);
  }

  add(counts: CoverageCounts): void {
    for (const [name, count] of Object.entries(counts)) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + count);
    }
  }
}

function sortedCounts(counts: ReadonlyMap<string, number>): CoverageCounts {
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
