import { runCheck } from "../../codegen/cli/run-check.ts";
import type { Command } from "./command.ts";
import { defineCommand } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { SPEC_ARGUMENT, SPEC_OPTION } from "./spec-folder.ts";

/** `tagwire check`: says everything that is wrong with a spec. */
export const CHECK_COMMAND: Command = defineCommand({
  ...TITLES.check,
  positionals: SPEC_ARGUMENT,
  options: { spec: SPEC_OPTION },
  isQuiet: true,
  examples: [
    ["$0 check", "Check ./spec"],
    ["$0 check protocols/spec --json", "Check another folder, for a tool"],
  ],
  run: ({ values, positionals, terminal, json }) => {
    const output = { stream: terminal.out, cwd: process.cwd(), json };
    return Promise.resolve(runCheck(positionals["folder"] ?? values.spec, output));
  },
});
