import type { RandomStream } from "../engine/index.ts";
import type { Fault, PacketFault } from "../network/fault.ts";
import type { BurstLoss } from "../network/link-presets.ts";
import { planFaults } from "../network/plan-faults.ts";
import type { LinkPlan, TopologyPlan } from "../network/topology.ts";
import { drawTimedFaults } from "./draw-timed-faults.ts";
import type { TimedFaultOptions } from "./draw-timed-faults.ts";
import type { Swarm } from "./swarm.ts";

/** What to draw faults with. */
export interface FaultDrawOptions extends TimedFaultOptions {
  readonly swarm: Swarm;
  /** Packets of each direction of each link that may have a fault. Default 200. */
  readonly packetsMax?: number;
}

const PACKETS_MAX_DEFAULT = 200;
/** A case has bad links by this chance each; on others happens what their presets say, hardly anything. */
const BAD_LINK_RATIO = 0.3;
/** One packet in so many at least, at most. */
const RARELY = 256;
const OFTEN = 4;
const CORRUPTED_BYTES_MAX = 1500;

/**
 * Draws what goes wrong in a case, of the kinds that the swarm has on: what the links' presets lose, double and
 * reorder; on some links, bad ones, far more, and damage; and what befalls links, hosts and NAT boxes before a time.
 * Each kind and each place has a stream of its own, so that one more changes nothing for the others.
 */
export function drawFaults(
  topology: TopologyPlan,
  random: RandomStream,
  { swarm, packetsMax = PACKETS_MAX_DEFAULT, ...timed }: FaultDrawOptions,
): Fault[] {
  const isOn = ({ kind }: Fault): boolean => swarm.faultKinds.includes(kind);
  const worse = withBadLinks(topology, random.fork("bad links"));
  const packets = planFaults(worse.topology, random.fork("packets"), { packetsMax });
  const damage = drawDamage(worse.badLinks, random.fork("corrupt"), packetsMax);
  const later = drawTimedFaults(topology, random.fork("timed"), timed);
  return [...packets, ...damage, ...later].filter(isOn);
}

/** The same network, but for what some of its links do to packets. */
function withBadLinks(
  topology: TopologyPlan,
  random: RandomStream,
): { readonly topology: TopologyPlan; readonly badLinks: readonly string[] } {
  const badLinks: string[] = [];
  const worsen = (name: string, link: LinkPlan): LinkPlan => {
    const stream = random.fork(name);
    if (!stream.chance(BAD_LINK_RATIO)) return link;
    badLinks.push(name);
    const [duplicationRatio, reorderingRatio] = [drawRatio(stream), drawRatio(stream)];
    const reorderingUs = stream.integer(1_000, 2_000_000);
    return { ...link, loss: drawLoss(stream), duplicationRatio, reorderingRatio, reorderingUs };
  };
  const hosts = topology.hosts.map((host) => ({ ...host, link: worsen(host.name, host.link) }));
  const nats = topology.nats.map((nat) => ({
    ...nat,
    innerLink: worsen(`${nat.name} inner`, nat.innerLink ?? { preset: "lan" }),
    outerLink: worsen(`${nat.name} outer`, nat.outerLink),
  }));
  return { topology: { ...topology, hosts, nats }, badLinks };
}

/** Single losses, or bursts of some packets, which is what a retransmission on a timer must outlast. */
function drawLoss(random: RandomStream): BurstLoss {
  const ratio = drawRatio(random);
  if (random.chance(0.5)) {
    return { goodToBadRatio: 0, badToGoodRatio: 1, goodLossRatio: ratio, badLossRatio: 0 };
  }
  return { goodToBadRatio: ratio / 4, badToGoodRatio: 0.2, goodLossRatio: 0, badLossRatio: 0.9 };
}

/** One in 4 to one in 256: each power of two is as likely. */
function drawRatio(random: RandomStream): number {
  let every = OFTEN;
  while (every < RARELY && random.chance(0.7)) every *= 2;
  return 1 / every;
}

function drawDamage(
  links: readonly string[],
  random: RandomStream,
  packetsMax: number,
): readonly PacketFault[] {
  return links.flatMap((link) =>
    (["up", "down"] as const).flatMap((direction) => {
      const stream = random.fork(`${link} ${direction}`);
      const ratio = drawRatio(stream);
      const faults: PacketFault[] = [];
      for (let packet = 1; packet <= packetsMax; packet += 1) {
        if (!stream.chance(ratio)) continue;
        const byte = stream.below(CORRUPTED_BYTES_MAX);
        const mask = stream.integer(1, 255);
        faults.push({ kind: "corrupt", link, direction, packet, byte, mask });
      }
      return faults;
    }),
  );
}
