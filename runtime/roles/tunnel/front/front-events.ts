import type { Endpoint } from "../../../core/index.ts";
import type { Tube } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { TunnelProblem } from "../../../../generated/tunnel/types.ts";

/** How a tunnel is to be. */
export interface TunnelWish {
  readonly user: string;
  /** Relays between the two end nodes, 0–8. */
  readonly relays: number;
  /** Names of nodes and operators that must not be part of the path. */
  readonly exclude: readonly string[];
  /** True does without encryption between the ends, for foreign programs at both. */
  readonly plain: boolean;
}

/** Whether a user may connect: without a question, never, or after one. */
export type Consent = "always" | "never" | "ask";

/** What a front is told by whoever runs it. */
export type FrontCommand =
  | { readonly type: "start" }
  /** Gives a local port that leads to a user. Numbers are the caller's own. */
  | {
      readonly type: "open";
      readonly opening: number;
      readonly wish: TunnelWish;
      /** Where programs come; port 0 takes any free one. */
      readonly at: { readonly address: string; readonly port: number };
    }
  | { readonly type: "closeOpening"; readonly opening: number }
  /** From now on tunnels of others lead to this program, if they are allowed. */
  | { readonly type: "accept"; readonly target: Endpoint }
  /** The user's answer to `consentWanted`. */
  | {
      readonly type: "consent";
      readonly tunnel: string;
      readonly isAllowed: boolean;
      /** For the other user; at most 200 characters. */
      readonly reason: string;
    }
  | { readonly type: "list"; readonly request: number }
  /** Closes a tunnel of this user, whoever opened it. */
  | { readonly type: "closeTube"; readonly request: number; readonly tunnel: string }
  | { readonly type: "stop" };

/** What a front reports. */
export type FrontEvent =
  /** The node is there. @property name its user. */
  | { readonly type: "attached"; readonly name: string }
  /** The node is gone, or does not want this front; said once, and nothing works any more. */
  | { readonly type: "detached" }
  /** Programs may connect to the port. */
  | {
      readonly type: "opened";
      readonly opening: number;
      readonly port: number;
      readonly tunnel: string;
    }
  /** The port does not lead anywhere and is closed. */
  | {
      readonly type: "openFailed";
      readonly opening: number;
      readonly problem: TunnelProblem;
      /** More about it, in the other side's words. */
      readonly reason: string;
    }
  /** The user is to say whether somebody may connect. */
  | {
      readonly type: "consentWanted";
      readonly tunnel: string;
      readonly user: string;
      readonly plain: boolean;
    }
  /** The identity of a user was learnt: keep it, and give it to the next start. */
  | { readonly type: "userLearnt"; readonly user: string; readonly fingerprint: Uint8Array }
  /** Somebody else answers under the name of a user; refused each time. */
  | { readonly type: "userChanged"; readonly user: string; readonly found: Uint8Array }
  | {
      readonly type: "tunnelOver";
      readonly tunnel: string;
      readonly user: string;
      readonly problem: TunnelProblem;
    }
  | {
      readonly type: "listed";
      readonly request: number;
      /** Undefined if the main server could not be asked. */
      readonly tubes: readonly Tube[] | undefined;
    }
  | {
      readonly type: "tubeClosed";
      readonly request: number;
      /** Undefined if the main server could not be asked. */
      readonly isDone: boolean | undefined;
    };
