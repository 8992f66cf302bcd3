import type { Log } from "../io/log.ts";
import type { PeerKeyKind } from "../io/peer-key-kinds.ts";
import type { HostPort } from "../processes/config-types.ts";
import type { PeerHandlers, RunningPeer } from "../processes/peer-types.ts";
import { configError } from "./config-error.ts";
import { FINGERPRINT } from "./option-values.ts";
import { PEER_PROCESSES } from "./peer-processes.ts";

/** What the parts of `tagwire peer` take of its command line, and how they reach the user. */
export interface PeerRun {
  readonly values: {
    readonly server: readonly HostPort[];
    readonly name: string;
    readonly key: string;
    readonly direct: boolean;
    readonly file: string | undefined;
    readonly acceptFiles: boolean;
    readonly files: string | undefined;
    readonly waitMs: number;
    readonly data: string;
  };
  readonly positionals: Readonly<Record<string, string>>;
  readonly write: (value: object, text: string) => void;
  readonly tell: (text: string) => void;
  readonly json: boolean;
  readonly log: Log;
}

/** Starts a peer with the folder and servers of the command line. @throws {ConfigError} without a server, or with too many. */
export async function startPeer(
  { values, log }: PeerRun,
  { door, handlers }: { readonly door: boolean; readonly handlers: PeerHandlers },
): Promise<RunningPeer> {
  if (values.server.length === 0 || values.server.length > 8) {
    throw configError("--server", "1 to 8 servers are needed.", "Give --server host:port.");
  }
  const create = await PEER_PROCESSES.peer();
  return create(
    {
      dataFolder: values.data,
      name: values.name,
      key: keyOf(values.key),
      servers: values.server,
      direct: values.direct,
      door,
      ...(values.files === undefined ? {} : { filesFolder: values.files }),
      handlers,
    },
    log,
  );
}

/** The fingerprint of the command line. @throws {ConfigError} if there is none. */
export function otherOf({ positionals }: Pick<PeerRun, "positionals">): Uint8Array {
  const given = positionals["peer"];
  try {
    if (given !== undefined) return FINGERPRINT.read(given);
  } catch {
    // Said below.
  }
  throw configError("peer", "the fingerprint of the other peer is needed.", FINGERPRINT.remedy);
}

/** The kind of a key: the option's schema has refused all other texts. */
export function keyOf(text: string): PeerKeyKind {
  return text as PeerKeyKind;
}
