import type { Endpoint, RpcOutcome } from "../../core/index.ts";
import type { ConnectProblem } from "../../../generated/control/types.ts";

/** What the hub tells a client about where and how to meet a router. */
export interface Meeting {
  readonly mac: number;
  readonly server: Endpoint;
  /** Identities, 32 bytes each. */
  readonly serverFingerprint: Uint8Array;
  readonly routerFingerprint: Uint8Array;
  /** Names the meeting, 16 bytes. */
  readonly sessionId: Uint8Array;
  /** What to present to the server, 32 bytes. */
  readonly ticket: Uint8Array;
  /** What to present to the router. */
  readonly grant: Uint8Array;
}

/** What a client is told by whoever runs it. Sessions and calls are numbered by the caller. */
export type ClientCommand =
  | { readonly type: "connect"; readonly session: number; readonly mac: number }
  /** The hub's answer to the event `askHub`. */
  | { readonly type: "invited"; readonly session: number; readonly meeting: Meeting }
  | { readonly type: "refused"; readonly session: number }
  | {
      readonly type: "call";
      readonly session: number;
      readonly call: number;
      readonly method: string;
      readonly params: unknown;
      readonly timeoutMs: number;
    }
  | { readonly type: "close"; readonly session: number };

/** What a client reports. */
export type ClientEvent =
  /** Ask the hub over HTTP for this router, and answer by `invited` or `refused`. */
  | { readonly type: "askHub"; readonly session: number; readonly mac: number }
  /** The router has proved itself; calls may begin. */
  | { readonly type: "connected"; readonly session: number; readonly meeting: Meeting }
  | {
      readonly type: "callEnded";
      readonly session: number;
      readonly call: number;
      readonly outcome: RpcOutcome;
    }
  /** The session is over; said once, after the end of each of its calls. */
  | { readonly type: "ended"; readonly session: number; readonly problem: ConnectProblem };
