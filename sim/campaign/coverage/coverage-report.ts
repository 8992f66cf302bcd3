import { OperatorError } from "../../../runtime/core/index.ts";
import type { ScenarioSpec } from "../scenario.ts";
import type { CoverageCounts } from "./coverage-counter.ts";
import { specElements } from "./spec-elements.ts";
import type { SpecElement } from "./spec-elements.ts";

/** Why an element cannot be exercised, by its name: what an excuses file holds. */
export type Excuses = Readonly<Record<string, string>>;

/** An element that was exercised. */
export interface TakenElement extends SpecElement {
  /** How often. */
  readonly count: number;
}

/** An element that was not, and why that is all right. */
export interface ExcusedElement extends SpecElement {
  readonly reason: string;
}

/** What of a spec was exercised, and what not. Each list is in the order of the spec. */
export interface CoverageReport {
  readonly taken: readonly TakenElement[];
  /** Not exercised and not excused. */
  readonly missing: readonly SpecElement[];
  readonly excused: readonly ExcusedElement[];
  /** Excuses for what was exercised after all. More seeds take what fewer do not, so that this is nothing amiss. */
  readonly needless: readonly string[];
  /** Excuses for what is not in the spec: they must go. */
  readonly stale: readonly string[];
  /** What roles did that the spec does not have. */
  readonly unknown: readonly string[];
}

/** Compares what was exercised with what the spec has. @param excuses default those of the spec. */
export function coverageReport(
  spec: ScenarioSpec,
  counts: CoverageCounts,
  excuses: Excuses = spec.excuses ?? {},
): CoverageReport {
  const elements = specElements(spec);
  const names = new Set(elements.map(({ name }) => name));
  const countOf = (name: string): number => (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0);
  const untaken = elements.filter(({ name }) => countOf(name) === 0);
  const isExcused = ({ name }: SpecElement): boolean => Object.hasOwn(excuses, name);
  return {
    taken: elements
      .filter(({ name }) => countOf(name) > 0)
      .map((element) => ({ ...element, count: countOf(element.name) })),
    missing: untaken.filter((element) => !isExcused(element)),
    excused: untaken
      .filter(isExcused)
      .map((element) => ({ ...element, reason: excuses[element.name] ?? "" })),
    needless: Object.keys(excuses).filter((name) => names.has(name) && countOf(name) > 0),
    stale: Object.keys(excuses).filter((name) => !names.has(name)),
    unknown: Object.keys(counts).filter((name) => !names.has(name)),
  };
}

/** Whether everything was exercised or is excused, and excuses and roles name nothing that the spec does not have. */
export function isCovered({ missing, stale, unknown }: CoverageReport): boolean {
  return missing.length + stale.length + unknown.length === 0;
}

/**
 * Reads a file of excuses: a JSON object of element names and reasons.
 * @param file whom errors name.
 * @throws {OperatorError} if it is anything else.
 */
export function parseExcuses(text: string, file: string): Excuses {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OperatorError({
      place: file,
      problem: `It is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: 'Write an object: {"ServerPlace: reserved -> released on expiry": "why not"}.',
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OperatorError({
      place: file,
      problem: "It holds no object of names and reasons.",
      remedy: 'Write an object: {"ServerPlace: reserved -> released on expiry": "why not"}.',
    });
  }
  for (const [name, reason] of Object.entries(value)) {
    if (typeof reason === "string" && reason.trim() !== "") continue;
    throw new OperatorError({
      place: `${file}#/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      problem: "It has no reason.",
      remedy: "Say in a sentence why no run can exercise it.",
    });
  }
  return value as Excuses;
}
