import { createSilentLog } from "../../../runtime/io/log.ts";
import { createTunnelFront } from "../../../runtime/processes/tunnel-front.ts";
import { TunnelNetwork } from "../../processes/tunnel-network.ts";
import type { OpenReady } from "../../processes/tunnel-network.ts";
import { LOOPBACK, RELAYS_MAX } from "./way.ts";
import type { Chain, Way } from "./way.ts";

/** A main server, the nodes of two users, relays and the far user's front: each a process of its own, as users start them. */
export class TagwireTunnels implements Way {
  readonly name = "tagwire tunnel";
  readonly #network: TunnelNetwork;

  private constructor(network: TunnelNetwork) {
    this.#network = network;
  }

  static async start(target: number): Promise<TagwireTunnels> {
    const relays = Array.from({ length: RELAYS_MAX }, (_, at) => `relay${String(at)}`);
    const network = await TunnelNetwork.start({ users: ["ada", "bob"], relays });
    try {
      await network.run("bob", "allow", "ada", "--always");
      await network.startCommand("bob", "allow", "--to", `${LOOPBACK}:${String(target)}`).ready();
      return new TagwireTunnels(network);
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** Opens as a user does, by a new process. */
  async open(relays: number): Promise<Chain & { readonly openMs: number }> {
    const process = this.#network.startCommand("ada", "open", "bob", "--hops", String(relays));
    const { openMs, port } = await process.ready<OpenReady>();
    const close = async (): Promise<void> => {
      await process.stop();
    };
    return { port, openMs, close };
  }

  /** Opens so many times in a front that runs, one after the other; ms each. */
  async openingsMs(times: number, relays: number): Promise<readonly number[]> {
    const front = await createTunnelFront(this.#network.folders("ada"), createSilentLog());
    const takenMs: number[] = [];
    try {
      for (let left = times; left > 0; left -= 1) {
        const tunnel = await front.open("bob", { relays });
        takenMs.push(tunnel.openMs);
        tunnel.close();
        await tunnel.over;
      }
      return takenMs;
    } finally {
      await front.close();
    }
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
