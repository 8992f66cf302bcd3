import type { Crypto } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { ActiveNode } from "./active-node.ts";
import type { ChainFailures } from "./chain-plan.ts";
import { choosePath } from "./choose-path.ts";
import type { PathCandidate } from "./choose-path.ts";
import { LatencyTable } from "./latency-table.ts";
import type { TunnelRequest } from "./main-tunnel.ts";

/** What a path finder looks at. */
export interface PathFinderOptions {
  readonly crypto: Crypto;
  readonly limits: TunnelLimits;
  /** The nodes that are connected, by name. */
  readonly nodes: ReadonlyMap<string, ActiveNode>;
}

/** Finds the relays of tunnels among the nodes that are connected, by what tunnels and sessions have measured. */
export class PathFinder {
  /** Round trips between nodes. */
  readonly latencies: LatencyTable = new LatencyTable();
  readonly #options: PathFinderOptions;

  constructor(options: PathFinderOptions) {
    this.#options = options;
  }

  /** The relays in their order, without those that failed; undefined if there are not enough. */
  choose(
    request: TunnelRequest,
    { failed, doubtful }: ChainFailures,
  ): readonly ActiveNode[] | undefined {
    const { crypto, limits, nodes } = this.#options;
    const candidates = [...nodes.values()]
      .filter((node) => node.relaysFor(request.from.name) && !failed.has(node))
      .map((node) => ({ node, ...candidateOf(node), isDoubtful: doubtful.has(node) }));
    return choosePath({
      relays: request.relays,
      ends: [candidateOf(request.from), candidateOf(request.to)],
      candidates,
      exclude: request.exclude,
      latencyMs: (a, b) => this.#latencyMs(a.name, b.name),
      loadCostMs: limits.loadCostMs,
      random: () => (crypto.randomBytes(1)[0] ?? 0) / 256,
    })?.map(({ node }) => node);
  }

  /** What was measured; else what the ways to the main server suggest; else what the spec says. */
  #latencyMs(a: string, b: string): number {
    const { limits, nodes } = this.#options;
    const measured = this.latencies.between(a, b);
    if (measured !== undefined) return measured;
    const [one, other] = [nodes.get(a)?.rttMs, nodes.get(b)?.rttMs];
    return one === undefined || other === undefined ? limits.latencyMs : (one + other) / 2;
  }
}

function candidateOf({ name, operator, load }: ActiveNode): PathCandidate {
  return { name, operator, load, isDoubtful: false };
}
