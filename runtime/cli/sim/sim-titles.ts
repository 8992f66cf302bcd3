import type { CommandTitle } from "../command-titles.ts";

type SimCommand =
  "list" | "run" | "replay" | "shrink" | "coverage" | "merge" | "natMatrix" | "checkDeterminism";

/** The commands of the simulator, in the order of `tagwire sim --help`, which loads none of them. */
export const SIM_TITLES: Readonly<Record<SimCommand, CommandTitle>> = {
  list: {
    command: "list [modules..]",
    doc: "List scenarios with their rules; without a module those that are built in",
  },
  run: {
    command: "run [scenarios..]",
    doc: "Run scenarios over many seeds; shrink what fails and write how to replay it",
  },
  replay: {
    command: "replay <file>",
    doc: "Run the case of a replay file again, with its trace, capture and diagram",
  },
  shrink: {
    command: "shrink <file>",
    doc: "Make the case of a replay file smaller as long as it fails in the same way",
  },
  coverage: {
    command: "coverage [results..]",
    doc: "Tell which transitions, messages and timers of the spec campaigns exercised",
  },
  merge: {
    command: "merge <results..>",
    doc: "Make one result of those of several shards",
  },
  natMatrix: {
    command: "nat-matrix",
    doc: "Punch holes between all NAT profiles and show which succeed",
  },
  checkDeterminism: {
    command: "check-determinism [scenarios..]",
    doc: "Run cases twice and name the first event that differs",
  },
};
