import { createTicket, encodeBase64Url } from "../../../core/index.ts";
import type { Crypto } from "../../../core/index.ts";
import type { MakeTubeParams } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { formatEndpoint } from "../endpoint-text.ts";
import type { ActiveNode } from "./active-node.ts";

/** Nodes with which a chain could not be built. */
export interface ChainFailures {
  /** Not to be tried again. */
  readonly failed: ReadonlySet<ActiveNode>;
  /** To be tried if there is no other. */
  readonly doubtful: ReadonlySet<ActiveNode>;
}

/** What the next node of a chain is to make. */
export interface ChainPart {
  readonly node: ActiveNode;
  /** The link before; undefined at the end that asked. */
  readonly before: ActiveNode | undefined;
  readonly isLast: boolean;
  /** Between whom it is, without the tunnel's id. */
  readonly params: Pick<MakeTubeParams, "from" | "to">;
  readonly presentTicket: string | null;
  readonly acceptTicket: string | null;
}

/** What a plan is made with. */
export interface ChainPlanOptions {
  readonly crypto: Crypto;
  readonly ends: readonly [from: ActiveNode, to: ActiveNode];
  /** Paths that are tried. */
  readonly attemptsMax: number;
  /** The relays of another path; undefined if there are not enough. */
  readonly choose: (failures: ChainFailures) => readonly ActiveNode[] | undefined;
}

/** The chain of a tunnel while it is built: path after path, and of each one node after the other. */
export class ChainPlan {
  readonly #options: ChainPlanOptions;
  readonly #failed = new Set<ActiveNode>();
  readonly #doubtful = new Set<ActiveNode>();
  #path: readonly ActiveNode[] = [];
  #attempts = 0;
  #next: ChainPart | undefined;
  #made = 0;
  /** Where the node that was last to make its part is reached. */
  #port = 0;
  #tickets: readonly string[] = [];

  constructor(options: ChainPlanOptions) {
    this.#options = options;
  }

  /** From end to end; empty while there is none. */
  get path(): readonly ActiveNode[] {
    return this.#path;
  }

  /** Who is to make its part; undefined when all have. */
  get next(): ChainPart | undefined {
    return this.#next;
  }

  /** Whether a node has made its part of the path that is tried. */
  hasMade(node: ActiveNode): boolean {
    return this.#path.indexOf(node) < this.#made;
  }

  /** Begins with another path; false if there is none, or enough were tried. */
  begin(): boolean {
    const { attemptsMax, choose, crypto, ends } = this.#options;
    // Nobody can take the place of an end.
    if (this.#attempts >= attemptsMax || ends.some((end) => this.#failed.has(end))) return false;
    const relays = choose({ failed: this.#failed, doubtful: this.#doubtful });
    if (relays === undefined) return false;
    this.#attempts += 1;
    this.#path = [ends[0], ...relays, ends[1]];
    this.#tickets = relays.concat(ends[1]).map(() => encodeBase64Url(createTicket(crypto)));
    this.#made = 0;
    this.#port = 0;
    this.#next = this.#part();
    return true;
  }

  /** The next node has made its part. @param port where it waits for the one behind it; 0 for the last. */
  made(port: number): void {
    this.#made += 1;
    this.#port = port;
    this.#next = this.#part();
  }

  /** A node is not to be tried again (hard), or only if there is no other (soft). */
  suspect(node: ActiveNode, how: "soft" | "hard"): void {
    if (how === "hard") this.#failed.add(node);
    else this.#doubtful.add(node);
  }

  #part(): ChainPart | undefined {
    const at = this.#made;
    const node = this.#path[at];
    if (node === undefined) return undefined;
    const [before, after] = [this.#path[at - 1], this.#path[at + 1]];
    const from = before && formatEndpoint({ address: before.address, port: this.#port });
    return {
      node,
      before,
      isLast: after === undefined,
      params: { from: from ?? null, to: after?.address ?? null },
      presentTicket: this.#tickets[at - 1] ?? null,
      acceptTicket: this.#tickets[at] ?? null,
    };
  }
}
