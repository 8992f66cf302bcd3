/** A node that a path may go over. */
export interface PathCandidate {
  readonly name: string;
  readonly operator: string;
  /** How much of what it is willing to do it does: 0 nothing, 1 all. */
  readonly load: number;
  /** A path over it failed a moment ago: it is taken if there is no other. */
  readonly isDoubtful: boolean;
}

/** What a path is to be. */
export interface PathWish<Node extends PathCandidate> {
  /** Relays between the two ends, >= 0. */
  readonly relays: number;
  /** The two end nodes; neither they nor their operators relay for themselves. */
  readonly ends: readonly [PathCandidate, PathCandidate];
  /** Nodes that are willing. */
  readonly candidates: readonly Node[];
  /** Names of nodes and operators that are not wanted. */
  readonly exclude: readonly string[];
  /** How long the way between two nodes takes, ms. */
  readonly latencyMs: (from: PathCandidate, to: PathCandidate) => number;
  /** How much longer the way over a full node is taken to be, ms. */
  readonly loadCostMs: number;
  /** 0 … 1, another each time: spreads tunnels over ways that are about as good. */
  readonly random: () => number;
}

/** How much of the cost of a way is left to chance. */
const SPREAD = 0.25;

/** More than any way costs. */
const DOUBT_COST_MS = 1e9;

/**
 * The relays of a path in their order; undefined if there are not enough. Each is the one that is next best to reach from
 * the one before, with its load, no operator twice; the last but one step looks at the end as well.
 */
export function choosePath<Node extends PathCandidate>(
  wish: PathWish<Node>,
): readonly Node[] | undefined {
  const { ends, exclude, relays } = wish;
  const operators = new Set(ends.map(({ operator }) => operator));
  const names = new Set([...ends.map(({ name }) => name), ...exclude]);
  let free = wish.candidates.filter(
    ({ name, operator }) =>
      !names.has(name) && !exclude.includes(operator) && !operators.has(operator),
  );
  const path: Node[] = [];
  for (let left = relays; left > 0; left -= 1) {
    const from = path.at(-1) ?? ends[0];
    const next = cheapest(free, (node) => costMs(wish, { from, node, isLast: left === 1 }));
    if (next === undefined) return undefined;
    path.push(next);
    free = free.filter(({ operator }) => operator !== next.operator);
  }
  return path;
}

function costMs<Node extends PathCandidate>(
  { ends, latencyMs, loadCostMs, random }: PathWish<Node>,
  step: { readonly from: PathCandidate; readonly node: Node; readonly isLast: boolean },
): number {
  const { from, node, isLast } = step;
  const way = latencyMs(from, node) + (isLast ? latencyMs(node, ends[1]) : 0);
  const cost = (way + node.load * loadCostMs) * (1 + SPREAD * random());
  return node.isDoubtful ? cost + DOUBT_COST_MS : cost;
}

function cheapest<Node>(nodes: readonly Node[], costOf: (node: Node) => number): Node | undefined {
  let best: { readonly node: Node; readonly cost: number } | undefined;
  for (const node of nodes) {
    const cost = costOf(node);
    if (best === undefined || cost < best.cost) best = { node, cost };
  }
  return best?.node;
}
