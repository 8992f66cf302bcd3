import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findScenario, loadScenarios } from "../../../sim/campaign/index.ts";
import type { Scenario, ScenarioSource } from "../../../sim/campaign/index.ts";
import { OperatorError } from "../../core/index.ts";
import { ConfigError, configError } from "../config-error.ts";
import { nearestOf } from "../option-names.ts";

/** A scenario, and where threads and replay files find it. */
export interface ChosenScenario {
  readonly scenario: Scenario;
  readonly source: ScenarioSource;
}

const HERE = import.meta.url;
/** The module of the scenarios that have names of their own here. */
export const BUILT_IN_MODULE: string = new URL(
  HERE.endsWith(".ts")
    ? "../../../sim/built-in-scenarios.ts"
    : "../../../sim/built-in-scenarios.js",
  HERE,
).href;

export const SCENARIOS_DOC =
  "Names of built-in scenarios; paths of modules that export `scenarios`, or path#name for one of them";

/**
 * The scenarios that texts of the command line mean; without any text all that are built in.
 * @throws {ConfigError} if there is no such scenario or module.
 */
export async function chooseScenarios(
  texts: readonly string[],
): Promise<readonly ChosenScenario[]> {
  if (texts.length === 0) return scenariosOf(BUILT_IN_MODULE);
  const chosen = await Promise.all(texts.map(chosenBy));
  return chosen.flat();
}

/**
 * The scenario of this name.
 * @param module path of its module; undefined for what is built in.
 * @throws {ConfigError} if there is none.
 */
export async function chooseScenarioOf(
  name: string,
  module: string | undefined,
): Promise<ChosenScenario> {
  if (module === undefined) return builtIn(name);
  const [found] = await chosenBy(`${module}#${name}`);
  if (found === undefined) throw new RangeError("a scenario that was found is missing");
  return found;
}

/** All scenarios of a module. @throws {ConfigError} if it has none. */
async function scenariosOf(module: string): Promise<readonly ChosenScenario[]> {
  const scenarios = await asUsage(() => loadScenarios(module));
  return scenarios.map((scenario) => ({ scenario, source: { module, scenario: scenario.name } }));
}

async function chosenBy(text: string): Promise<readonly ChosenScenario[]> {
  if (!/[./\\#]/.test(text)) return [await builtIn(text)];
  const [path = "", name] = text.split("#", 2);
  const file = resolve(path);
  if (!existsSync(file)) {
    throw configError(
      text,
      `there is no file ${path}.`,
      "Give a module of scenarios, like ./scenarios.ts.",
    );
  }
  const all = await scenariosOf(pathToFileURL(file).href);
  if (name === undefined) return all;
  const found = await asUsage(() =>
    Promise.resolve(
      findScenario(
        all.map(({ scenario }) => scenario),
        name,
        path,
      ),
    ),
  );
  return all.filter(({ scenario }) => scenario === found);
}

async function builtIn(name: string): Promise<ChosenScenario> {
  const all = await scenariosOf(BUILT_IN_MODULE);
  const found = all.find(({ scenario }) => scenario.name === name);
  if (found !== undefined) return found;
  const names = all.map(({ scenario }) => scenario.name);
  const near = nearestOf(name, names);
  throw configError(
    name,
    "there is no such scenario.",
    `${near === undefined ? "" : `Did you mean ${near}? `}Built in are ${names.join(", ")}; one of your own is found by the path of its module, like ./scenarios.ts.`,
  );
}

/** A module that is no scenario module is a wrong usage of the command. */
async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OperatorError ? new ConfigError([error]) : error;
  }
}

/** How the command line names a scenario: what `chooseScenarios` reads. */
export function scenarioText(
  { module, scenario }: ScenarioSource,
  from: string = process.cwd(),
): string {
  if (module === BUILT_IN_MODULE) return scenario;
  const path = fileURLToPath(module);
  const shown = path.startsWith(`${from}/`) ? `./${path.slice(from.length + 1)}` : path;
  return `${shown}#${scenario}`;
}
