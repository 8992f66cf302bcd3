import type { Mutant } from "./mutant.ts";
import { GENERATED_MUTANTS } from "./mutants/generated.ts";
import { HUB_MUTANTS } from "./mutants/hub.ts";
import { MEETING_MUTANTS } from "./mutants/meeting.ts";
import { REPORTER_MUTANTS } from "./mutants/reporter.ts";
import { SPEC_MUTANTS } from "./mutants/spec.ts";

/** Every fault that is planted, one at a time. */
export const MUTANTS: readonly Mutant[] = [
  ...HUB_MUTANTS,
  ...REPORTER_MUTANTS,
  ...MEETING_MUTANTS,
  ...GENERATED_MUTANTS,
  ...SPEC_MUTANTS,
];
