import type { Log } from "../../io/log.ts";
import type { TunnelFront } from "../../processes/tunnel-types.ts";
import { text } from "../option-spec.ts";
import type { OptionSpec } from "../option-spec.ts";
import { stateFolder } from "../state-folder.ts";

/** Where a node keeps its state, and its fronts find it. */
export const NODE_FOLDER: OptionSpec<string> = text({
  doc: "Folder of identity, password and what fronts need to find the node",
  fallback: stateFolder("tunnel-node"),
});

/** Options of every command that goes through the node of this machine's user. */
export const FRONT_OPTIONS: {
  readonly nodeData: OptionSpec<string>;
  readonly data: OptionSpec<string>;
} = {
  nodeData: text({
    doc: "Data folder of the node on this machine",
    fallback: stateFolder("tunnel-node"),
  }),
  data: text({
    doc: "Folder of identity, known users and consents",
    fallback: stateFolder("tunnel-front"),
  }),
};

/** Reads the name of a user. @throws {Error} if it is none. */
export function readName(value: string): string {
  if (/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new Error("it is not the name of a user.");
}

/** Attaches to the node. @throws {OperatorError} if no node runs there. */
export async function attachFront(
  values: { readonly data: string; readonly nodeData: string },
  log: Log,
): Promise<TunnelFront> {
  const { createTunnelFront } = await import("../../processes/tunnel-front.ts");
  return createTunnelFront({ dataFolder: values.data, nodeFolder: values.nodeData }, log);
}
