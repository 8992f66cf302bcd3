import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { Case } from "../campaign/scenario.ts";
import type { ProcessPlan } from "../world/world.ts";
import type { RouterProgramOptions } from "./programs/router.ts";
import type { ServerProgramOptions } from "./programs/server.ts";
import { simulatedIdentity } from "../crypto/simulated-crypto.ts";

/** What a case of the control network says beyond topology, faults and actions. JSON values. */
export interface ControlParameters {
  /** One for each host but the attackers; those of hosts that the topology lacks are left out. */
  readonly processes: readonly ProcessPlan[];
  /** Limits of all parties that differ from the spec's. */
  readonly limits: Partial<ControlLimits>;
  /** Account that each client speaks for, and that each router's operator claims it for, by host. */
  readonly accounts: Readonly<Record<string, string>>;
  /** One way between a client and the hub's HTTP interface, ms. */
  readonly httpMs: number;
}

/** The parameters of a case. Whoever drew or wrote it kept to their type. */
export function parametersOf({ parameters }: Case): ControlParameters {
  return parameters as unknown as ControlParameters;
}

/** A party of the network, as checkers know it. */
export interface Party {
  readonly host: string;
  readonly kind: "hub" | "server" | "router" | "client" | "impostor";
  /** Identity, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Of clients and routers. */
  readonly account?: string;
  /** Of routers. */
  readonly mac?: number;
  /** Of servers. */
  readonly places?: number;
  /** How often it reports: routers and servers. */
  readonly periodMs?: number;
}

/** The parties of a case that are in its topology, the hub first. */
export function partiesOf(given: Case): readonly Party[] {
  const { accounts, limits } = parametersOf(given);
  return plansOf(given).map(({ host, program, options }): Party => {
    const { identity, mac, places, periodMs } = options as Partial<
      RouterProgramOptions & ServerProgramOptions
    >;
    const account = accounts[host];
    const { telemetryPeriodMs, loadPeriodMs } = { ...CONTROL_LIMITS, ...limits };
    const usualMs = program === "server" ? loadPeriodMs : telemetryPeriodMs;
    return {
      host,
      kind: program as Party["kind"],
      fingerprint: simulatedIdentity(identity ?? host).fingerprint,
      ...(account !== undefined && { account }),
      ...(mac !== undefined && { mac }),
      ...(places !== undefined && { places }),
      periodMs: periodMs ?? usualMs,
    };
  });
}

/** The processes of a case that are in its topology, the hub first, since the others must know where it is. */
export function plansOf(given: Case): readonly ProcessPlan[] {
  const hosts = new Set(given.topology.hosts.map(({ name }) => name));
  const plans = parametersOf(given).processes.filter(({ host }) => hosts.has(host));
  const isHub = ({ program }: ProcessPlan): boolean => program === "hub";
  return [...plans.filter(isHub), ...plans.filter((plan) => !isHub(plan))];
}
