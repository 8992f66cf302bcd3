import { createSeededCrypto } from "../world/seeded-crypto.ts";
import { SocketWorld } from "../world/sockets/socket-world.ts";
import { PATIENT } from "../scenarios/worlds/control-cast.ts";
import type { Waits } from "../scenarios/worlds/control-cast.ts";
import type { WorldScenario } from "../scenarios/worlds/scenarios.ts";
import { WORLD_TOPOLOGY } from "../scenarios/worlds/topology.ts";
import { CONTROL_PROGRAMS } from "../../sim/control/programs/control-programs.ts";
import type { Observation } from "../../sim/world/observation.ts";
import { SimulatedWorld } from "../../sim/world/simulated-world.ts";
import type { World } from "../../sim/world/world.ts";

/** A world in virtual time, with the NAT boxes of the scenarios and the real primitives. */
export function simulatedWorld(seed: number): SimulatedWorld {
  return new SimulatedWorld({
    seed,
    topology: WORLD_TOPOLOGY,
    programs: CONTROL_PROGRAMS,
    createCrypto: (random) => createSeededCrypto(random.below(2 ** 31)),
  });
}

/** A world on loopback sockets. */
export function socketWorld(): SocketWorld {
  return new SocketWorld({ programs: CONTROL_PROGRAMS });
}

/**
 * Everything that the roles observe while a scenario runs. The world is closed afterwards, also if it fails.
 * @param waits default: so long that time decides nothing.
 */
export async function observedRun(
  world: World,
  scenario: WorldScenario,
  waits: Waits = PATIENT,
): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  world.onObservation((observation) => observations.push(observation));
  try {
    await scenario.run(world, waits);
  } finally {
    await world.close();
  }
  return observations;
}
