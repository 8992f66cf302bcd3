import type { MainServer } from "../../../runtime/roles/tunnel/main/main-server.ts";
import type { TunnelNode } from "../../../runtime/roles/tunnel/node/tunnel-node.ts";
import type { CaseRun } from "../../campaign/scenario.ts";
import { userOf } from "../tunnel-stage.ts";
import { LOGOUT_ENDS } from "./tunnel-checkers.ts";

/** A main server that does not hear the farewell finds the session dead by its signs of life. */
const LOGGED_OUT_MS = 35_000;

/** Has nodes log out, looks at what is left, and has them come back. */
export class LogoutWatch {
  readonly #run: Pick<CaseRun, "world" | "violate">;
  readonly #out = new Set<string>();

  constructor(run: Pick<CaseRun, "world" | "violate">) {
    this.#run = run;
  }

  /** @param host the node's. Nothing if it is down or logged out already. */
  logOut(host: string): void {
    const { world, violate } = this.#run;
    const node = world.process(host);
    if (!node.isRunning || this.#out.has(host)) return;
    this.#out.add(host);
    const { starts } = node.simHost;
    const isStillOut = (): boolean => node.isRunning && node.simHost.starts === starts;
    node.command({ type: "logout" });
    world.schedule(world.nowMs + 1, `look at ${host}`, () => {
      if (!isStillOut()) return;
      const { tunnels } = node.role as unknown as TunnelNode;
      if (tunnels > 0) violate(LOGOUT_ENDS.name, `${host} has ${String(tunnels)} tunnels`);
    });
    world.schedule(world.nowMs + LOGGED_OUT_MS, `look for ${host}`, () => {
      this.#out.delete(host);
      if (!isStillOut()) return;
      const main = world.process("main").role as unknown as MainServer | undefined;
      if (main?.nodes.includes(userOf(host)) === true) {
        violate(LOGOUT_ENDS.name, `the main server has a session of ${host}`);
      }
      node.command({ type: "start" });
    });
  }
}
