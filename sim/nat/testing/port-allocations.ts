import type { PortAllocation } from "../index.ts";

/** Every way of choosing a port, once. Steps and blocks are small, so that ports run out. */
export const PORT_ALLOCATIONS: readonly PortAllocation[] = [
  { kind: "preservation", otherwise: "random" },
  { kind: "preservation", otherwise: "sequential" },
  { kind: "preservation", otherwise: "parity" },
  { kind: "parity" },
  { kind: "contiguous" },
  { kind: "random" },
  { kind: "sequential", step: 3 },
  { kind: "block", blockPorts: 8 },
];
