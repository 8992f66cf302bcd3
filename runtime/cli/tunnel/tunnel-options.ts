import type { Log } from "../../io/log.ts";
import type { TunnelErrorReason } from "../../processes/tunnel-error.ts";
import type { RunningTunnelEnd, TunnelFront } from "../../processes/tunnel-types.ts";
import { FrontFileError } from "../../processes/front-store.ts";
import { isUserName } from "../../roles/tunnel/user-name.ts";
import { ConfigError, configError } from "../config-error.ts";
import { FailedError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
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

/** What a name of a user is. */
export const NAME_REMEDY =
  "Give lower-case letters, digits, dots, hyphens and underscores, at most 63, with a letter or digit at both ends.";

/** Reads the name of a user. @throws {Error} if it is none. */
export function readName(value: string): string {
  if (isUserName(value)) return value;
  throw new Error("it is not the name of a user.");
}

/** Reads the name of a user that stands on the command line. @throws {ConfigError} if it is none. */
export function readUser(value: string): string {
  try {
    return readName(value);
  } catch (error) {
    throw configError(value, (error as Error).message, NAME_REMEDY);
  }
}

/** What the exit code of a command says of the reason why there is no tunnel. */
const EXIT_CODES: Readonly<Record<TunnelErrorReason, ExitCode>> = {
  refused: EXIT.failed,
  closed: EXIT.failed,
  impostor: EXIT.failed,
  unknownUser: EXIT.notFound,
  noPath: EXIT.unavailable,
  limit: EXIT.unavailable,
  lost: EXIT.unavailable,
  timeout: EXIT.unavailable,
  offline: EXIT.unavailable,
  unreachable: EXIT.unavailable,
  unkept: EXIT.failed,
  noNode: EXIT.unavailable,
};

/**
 * Does something with a front that is attached to the node, and closes it.
 * @throws {FailedError} if there is no node or no tunnel, with the exit code of the reason.
 * @throws {ConfigError} if what the front keeps is damaged.
 */
export function withFront(
  { log, tell, values }: FrontRun,
  work: (front: TunnelFront) => Promise<ExitCode>,
): Promise<ExitCode> {
  const onNode = (isThere: boolean): void => {
    tell(isThere ? "the node is back" : "the node is gone; this goes on as soon as it is back");
  };
  const { data: dataFolder, nodeData: nodeFolder } = values;
  return withOpened(async () => {
    const { createTunnelFront } = await import("../../processes/tunnel-front.ts");
    const front = await createTunnelFront({ dataFolder, nodeFolder, onNode }, log);
    return { front, close: () => front.close() };
  }, work);
}

/** The same with a front that is opened in another way. @throws as `withFront`. */
export async function withOpened(
  open: () => Promise<RunningTunnelEnd>,
  work: (front: TunnelFront) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { TunnelError } = await import("../../processes/tunnel-error.ts");
  try {
    const end = await open();
    try {
      return await work(end.front);
    } finally {
      await end.close();
    }
  } catch (error) {
    if (error instanceof FrontFileError) throw new ConfigError([error]);
    if (!(error instanceof TunnelError)) throw error;
    const { place, problem, reason, remedy } = error;
    throw new FailedError(EXIT_CODES[reason], { place, problem, remedy });
  }
}

/** Reads or writes what a front keeps. @throws {ConfigError} if that is damaged. */
export function withStore<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof FrontFileError) throw new ConfigError([error]);
    throw error;
  }
}

/** What a command that goes through the node is run with. */
export interface FrontRun {
  readonly log: Log;
  readonly tell: (text: string) => void;
  readonly values: { readonly data: string; readonly nodeData: string };
}
