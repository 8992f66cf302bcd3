import excuses from "./excused-transitions.json" with { type: "json" };
import { CONTROL_ELEMENTS } from "../../generated/control/elements.ts";
import { SYSTEM_ELEMENTS } from "../../generated/system/elements.ts";
import type { Case, CaseRun, Scenario } from "../campaign/scenario.ts";
import { SimulatedCrypto } from "../crypto/simulated-crypto.ts";
import { planActions } from "./actions.ts";
import { CONTROL_CHECKERS } from "./checkers/control-checkers.ts";
import { CONTROL_DECODER } from "./control-decoder.ts";
import { ControlStage } from "./control-stage.ts";
import { drawControlCase } from "./draw-case.ts";
import type { ControlDraw } from "./draw-case.ts";
import { CONVERGES, Convergence, NOTHING_LEAKS } from "./heal.ts";
import { CONTROL_PROGRAMS } from "./programs/control-programs.ts";

/** What makes a scenario of the control network: what its cases are drawn from, and what it is good for. */
export interface ControlScenarioOptions extends ControlDraw {
  readonly doc: string;
}

/** Twice the longest of a thousand runs, and far more than most. */
const EVENTS_MAX = 150_000;

/** A scenario of the control network: faults and actions, then the healed phase, all checkers watching. */
export function controlScenario(options: ControlScenarioOptions): Scenario {
  const { name, doc } = options;
  return {
    name,
    doc,
    checkers: [...CONTROL_CHECKERS, CONVERGES, NOTHING_LEAKS],
    programs: CONTROL_PROGRAMS,
    decoder: CONTROL_DECODER,
    bounds: { eventsMax: EVENTS_MAX },
    createCrypto: (random) => new SimulatedCrypto(random),
    spec: {
      protocols: [CONTROL_ELEMENTS, SYSTEM_ELEMENTS],
      excuses,
      rolesOf: {
        hub: ["hub", "party"],
        server: ["server", "party"],
        router: ["router", "party"],
        client: ["client", "party"],
      },
    },
    optionalHosts: ({ hosts }) => hosts.map((host) => host.name).filter((host) => host !== "hub"),
    draw: (random, choices) => drawControlCase(options, random, choices),
    run: (run) => runControlCase(run),
  };
}

async function runControlCase(run: CaseRun): Promise<void> {
  const given: Case = run.case;
  const stage = await ControlStage.build(run, CONTROL_CHECKERS);
  const convergence = new Convergence(stage);
  planActions(stage, given.actions);
  await convergence.run(given.healAtMs);
}
