import { punchHole, type HolePunchResult } from "./hole-punch.ts";
import { NAT_PROFILES } from "./profiles.ts";
import type { NatProfile } from "./profile.ts";
import { createSeededNatRandom } from "./random.ts";

/** What happens between two NATs, once for each host that may begin. */
export interface NatMatrixCell {
  readonly a: string;
  readonly b: string;
  /** Host a begins, and b is later by the delay. */
  readonly aFirst: HolePunchResult;
  readonly bFirst: HolePunchResult;
}

/** The hole-punch outcomes of every profile with every other. */
export interface NatMatrix {
  readonly names: readonly string[];
  /** By row (NAT of a), then by column (NAT of b), both in the order of the names. */
  readonly rows: readonly (readonly NatMatrixCell[])[];
}

/** What a matrix is computed of. */
export interface NatMatrixOptions {
  /** Default: all named profiles. */
  readonly profiles?: readonly NatProfile[];
  /** How much later the second host begins, in milliseconds. Default 350. */
  readonly laterMs?: number;
  /** Of random ports. Default 1. */
  readonly seed?: number;
}

/** Punches a hole between every two profiles, in both orders, each time with fresh NATs. */
export function natMatrix(options: NatMatrixOptions = {}): NatMatrix {
  const { profiles = NAT_PROFILES, laterMs = 350, seed = 1 } = options;
  const random = createSeededNatRandom(seed);
  const rows = profiles.map((natA) =>
    profiles.map((natB): NatMatrixCell => {
      const nats = { natA, natB, random };
      return {
        a: natA.name,
        b: natB.name,
        aFirst: punchHole({ ...nats, startAMs: 0, startBMs: laterMs }),
        bFirst: punchHole({ ...nats, startAMs: laterMs, startBMs: 0 }),
      };
    }),
  );
  return { names: profiles.map(({ name }) => name), rows };
}

/**
 * A matrix as a text table: rows are the NAT of a, columns that of b. A cell says how many hosts got an answer if a began
 * and if b began; one number if it is the same.
 */
export function renderNatMatrix({ names, rows }: NatMatrix): string {
  const width = Math.max(...names.map((name) => name.length));
  const heads = names.map((_, at) => String(at + 1).padStart(4)).join("");
  const lines = rows.map((row, at) => {
    const label = `${String(at + 1).padStart(3)} ${(names[at] ?? "").padEnd(width)}`;
    return label + row.map((cell) => cellText(cell).padStart(4)).join("");
  });
  return [`${" ".repeat(width + 4)}${heads}`, ...lines, ""].join("\n");
}

function cellText({ aFirst, bFirst }: NatMatrixCell): string {
  const [one, two] = [String(aFirst.sidesOk), String(bFirst.sidesOk)];
  return one === two ? one : `${one}/${two}`;
}
