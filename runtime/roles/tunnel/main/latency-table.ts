import { RecentMap } from "../../../core/index.ts";

/** Pairs of nodes that are remembered. */
const PAIRS_MAX = 65_536;

/** How much a new measurement counts. */
const NEW_SHARE = 0.3;

/** How long the ways between nodes take, as far as tunnels have measured them. */
export class LatencyTable {
  readonly #byPair = new RecentMap<string, number>(PAIRS_MAX);

  /** Takes a round trip between two nodes, ms. */
  learn(a: string, b: string, roundTripMs: number): void {
    const pair = pairOf(a, b);
    const before = this.#byPair.get(pair) ?? roundTripMs;
    this.#byPair.set(pair, before + NEW_SHARE * (roundTripMs - before));
  }

  /** The smoothed round trip, ms; undefined if it was never measured. */
  between(a: string, b: string): number | undefined {
    return this.#byPair.get(pairOf(a, b));
  }
}

/** The way there is as long as the way back. */
function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
