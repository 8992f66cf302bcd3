import type { Inventory } from "../../../generated/control/messages/visits.ts";
import type { ClaimOutcome } from "../../../generated/control/types.ts";
import type { ReporterState } from "../reporter/reporter.ts";

/** What a router knows of itself and reports; all numbers as the message Telemetry has them. */
export interface RouterReadings {
  readonly uptimeS: number;
  readonly loadPermille: number;
  readonly memoryTotalKib: number;
  readonly memoryFreeKib: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** What a router is told by whoever runs it. */
export type RouterCommand =
  | { readonly type: "start" }
  /** What the event `save` asked for is on disk. */
  | { readonly type: "saved" }
  /** The inventory changed. */
  | { readonly type: "inventory"; readonly inventory: Inventory }
  /** The operator gave a claim code. */
  | { readonly type: "claim"; readonly code: string }
  | { readonly type: "setPeriod"; readonly periodMs: number }
  /** How the call of this number ended. */
  | {
      readonly type: "callEnded";
      readonly session: number;
      readonly call: number;
      readonly handled:
        | { readonly ok: true; readonly result: unknown }
        | { readonly ok: false; readonly error: unknown };
    }
  | { readonly type: "stop" };

/** What a router reports. */
export type RouterEvent =
  /** Save this now and answer with the command `saved`; the key is not used before. */
  | { readonly type: "save"; readonly state: ReporterState }
  | { readonly type: "enrolled"; readonly hub: Uint8Array }
  /** Another identity than the pinned or learnt one answers at the hub's address; it is refused each time. */
  | { readonly type: "hubChanged"; readonly found: Uint8Array }
  /** The hub has been silent for some reports, or answers again. */
  | { readonly type: "hubAnswers"; readonly answers: boolean }
  /** The hub stored the inventory; the code, if there was one, need not be sent again. */
  | { readonly type: "reported"; readonly claim: ClaimOutcome }
  /** A client called a method. Its parameters follow the spec's schema. */
  | {
      readonly type: "call";
      readonly session: number;
      readonly call: number;
      readonly method: string;
      readonly params: unknown;
    }
  /** What a handler threw, or how its result breaks the schema: a bug of ours. */
  | { readonly type: "fault"; readonly method: string; readonly problem: unknown }
  | { readonly type: "sessionOpen"; readonly session: number; readonly client: Uint8Array }
  | { readonly type: "sessionOver"; readonly session: number };
