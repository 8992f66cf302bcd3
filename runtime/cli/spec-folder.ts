import { text } from "./option-spec.ts";
import type { OptionSpec } from "./option-spec.ts";
import type { Positional } from "./command.ts";

/** The argument of the commands that read a spec. */
export const SPEC_ARGUMENT: Readonly<Record<"folder", Positional>> = {
  folder: { doc: "Folder of the spec; comes before --spec", required: false },
};

/** The same as an option, for environment and configuration file. */
export const SPEC_OPTION: OptionSpec<string> = text({
  doc: "Folder with tag-ranges.json and a folder a protocol",
  fallback: "spec",
});
