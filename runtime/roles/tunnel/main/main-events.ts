import type { PasswordRow } from "./password-chain.ts";
import type { TunnelProblem } from "../../../../generated/tunnel/types.ts";

/** What a main server keeps of a node. */
export interface NodeRow {
  /** Of its identity, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** The name that it took; undefined until it has described itself. */
  readonly name: string | undefined;
  readonly passwords: PasswordRow;
  /** The neighbour that brought it: an IPv4 address or an IPv6 /64 network. */
  readonly neighbour: string;
  /** When it was last known to be here, Unix ms. */
  readonly seenUnixMs: number;
}

/** What a main server is told by whoever runs it. */
export type MainServerCommand =
  /** What the event `save` of this number asked for is on disk, or could not be written. */
  | { readonly type: "saved"; readonly save: number; readonly ok: boolean }
  | { readonly type: "stop" };

/** What a main server reports. */
export type MainServerEvent =
  /** Save this row and answer with the command `saved`. */
  | { readonly type: "save"; readonly save: number; readonly row: NodeRow }
  /** Forget the row of this node; no answer is needed. */
  | { readonly type: "forget"; readonly fingerprint: Uint8Array }
  | { readonly type: "nodeJoined"; readonly name: string; readonly address: string }
  | { readonly type: "nodeLeft"; readonly name: string }
  | {
      readonly type: "tunnelOpen";
      readonly tunnel: string;
      /** Names of the nodes, from end to end. */
      readonly path: readonly string[];
      readonly openMs: number;
    }
  /** A node failed while a tunnel was built, and the path is chosen anew. */
  | { readonly type: "pathFailed"; readonly tunnel: string; readonly at: string }
  | { readonly type: "tunnelOver"; readonly tunnel: string; readonly problem: TunnelProblem };
