import type { Endpoint } from "../../runtime/core/index.ts";
import { ControlNetwork } from "./control-network.ts";

/** How late each party reads what arrives on its streams, milliseconds: much of it then comes in one piece. */
export interface Lateness {
  readonly hub: number;
  readonly server: number;
  readonly router: number;
  readonly client: number;
}

/** The router reads that the relay starts and, in the same piece, the first that its client says to it. */
export const LATE_ROUTER: Lateness = { hub: 0, server: 0, router: 20, client: 0 };

/** Whether a client connects to its router and is answered. @param seed of all randomness. */
export function worksThoughLate(lateness: Lateness, seed = 1): boolean {
  const world = new ControlNetwork({ seed });
  const { hub, servers, router, client } = world;
  const late = new Map<Endpoint, number>([
    [hub.host.endpoint, lateness.hub],
    [router.host.endpoint, lateness.router],
    [client.host.endpoint, lateness.client],
    ...servers.map(({ host }) => [host.endpoint, lateness.server] as const),
  ]);
  world.network.interference = { unreadMs: (host) => late.get(host) ?? 0 };
  world.settle();
  return world.works();
}
