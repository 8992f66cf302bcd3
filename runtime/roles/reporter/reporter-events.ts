import type { ReporterState } from "./enrolment-exchange.ts";

/** What a router and a server report alike: of the key that they share with their hub. */
export type ReporterEvent =
  /** Save this now and answer with the command `saved`; the key is not used before. */
  | { readonly type: "save"; readonly state: ReporterState }
  /** The first key, or one after the hub had forgotten the old, is in use. */
  | { readonly type: "enrolled"; readonly hub: Uint8Array }
  /** Another identity than the pinned or learnt one answers at the hub's address; it is refused each time. */
  | { readonly type: "hubChanged"; readonly found: Uint8Array }
  /** The hub has been silent for some reports, or answers again. */
  | { readonly type: "hubAnswers"; readonly answers: boolean };
