import type { FrontEvent } from "../../../runtime/roles/tunnel/front/front-events.ts";
import type { MainServer } from "../../../runtime/roles/tunnel/main/main-server.ts";
import { TunnelProblem, tunnelProblemName } from "../../../generated/tunnel/types.ts";
import type { CaseRun } from "../../campaign/scenario.ts";
import { FAILED_RELAYS_ARE_REPLACED } from "./tunnel-checkers.ts";

/** How the building of a chain ends if a node is at fault. */
const FAILURES: ReadonlySet<string> = new Set(["makeFailed", "make", "relayLost"]);

/**
 * Watches that chains are built from when all nodes are there that never fail: another relay takes the place of one that does.
 * @param sound names of these nodes at the main server; with them alone there must be a path.
 */
export function watchReplacement(
  { world, violate }: Pick<CaseRun, "world" | "violate">,
  sound: readonly string[],
): void {
  /** Chains that were begun when all of them were there. */
  const begun = new Set<string>();
  let isReady = false;
  let hasOpened = false;
  world.process("main").onEvent(() => {
    const { nodes } = world.process("main").role as unknown as MainServer;
    isReady ||= sound.every((name) => nodes.includes(name));
  });
  world.onObservation((seen) => {
    if (seen.kind !== "transition" || seen.machine !== "MainTunnel") return;
    const { from, on, scope, to } = seen;
    if (from === "asking" && to === "making" && isReady) begun.add(scope);
    if (from !== "making" || to !== "over" || !begun.has(scope) || !FAILURES.has(on)) return;
    violate(FAILED_RELAYS_ARE_REPLACED.name, `no path was found for ${scope} (${on})`);
  });
  // A relay may also fail when the chain is complete and its ends have not met yet: only the front sees that.
  world.process("front ada").onEvent((event) => {
    const told = event as FrontEvent;
    hasOpened ||= told.type === "opened";
    if (told.type !== "openFailed" || hasOpened || begun.size === 0) return;
    if (told.problem !== TunnelProblem.lost && told.problem !== TunnelProblem.timeout) return;
    const problem = tunnelProblemName(told.problem);
    violate(FAILED_RELAYS_ARE_REPLACED.name, `the port was given up: ${problem} ${told.reason}`);
  });
}
