import type { Endpoint } from "../../core/index.ts";
import type { FailReason } from "../../../generated/control/types.ts";
import type { HubChange } from "./rows.ts";
import type { ClaimOptions } from "./claims.ts";
import type { ClaimRow } from "./rows.ts";

/** What a hub is told by whoever runs it. Requests are numbered by the caller and answered by events. */
export type HubCommand =
  | {
      readonly type: "connect";
      readonly requestId: number;
      readonly account: string;
      readonly mac: number;
      /** Identity of the client, 32 bytes. */
      readonly clientFingerprint: Uint8Array;
    }
  /** The client no longer waits. */
  | { readonly type: "cancel"; readonly requestId: number }
  /** What the event `save` of this number asked for is on disk. */
  | { readonly type: "saved"; readonly saveId: number }
  | ({ readonly type: "createClaim"; readonly requestId: number } & ClaimOptions)
  | {
      readonly type: "revokeClaim";
      readonly requestId: number;
      readonly account: string;
      readonly claimId: string;
    }
  /** The owner of a router decides about another identity that asks for its mac. */
  | {
      readonly type: "settleRival";
      readonly requestId: number;
      readonly account: string;
      readonly mac: number;
      readonly accept: boolean;
    }
  | { readonly type: "stop" };

/** What a client needs to meet a router. */
export interface ConnectAnswer {
  readonly mac: number;
  readonly server: Endpoint;
  readonly serverFingerprint: Uint8Array;
  readonly sessionId: Uint8Array;
  /** What the client presents to the server. */
  readonly ticket: Uint8Array;
  readonly routerFingerprint: Uint8Array;
  /** What the client presents to the router. */
  readonly grant: Uint8Array;
  /** Seconds in which ticket and grant must be used. */
  readonly expiresInS: number;
}

/** How a connect request ended. */
export type ConnectOutcome =
  | ({ readonly kind: "connected" } & ConnectAnswer)
  /** Unknown, stale or of another account: never told apart. */
  | { readonly kind: "unknown" }
  /** No server is free, or the hub is at a bound. */
  | { readonly kind: "busy"; readonly retryAfterS: number }
  | { readonly kind: "failed"; readonly reason: FailReason };

/** What a hub reports. */
export type HubEvent =
  | { readonly type: "connectEnded"; readonly requestId: number; readonly outcome: ConnectOutcome }
  /** Save this now and answer with the command `saved`; the router or server gets no answer before. */
  | { readonly type: "save"; readonly saveId: number; readonly change: HubChange }
  /** `created` is undefined if the account has too many claims. */
  | {
      readonly type: "claimCreated";
      readonly requestId: number;
      readonly created: { readonly claim: ClaimRow; readonly code: string } | undefined;
    }
  | { readonly type: "claimRevoked"; readonly requestId: number; readonly found: boolean }
  | { readonly type: "rivalSettled"; readonly requestId: number; readonly found: boolean }
  /** For the log. */
  | {
      readonly type: "noted";
      readonly note: "router enrolled" | "server enrolled" | "rival" | "claimed";
      readonly subject: number;
    };
