import type { Inventory } from "../../../generated/control/messages/visits.ts";
import type { ClaimOutcome } from "../../../generated/control/types.ts";
import type { ReporterEvent } from "../reporter/reporter-events.ts";

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
  | ReporterEvent
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
