import type { DescribeNodeParams } from "../../../../generated/tunnel/rpc/main-server.ts";
import type { PathCandidate } from "./choose-path.ts";
import type { MainSession } from "./main-session.ts";

/** What a node says of itself, once its address is settled: canonical. */
export type NodeDescription = DescribeNodeParams & { readonly address: string };

/** A node that is connected and has described itself. */
export class ActiveNode implements Pick<PathCandidate, "name" | "operator" | "load"> {
  readonly session: MainSession;
  /** Tunnels that it relays, ends not counted. */
  relaying = 0;
  /** Round trip to the main server, ms; undefined until it was measured. */
  rttMs: number | undefined;
  /** One-minute load average for each processor, thousandths, as the node says. */
  loadPermille = 0;
  #description: NodeDescription;

  constructor(session: MainSession, description: NodeDescription) {
    this.session = session;
    this.#description = description;
  }

  get name(): string {
    return this.#description.name;
  }

  get operator(): string {
    return this.#description.operator;
  }

  /** Where the other nodes reach it and see it come from, canonical. */
  get address(): string {
    return this.#description.address;
  }

  /** How much of what it is willing, or able, to do it does: the larger of the two; 0 nothing, 1 all. */
  get load(): number {
    const share = this.relaying / Math.max(1, this.#description.tunnels_max);
    return Math.min(1, Math.max(share, this.loadPermille / 1000));
  }

  /** Whether it would relay a tunnel of this user. */
  relaysFor(user: string): boolean {
    const { relays, relay_for, tunnels_max } = this.#description;
    if (!relays || this.relaying >= tunnels_max) return false;
    return relay_for.length === 0 || relay_for.includes(user);
  }

  describe(description: NodeDescription): void {
    this.#description = description;
  }
}
