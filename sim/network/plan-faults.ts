import type { RandomStream } from "../engine/index.ts";
import type { Fault, LinkDirection, PacketFault } from "./fault.ts";
import type { LinkParameters } from "./link-presets.ts";
import { linksOf } from "./topology.ts";
import type { NamedLink, TopologyPlan } from "./topology.ts";

/** How much of the future to sample. */
export interface FaultPlanOptions {
  /** Packets of each direction of each link; later ones pass without faults. Default 1000. */
  readonly packetsMax?: number;
  /** Links that get no faults of their preset: a swarm switches some off. Default none. */
  readonly except?: readonly string[];
}

const DIRECTIONS: readonly LinkDirection[] = ["up", "down"];
const PACKETS_MAX_DEFAULT = 1000;
/** How late a duplicate comes at most. A guess: what a switch that floods, or a Wi-Fi retry, makes of one packet. */
const DUPLICATE_AFTER_US = 5_000;

/**
 * Samples what the presets of a topology's links lose, double and reorder into a list of faults, so that the run
 * itself draws nothing and a list can be cut to what matters. Each direction of each link has a stream of its own:
 * a link more or less changes nothing for the others.
 */
export function planFaults(
  topology: TopologyPlan,
  random: RandomStream,
  { packetsMax = PACKETS_MAX_DEFAULT, except = [] }: FaultPlanOptions = {},
): Fault[] {
  const faults: Fault[] = [];
  for (const link of linksOf(topology)) {
    if (except.includes(link.name)) continue;
    for (const direction of DIRECTIONS) {
      const stream = random.fork(`${link.name} ${direction}`);
      for (const fault of sampleDirection(link, direction, { stream, packetsMax }))
        faults.push(fault);
    }
  }
  return faults;
}

function* sampleDirection(
  { name: link, parameters }: NamedLink,
  direction: LinkDirection,
  { stream, packetsMax }: { readonly stream: RandomStream; readonly packetsMax: number },
): Generator<PacketFault> {
  if (isPerfect(parameters)) return;
  const { loss, duplicationRatio, reorderingRatio, reorderingUs } = parameters;
  let isBad = false;
  for (let packet = 1; packet <= packetsMax; packet += 1) {
    const place = { link, direction, packet };
    isBad = isBad ? !stream.chance(loss.badToGoodRatio) : stream.chance(loss.goodToBadRatio);
    if (stream.chance(isBad ? loss.badLossRatio : loss.goodLossRatio)) {
      yield { kind: "drop", ...place };
    } else if (stream.chance(duplicationRatio)) {
      yield { kind: "duplicate", ...place, afterUs: stream.integer(0, DUPLICATE_AFTER_US) };
    } else if (stream.chance(reorderingRatio)) {
      yield { kind: "delay", ...place, byUs: reorderingUs };
    }
  }
}

function isPerfect({ loss, duplicationRatio, reorderingRatio }: LinkParameters): boolean {
  const isLossless = loss.goodLossRatio === 0 && loss.goodToBadRatio === 0;
  return isLossless && duplicationRatio === 0 && reorderingRatio === 0;
}
