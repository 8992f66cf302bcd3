import type { HostPort } from "../../processes/config-types.ts";
import type { TunnelFront, TunnelNodeConfig } from "../../processes/tunnel-types.ts";
import { configError } from "../config-error.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalParsed } from "../option-spec.ts";
import type { OptionSpec, ValuesOf } from "../option-spec.ts";
import { MAIN_OPTION, NAME_OPTION, NODE_OPTIONS } from "./node-options.ts";
import { FRONT_OPTIONS, withFront, withOpened } from "./tunnel-options.ts";
import type { FrontRun } from "./tunnel-options.ts";

/** Options of a command that goes through a node, which it may run itself. */
export const END_OPTIONS: {
  readonly ownNode: OptionSpec<boolean>;
  readonly main: OptionSpec<HostPort | undefined>;
  readonly name: OptionSpec<string | undefined>;
} & typeof NODE_OPTIONS &
  typeof FRONT_OPTIONS = {
  ownNode: flag({
    doc: "Run the node in this process as well, with --main and --name, instead of `tagwire tunnel node`",
    fallback: false,
  }),
  main: optionalParsed({ ...MAIN_OPTION, doc: "With --own-node: the main server" }),
  name: optionalParsed({ ...NAME_OPTION, doc: "With --own-node: name of the node's user" }),
  ...NODE_OPTIONS,
  ...FRONT_OPTIONS,
};

type EndRun = FrontRun & { readonly values: ValuesOf<typeof END_OPTIONS> };

/**
 * Does something with a front, whose node runs in this process if that is asked for, and closes both.
 * @throws as `withFront`. @throws {ConfigError} if it is not said whose node it is to be.
 */
export function withEnd(
  run: EndRun,
  work: (front: TunnelFront) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (!run.values.ownNode) return withFront(run, work);
  const node = nodeOf(run.values);
  return withOpened(async () => {
    const { createTunnelEnd } = await import("../../processes/tunnel-end.ts");
    return createTunnelEnd({ node, dataFolder: run.values.data }, run.log);
  }, work);
}

function nodeOf(values: EndRun["values"]): TunnelNodeConfig {
  const { advertise, allowPrivate, hopAddress, main, mainFingerprint, name } = values;
  const { nodeData, operator, ports } = values;
  if (main === undefined || name === undefined) {
    throw configError(
      "--own-node",
      "it needs to know the main server and the name of the user.",
      "Give --main HOST:PORT and --name NAME as well, or leave it out where `tagwire tunnel node` runs.",
    );
  }
  const kept = { main, mainFingerprint, name, operator, advertise, allowPrivate, hopAddress };
  return { ...kept, hopPorts: ports, dataFolder: nodeData };
}
