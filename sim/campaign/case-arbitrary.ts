import fc from "fast-check";
import { caseOfSeed } from "./run-seed.ts";
import type { Case, CaseChoices, Scenario } from "./scenario.ts";
import { smallerCases } from "./shrink/smaller-cases.ts";
import type { ShrinkCursor } from "./shrink/smaller-cases.ts";

const SEED_MAX = 2 ** 32 - 1;

/**
 * Cases of a scenario for fast-check's properties, which shrink as `shrinkCase` does: faults, actions and hosts go,
 * what is left becomes plainer. Any case of the scenario can be given as an example, also one from a replay file.
 */
export function caseArbitrary(scenario: Scenario, choices: CaseChoices = {}): fc.Arbitrary<Case> {
  return new CaseArbitrary(scenario, choices);
}

class CaseArbitrary extends fc.Arbitrary<Case> {
  readonly #scenario: Scenario;
  readonly #choices: CaseChoices;

  constructor(scenario: Scenario, choices: CaseChoices) {
    super();
    this.#scenario = scenario;
    this.#choices = choices;
  }

  override generate(random: fc.Random): fc.Value<Case> {
    const seed = random.nextInt(0, SEED_MAX);
    return new fc.Value(caseOfSeed(this.#scenario, seed, this.#choices), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Case {
    if (typeof value !== "object" || value === null) return false;
    return "scenario" in value && value.scenario === this.#scenario.name;
  }

  override shrink(value: Case, context: unknown): fc.Stream<fc.Value<Case>> {
    const smaller = smallerCases(this.#scenario, value, context as ShrinkCursor | undefined);
    return fc.stream(smaller).map(({ case: next, cursor }) => new fc.Value(next, cursor));
  }
}
