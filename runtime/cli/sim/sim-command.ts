import type { Command, CommandEntry } from "../command.ts";
import { moduleOf } from "../command-module.ts";
import { EXIT, EXIT_HELP } from "../exit-code.ts";
import { SIM_TITLES } from "./sim-titles.ts";

const SUBCOMMANDS: readonly CommandEntry[] = [
  { ...SIM_TITLES.list, load: async () => (await import("./list-command.ts")).LIST_COMMAND },
  { ...SIM_TITLES.run, load: async () => (await import("./run-command.ts")).RUN_COMMAND },
  { ...SIM_TITLES.replay, load: async () => (await import("./replay-command.ts")).REPLAY_COMMAND },
  { ...SIM_TITLES.shrink, load: async () => (await import("./shrink-command.ts")).SHRINK_COMMAND },
  {
    ...SIM_TITLES.coverage,
    load: async () => (await import("./coverage-command.ts")).COVERAGE_COMMAND,
  },
  { ...SIM_TITLES.merge, load: async () => (await import("./merge-command.ts")).MERGE_COMMAND },
  {
    ...SIM_TITLES.natMatrix,
    load: async () => (await import("./nat-matrix-command.ts")).NAT_MATRIX_COMMAND,
  },
  {
    ...SIM_TITLES.checkDeterminism,
    load: async () => (await import("./check-determinism-command.ts")).CHECK_DETERMINISM_COMMAND,
  },
];

/** `tagwire sim`: its commands are below it. */
export const SIM_COMMAND: Command = {
  flags: ["help"],
  subcommands: SUBCOMMANDS,
  build: (yargs, invocation) =>
    yargs
      .command(SUBCOMMANDS.map((entry) => moduleOf(entry, invocation)))
      .demandCommand(1, "Name what to do.")
      .example("$0 sim run control --seeds 1000", "A campaign, on all cores")
      .example("$0 sim replay sim-failures/control-17/replay.json", "What failed, again")
      .example("$0 sim run ./scenarios.ts", "Scenarios of one's own (docs/guides/simulate.md)")
      .epilogue(EXIT_HELP),
  run: () => Promise.resolve(EXIT.usage),
};
