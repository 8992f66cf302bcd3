import type { Endpoint, Role } from "../../runtime/core/index.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { ClientEvent } from "../../runtime/roles/client/client-events.ts";
import type { ConnectOutcome, HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { RouterEvent } from "../../runtime/roles/router/router-events.ts";
import type { ServerEvent } from "../../runtime/roles/server/server.ts";
import type { Checker } from "../campaign/scenario.ts";
import type { Observation } from "../world/observation.ts";
import type { Party } from "./parties.ts";

/** What any role of the control network reports. */
export type ControlEvent = HubEvent | ServerEvent | RouterEvent | ClientEvent;

/** What a client asked the hub for. */
export interface Ask {
  readonly requestId: number;
  /** Host of the client. */
  readonly client: string;
  readonly session: number;
  readonly mac: number;
  readonly account: string;
  /** Another client's host: the request was made for that one, and this one uses the answer. */
  readonly grantFor?: string;
}

/** A datagram on its way from or to a host. */
export interface Datagram {
  readonly host: string;
  /** The same number where it was sent and wherever it arrives. */
  readonly packet: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** As it is here. */
  readonly bytes: Uint8Array;
}

/** Something that happened in a run, as a checker hears of it: all that could be seen on every cable and in every log. */
export type Happening =
  | { readonly kind: "event"; readonly host: string; readonly event: ControlEvent }
  | { readonly kind: "observed"; readonly observation: Observation }
  | {
      readonly kind: "process";
      readonly host: string;
      readonly what: "started" | "crashed";
    }
  | ({ readonly kind: "sent" | "delivered" } & Datagram)
  /** A host took in what a key protects: it acted on the message, or answered the report. */
  | ({ readonly kind: "accepted"; readonly message: string } & Datagram)
  /** A host asks another for a TCP connection. */
  | { readonly kind: "dialled"; readonly host: string; readonly to: Endpoint }
  | { readonly kind: "asked"; readonly ask: Ask }
  /** The hub's answer leaves; without an outcome it could not be reached. */
  | {
      readonly kind: "answered";
      readonly ask: Ask;
      readonly outcome: ConnectOutcome | undefined;
    }
  /** A client calls a method of the router that it asked for. */
  | {
      readonly kind: "called";
      readonly ask: Ask;
      readonly call: number;
      readonly method: string;
      readonly timeoutMs: number;
    }
  /** The owner of a mac gave it to another identity that asked for it. */
  | { readonly kind: "settled"; readonly mac: number }
  /** A router or server lost what it kept of its enrolment. */
  | { readonly kind: "reset"; readonly host: string }
  | { readonly kind: "healed" }
  /** All that was begun should be over. */
  | { readonly kind: "ended" };

/** What a checker may look at besides what happens. */
export interface WatchedRun {
  readonly parties: readonly Party[];
  readonly limits: ControlLimits;
  /** Virtual milliseconds. */
  readonly nowMs: number;
  /** The role that runs on a host; undefined while it is down. */
  roleOf(host: string): Role<unknown, unknown> | undefined;
  /** The rule is broken. */
  violate(message: string): void;
}

/** A rule of the control network, and how to watch a run for it. */
export interface ControlChecker extends Checker {
  /** Begins to watch; gives what takes each happening, in order. */
  watch(run: WatchedRun): (happening: Happening) => void;
}
