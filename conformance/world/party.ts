import type { Crypto, TransitionTaken } from "../../runtime/core/index.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { MemoryNetwork } from "./memory-network.ts";

/** Wall-clock time when the virtual time is 0. */
const START_UNIX_MS = 1_700_000_000_000;

/** What all parties of a test stand in. */
export interface PartyWorld {
  readonly network: MemoryNetwork;
  readonly crypto: Crypto;
  readonly limits: ControlLimits;
  readonly observe: (taken: TransitionTaken) => void;
}

/** What every role is made with. */
export function environmentOf(world: PartyWorld): {
  readonly crypto: Crypto;
  readonly limits: ControlLimits;
  readonly unixMs: () => number;
  readonly observe: (taken: TransitionTaken) => void;
} {
  const { crypto, limits, network, observe } = world;
  return { crypto, limits, observe, unixMs: () => START_UNIX_MS + network.nowMs };
}
