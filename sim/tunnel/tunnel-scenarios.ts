import excuses from "./excused-transitions.json" with { type: "json" };
import { SYSTEM_ELEMENTS } from "../../generated/system/elements.ts";
import { TUNNEL_ELEMENTS } from "../../generated/tunnel/elements.ts";
import type { Case, CaseChoices, Scenario } from "../campaign/scenario.ts";
import type { RandomStream } from "../engine/index.ts";
import { FAILED_RELAYS_ARE_REPLACED, TUNNEL_CHECKERS } from "./checkers/tunnel-checkers.ts";
import { drawMoments } from "./draw-moments.ts";
import { drawRelayCase, drawTunnelCase } from "./draw-tunnel-case.ts";
import { TUNNEL_DECODER } from "./tunnel-decoder.ts";
import { TunnelRun } from "./tunnel-run.ts";
import { TUNNEL_PROGRAMS, TUNNEL_ROLES } from "./tunnel-stage.ts";

/** Draws the case of a seed of the scenario with this name. */
type Draw = (scenario: string, random: RandomStream, choices: CaseChoices) => Case;

function tunnelScenario(
  { name, doc, checkers = [] }: Pick<Scenario, "name" | "doc"> & Partial<Scenario>,
  draw: Draw,
): Scenario {
  return {
    name,
    doc,
    checkers: [...TUNNEL_CHECKERS, ...checkers],
    decoder: TUNNEL_DECODER,
    programs: TUNNEL_PROGRAMS,
    spec: { protocols: [TUNNEL_ELEMENTS, SYSTEM_ELEMENTS], excuses, rolesOf: TUNNEL_ROLES },
    optionalHosts: () => ["stranger"],
    draw: (random, choices) => draw(name, random, choices),
    run: (run) => TunnelRun.play(run),
  };
}

/** Tunnels while links, nodes and fronts fail and users change their minds; everything comes back. */
export const tunnels: Scenario = tunnelScenario(
  {
    name: "tunnels",
    doc: "Bytes pass a tunnel once and in order, or the tunnel ends at both sides, whatever fails and whoever knocks; and afterwards nothing of it is left.",
  },
  drawTunnelCase,
);

/** Relays fail while tunnels are built and used, and enough are left. */
export const tunnelRelaysFail: Scenario = tunnelScenario(
  {
    name: "tunnel-relays-fail",
    doc: "A relay that fails while a tunnel opens is replaced; one that fails later ends the tunnel at both sides.",
    checkers: [FAILED_RELAYS_ARE_REPLACED],
  },
  drawRelayCase,
);

/** Hosts fail, stop and log out in the very moment in which a machine comes to a state. */
export const tunnelMoments: Scenario = tunnelScenario(
  {
    name: "tunnel-moments",
    doc: "Up to three of main server, nodes and fronts fail, stop, log out or close in the moment in which a machine anywhere comes to a state.",
  },
  drawMoments,
);

/** The scenarios of tunnels, the general one first. */
export const TUNNEL_SCENARIOS: readonly Scenario[] = [tunnels, tunnelRelaysFail, tunnelMoments];
