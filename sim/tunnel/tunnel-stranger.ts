import type { Endpoint } from "../../runtime/core/index.ts";
import { HOP_HELLO_TAG } from "../../generated/tunnel/messages/hop.ts";
import { LOCAL_HELLO_TAG } from "../../generated/tunnel/messages/local.ts";
import type { TunnelNode } from "../../runtime/roles/tunnel/node/tunnel-node.ts";
import type { CaseRun } from "../campaign/scenario.ts";
import { NO_STRANGER_IS_ADMITTED } from "./checkers/tunnel-checkers.ts";
import { FRONT_PORT } from "./tunnel-stage.ts";

const STRANGER = "stranger";
const HELLO_BYTES = 52;
const HEADER_BYTES = 4;
const TOKEN_BYTES = 32;
/** More connections than one port lets prove themselves at a time. */
const CROWD = 20;

/** What a stranger says, in turn: nothing, noise, a hello of its own, an old one of somebody else's, one that is cut short. */
const SPEECHES = 5;

/**
 * Somebody in bob's house, whom other nodes take for bob's by the address, goes to each port that opens before anybody
 * else does, and to those of bob's node for fronts.
 */
export class Stranger {
  readonly #run: Pick<CaseRun, "world" | "violate">;
  readonly #visited = new Set<string>();
  /** Hellos that were on the wire, the last one not. */
  readonly #heard: Uint8Array[] = [];
  #visits = 0;

  constructor(run: Pick<CaseRun, "world" | "violate">) {
    const { world } = run;
    this.#run = run;
    world.onRecord(({ kind, detail }) => {
      if (kind !== "tcp-sent") return;
      const { bytes } = detail as { readonly bytes: Uint8Array };
      if (bytes.length === HELLO_BYTES && tagOf(bytes) === HOP_HELLO_TAG) {
        this.#heard.push(bytes.slice());
      }
    });
    world.onObservation((seen) => {
      if (seen.kind !== "transition" || seen.on !== "portOpen") return;
      const { host } = seen;
      // The role is in the middle of a step: the port is known after it.
      world.schedule(world.nowMs, "stranger", () => {
        const role = world.process(host).role as unknown as TunnelNode | undefined;
        for (const port of role?.ports ?? []) this.#visitOnce({ host, port });
      });
    });
  }

  /** Goes to the port for fronts of bob's node. */
  visitFronts(): void {
    const token = this.#random(TOKEN_BYTES);
    const hello = frame(LOCAL_HELLO_TAG, token);
    const to = { ...this.#run.world.endpointOf("node bob"), port: FRONT_PORT };
    this.#visit(
      to,
      [new Uint8Array(0), hello, frame(LOCAL_HELLO_TAG, token.subarray(1))][this.#visits % 3],
    );
  }

  /** A crowd goes to a port at once. */
  crowd(): void {
    const [last] = [...this.#visited].slice(-1);
    if (last === undefined) return;
    const [address = "", port] = last.split(" ");
    for (let one = 0; one < CROWD; one += 1) this.#visit({ address, port: Number(port) });
  }

  #visitOnce({ host, port }: { readonly host: string; readonly port: number }): void {
    const { address } = this.#run.world.endpointOf(host);
    const key = `${address} ${String(port)}`;
    if (this.#visited.has(key)) return;
    this.#visited.add(key);
    this.#visit({ address, port }, this.#speech());
  }

  #speech(): Uint8Array | undefined {
    const own = frame(HOP_HELLO_TAG, this.#random(HELLO_BYTES - HEADER_BYTES));
    const old = this.#heard.at(-2) ?? own;
    return [undefined, this.#random(60), own, old, own.subarray(0, 20)][this.#visits % SPEECHES];
  }

  #visit(to: Endpoint, speech?: Uint8Array): void {
    const { world, violate } = this.#run;
    this.#visits += 1;
    const connection = world.network.node(STRANGER).createTcp(to);
    connection.own({
      onOpened: () => {
        if (speech !== undefined) connection.write(speech);
      },
      onData: () => {
        violate(NO_STRANGER_IS_ADMITTED.name, `${to.address}:${String(to.port)} answered`);
      },
      onEnded: () => {
        connection.end();
      },
      onClosed: () => undefined,
    });
    connection.dial();
  }

  #random(bytes: number): Uint8Array {
    return this.#run.world.network.node(STRANGER).random.bytes(bytes);
  }
}

function tagOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

function frame(tag: number, value: Uint8Array): Uint8Array {
  return Uint8Array.from([tag >> 8, tag & 0xff, value.length >> 8, value.length & 0xff, ...value]);
}
