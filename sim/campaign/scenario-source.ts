import { OperatorError } from "../../runtime/core/index.ts";
import type { Scenario } from "./scenario.ts";

/** Where a thread finds a scenario: functions cannot be sent to it. */
export interface ScenarioSource {
  /** URL of a module that exports `scenarios`, a list. */
  readonly module: string;
  /** The name of the scenario. */
  readonly scenario: string;
}

/** Imports the scenarios of a module. @throws {OperatorError} if it has none. */
export async function loadScenarios(module: string): Promise<readonly Scenario[]> {
  let exported: unknown;
  try {
    exported = ((await import(module)) as { readonly scenarios?: unknown }).scenarios;
  } catch (cause) {
    throw new OperatorError({
      place: module,
      problem: `The module cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: "Run it by itself with node to see why.",
      cause,
    });
  }
  if (!Array.isArray(exported) || !exported.every(isScenario)) {
    throw new OperatorError({
      place: module,
      problem: "It exports no list of scenarios named `scenarios`.",
      remedy: "Add: export const scenarios: readonly Scenario[] = […].",
    });
  }
  return exported;
}

/** Imports a scenario. @throws {OperatorError} if there is no such module, or no such scenario in it. */
export async function loadScenario({ module, scenario }: ScenarioSource): Promise<Scenario> {
  return findScenario(await loadScenarios(module), scenario, module);
}

/** The scenario of this name. @param place whom an error names. @throws {OperatorError} if there is none. */
export function findScenario(
  scenarios: readonly Scenario[],
  name: string,
  place: string,
): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new OperatorError({
    place,
    problem: `There is no scenario ${name}.`,
    remedy: `Take one of: ${scenarios.map((scenario) => scenario.name).join(", ")}.`,
  });
}

function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && "name" in value && "run" in value;
}
