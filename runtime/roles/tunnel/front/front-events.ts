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

/**
 * Whether a user may connect: without a question, never, or after one. `always` is about tunnels whose ends encrypt;
 * `alwaysPlain` is about those as well whose ends do without.
 */
export type Consent = "always" | "alwaysPlain" | "never" | "ask";

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
      /**
       * Default false: the port counts as open when a first tunnel is ready, and fails if there is none. True for a port
       * that programs know of already: it counts at once. A plain one always does.
       */
      readonly atOnce?: boolean;
    }
  | { readonly type: "closeOpening"; readonly opening: number }
  /** From now on tunnels of others lead to this program, if they are allowed. */
  | {
      readonly type: "accept";
      readonly target: Endpoint;
      /** Whether tunnels are taken whose ends do without encryption. */
      readonly plain: boolean;
    }
  /**
   * What is kept of users, whenever that has changed: all identities by name, and who may connect; whoever is not named is
   * asked about. Tunnels of users who may never connect are closed.
   */
  | {
      readonly type: "known";
      readonly users: ReadonlyMap<string, Uint8Array>;
      readonly policies: ReadonlyMap<string, Consent>;
    }
  /** Answers `userMet`: what is kept as the user's identity now, undefined if nothing could be. */
  | {
      readonly type: "learnt";
      readonly user: string;
      readonly fingerprint: Uint8Array | undefined;
    }
  /** The user's answer to `consentWanted`. Too late an answer does nothing. */
  | {
      readonly type: "consent";
      readonly question: number;
      readonly isAllowed: boolean;
      /** For the other user; at most 200 characters. */
      readonly reason: string;
    }
  | {
      readonly type: "list";
      readonly request: number;
      /** The only one that is wanted. Default: all. */
      readonly tunnel?: string;
    }
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
      /** The tunnel that is ready; undefined where the first program has one built. */
      readonly tunnel: string | undefined;
    }
  /** The port does not lead anywhere and is closed. */
  | {
      readonly type: "openFailed";
      readonly opening: number;
      readonly problem: TunnelProblem;
      /** More about it, in the other side's words. */
      readonly reason: string;
    }
  /** A port that is open got no tunnel when it wanted one. */
  | {
      readonly type: "requestFailed";
      readonly opening: number;
      readonly problem: TunnelProblem;
      /** More about it, in the other side's words. */
      readonly reason: string;
    }
  /** The user is to say whether somebody may connect: one question for all tunnels of a user in a mode. */
  | {
      readonly type: "consentWanted";
      readonly question: number;
      readonly user: string;
      readonly plain: boolean;
    }
  /** Nobody waits for the answer any more. */
  | { readonly type: "consentWithdrawn"; readonly question: number }
  /** The identity of a user who was unknown: keep it, and say so by `learnt`. The tunnel waits for that. */
  | { readonly type: "userMet"; readonly user: string; readonly fingerprint: Uint8Array }
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
