import { createSilentLog } from "../../../runtime/io/log.ts";
import { createTunnelFront } from "../../../runtime/processes/tunnel-front.ts";
import { TunnelNetwork } from "../../processes/tunnel-network.ts";
import type { OpenReady } from "../../processes/tunnel-network.ts";
import { LOOPBACK, RELAYS_MAX } from "./way.ts";
import type { Chain, Way } from "./way.ts";

/** How an end is run: the command runs the node as well, or the node is a process that several commands share. */
export type EndKind = "own node" | "shared node";

/** A main server, relays, and the two users' nodes and fronts: processes as users start them. */
export class TagwireTunnels implements Way {
  readonly name: string;
  readonly #network: TunnelNetwork;
  readonly #kind: EndKind;

  private constructor(network: TunnelNetwork, kind: EndKind) {
    this.name = `tagwire tunnel, ${kind}`;
    this.#network = network;
    this.#kind = kind;
  }

  static async start(target: number, kind: EndKind): Promise<TagwireTunnels> {
    const relays = Array.from({ length: RELAYS_MAX }, (_, at) => `relay${String(at)}`);
    const users = kind === "shared node" ? ["ada", "bob"] : [];
    const network = await TunnelNetwork.start({ users, relays });
    try {
      const tunnels = new TagwireTunnels(network, kind);
      await network.run("bob", "allow", "ada", "--always");
      const to = `${LOOPBACK}:${String(target)}`;
      await network.startCommand("bob", "allow", "--to", to, ...tunnels.#node("bob")).ready();
      return tunnels;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** Opens as a user does, by a new process. */
  async open(relays: number): Promise<Chain & { readonly openMs: number }> {
    const options = ["--hops", String(relays), ...this.#node("ada")];
    const process = this.#network.startCommand("ada", "open", "bob", ...options);
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

  #node(user: string): readonly string[] {
    return this.#kind === "own node" ? this.#network.ownNode(user) : [];
  }
}
