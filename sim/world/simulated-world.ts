import type { World } from "./world.ts";

/** A world in virtual time. */
export interface SimulatedWorld extends World {
  readonly kind: "simulated";
}
