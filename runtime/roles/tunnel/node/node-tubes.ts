import type { HopSurroundings } from "../hop-stream.ts";
import type { DescribeNodeParams } from "../../../../generated/tunnel/rpc/main-server.ts";
import type { PrepareTubeParams } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type {
  MakeTubeParams,
  MakeTubeResult,
} from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { TunnelNodeErrors } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { parseEndpoint } from "../endpoint-text.ts";
import type { RpcAnswer, RpcLink } from "../rpc-link.ts";
import type { LocalVisit } from "./local-visit.ts";
import type { MainCalls, NodeServed } from "./node-session.ts";
import { NodeTube, ticketOf } from "./node-tube.ts";
import type { NodeTubeOffice } from "./node-tube.ts";

/** What the tunnels of a node need. */
export interface NodeTubesOptions extends HopSurroundings {
  readonly description: DescribeNodeParams;
  readonly fronts: { readonly address: string };
  readonly hops?: {
    readonly address?: string | undefined;
    readonly ports?: { readonly first: number; readonly last: number } | undefined;
  };
  readonly bytesPerS?: number | undefined;
  /** Calls to the main server; undefined while there is no session. */
  readonly link: () => RpcLink<NodeServed, MainCalls> | undefined;
  readonly over: (tunnel: string, isClean: boolean) => void;
}

/** What is known of a tunnel besides its part here. */
interface Known {
  prepared: PrepareTubeParams;
  /** The front of this end, once it is known. */
  front: LocalVisit | undefined;
  isEstablished: boolean;
  /** When it was heard of last, monotonic. */
  heardMs: number;
}

/** A request of a front. */
interface Request {
  readonly front: LocalVisit;
  /** Undefined while the main server has not answered. */
  tunnel: string | undefined;
}

/** The tunnels of a node, with the requests of its fronts. */
export class NodeTubes {
  readonly #options: NodeTubesOptions;
  readonly #office: NodeTubeOffice;
  readonly #tubes = new Map<string, NodeTube>();
  readonly #known = new Map<string, Known>();
  /** By local id. */
  readonly #requests = new Map<string, Request>();
  /** Fronts that offer a program; the last is asked. */
  readonly #acceptors = new Set<LocalVisit>();
  #portsUsed = 0;

  constructor(options: NodeTubesOptions) {
    this.#options = options;
    this.#office = this.#createOffice();
  }

  get size(): number {
    return this.#tubes.size;
  }

  /** Ports on which the next of a chain is awaited. */
  get ports(): readonly number[] {
    return [...this.#tubes.values()].flatMap((tube) => tube.awaitsAt ?? []);
  }

  /** Tunnels that are only relayed here. */
  get #relayed(): number {
    let count = 0;
    for (const { part } of this.#tubes.values()) if (part.front === undefined) count += 1;
    return count;
  }

  /** What MakeTube and RequestConnection have no room for. */
  prepare(params: PrepareTubeParams): void {
    const { description, kernel, limits } = this.#options;
    const known = this.#known.get(params.tunnel_id);
    if (known !== undefined) {
      known.prepared = params;
      known.heardMs = kernel.nowMs;
      return;
    }
    this.#forgetOld();
    if (this.#known.size >= limits.tunnelsPerUserMax + description.tunnels_max) {
      kernel.count("limit");
      return;
    }
    const heardMs = kernel.nowMs;
    const fresh = { prepared: params, front: undefined, isEstablished: false, heardMs };
    this.#known.set(params.tunnel_id, fresh);
  }

  /** A main server that fails says nothing of the tunnels that were to be built. */
  #forgetOld(): void {
    const { kernel, limits } = this.#options;
    for (const [id, { heardMs }] of this.#known) {
      if (!this.#tubes.has(id) && kernel.nowMs - heardMs > limits.openMs) this.#known.delete(id);
    }
  }

  make(params: MakeTubeParams, answer: RpcAnswer<MakeTubeResult>): void {
    const { from, to, tunnel_id: id } = params;
    const known = this.#known.get(id);
    const previous = from === null ? undefined : parseEndpoint(from);
    if (known === undefined || this.#tubes.has(id) || (from !== null && previous === undefined)) {
      answer.refuse(TunnelNodeErrors.notPrepared, "the tunnel is unknown, or there already");
      return;
    }
    const { prepared } = known;
    if (from !== null && to !== null && !this.#isWilling(prepared.request_user)) {
      this.#known.delete(id);
      answer.answer({ is_allowed: false, port: null });
      return;
    }
    const localId = prepared.local_id ?? undefined;
    if (localId !== undefined) known.front = this.#requests.get(localId)?.front;
    const tube = new NodeTube(
      this.#office,
      {
        id,
        from: previous,
        to: to ?? undefined,
        localId,
        presentTicket: ticketOf(prepared.present_ticket),
        acceptTicket: ticketOf(prepared.accept_ticket),
        front: from === null || to === null ? known.front : undefined,
      },
      answer,
    );
    this.#tubes.set(id, tube);
    tube.begin();
  }

  /** The main server has the last word, also about a tunnel that has no part here yet. */
  close(id: string): void {
    const tube = this.#tubes.get(id);
    const known = this.#known.get(id);
    tube?.close();
    if (tube === undefined) known?.front?.link.notify("TubeClosed", { tunnel_id: id });
    // A front that said yes is asked no second time if the chain is built anew.
    if (known?.front === undefined || known.isEstablished) this.#known.delete(id);
  }

  /** No chain will be built: neither the node nor the front that was asked need to remember the tunnel. */
  forget(id: string): void {
    this.#tubes.get(id)?.close();
    this.#known.get(id)?.front?.link.notify("ForgetTube", { tunnel_id: id });
    this.#known.delete(id);
  }

  /** The session is over, and with it what its main server knows of tunnels. */
  closeAll(): void {
    for (const tube of [...this.#tubes.values()]) tube.close();
    for (const [id, { front }] of this.#known) {
      front?.link.notify("TubeClosed", { tunnel_id: id });
      front?.link.notify("ForgetTube", { tunnel_id: id });
    }
    this.#known.clear();
    this.#requests.clear();
  }

  /** The tunnel stands; gives the front of this end and the port where it met the node; none if its part has ended meanwhile. */
  established(
    id: string,
  ): { readonly front: LocalVisit; readonly port: number | undefined } | undefined {
    const known = this.#known.get(id);
    const tube = this.#tubes.get(id);
    if (known?.front === undefined) return undefined;
    known.isEstablished = true;
    return { front: known.front, port: tube?.frontPort };
  }

  /** From now on this front is asked; when it is gone, the one before it again. */
  accept(front: LocalVisit): void {
    this.#acceptors.delete(front);
    this.#acceptors.add(front);
  }

  /** The front that is asked about a tunnel to this user; undefined if there is none. */
  ask(id: string): { readonly front: LocalVisit; readonly plain: boolean } | undefined {
    const known = this.#known.get(id);
    const front = [...this.#acceptors].at(-1);
    if (known === undefined || front === undefined) return undefined;
    known.front = front;
    return { front, plain: known.prepared.plain };
  }

  /** Whether the request is new. */
  requested(localId: string, front: LocalVisit): boolean {
    if (
      this.#requests.has(localId) ||
      this.#requests.size >= this.#options.limits.tunnelsPerUserMax
    ) {
      return false;
    }
    this.#requests.set(localId, { front, tunnel: undefined });
    return true;
  }

  /** The main server has answered a request. @param tunnel undefined if there is no tunnel. */
  answered(localId: string, tunnel: string | undefined): void {
    const request = this.#requests.get(localId);
    if (tunnel === undefined) this.#requests.delete(localId);
    else if (request !== undefined) request.tunnel = tunnel;
  }

  /** The tunnel of a request; undefined if there is none yet. */
  tunnelOf(localId: string): string | undefined {
    return this.#requests.get(localId)?.tunnel;
  }

  /** A front is gone; what it asked for is not wanted any more. */
  frontLeft(front: LocalVisit): void {
    this.#acceptors.delete(front);
    for (const [localId, request] of this.#requests) {
      if (request.front !== front) continue;
      const params = { local_id: localId, tunnel_id: request.tunnel ?? null };
      this.#options.link()?.call("RequestCloseTube", params, () => undefined);
      this.#requests.delete(localId);
    }
    for (const [id, known] of this.#known) {
      if (known.front === front && !this.#tubes.has(id)) this.#known.delete(id);
    }
  }

  /** What the operator allows. */
  #isWilling(user: string): boolean {
    const { relays, relay_for, tunnels_max } = this.#options.description;
    if (!relays || this.#relayed >= tunnels_max) return false;
    return relay_for.length === 0 || relay_for.includes(user);
  }

  #createOffice(): NodeTubeOffice {
    const { bytesPerS, fronts, hops, kernel, limits, scratch } = this.#options;
    return {
      kernel,
      scratch,
      limits,
      bytesPerS,
      frontAddress: fronts.address,
      hopAddress: hops?.address,
      nextPort: () => this.#nextPort(),
      measured: ({ part: { from, id } }, latencyMs) => {
        if (from === undefined) return;
        const latency_us = Math.min(Math.round(latencyMs * 1000), 4_294_967_295);
        this.#options.link()?.notify("ReportHop", { tunnel_id: id, latency_us });
      },
      ended: ({ part: { id } }, isClean) => {
        this.#options.link()?.notify("TubeEnded", { tunnel_id: id, is_clean: isClean });
        this.#options.over(id, isClean);
      },
      over: (tube) => {
        this.#forget(tube);
      },
    };
  }

  #forget(tube: NodeTube): void {
    const { id, localId } = tube.part;
    if (this.#tubes.get(id) !== tube) return;
    this.#tubes.delete(id);
    const known = this.#known.get(id);
    // A chain that stood once is not built again; until then the front waits for another.
    if (known?.isEstablished === true) known.front?.link.notify("ForgetTube", { tunnel_id: id });
    if (known?.isEstablished === true || tube.part.front === undefined) this.#known.delete(id);
    if (known?.isEstablished === true && localId !== undefined) this.#requests.delete(localId);
  }

  /** Ports of a range in turn; 0, any port, without a range. */
  #nextPort(): number {
    const ports = this.#options.hops?.ports;
    if (ports === undefined) return 0;
    const port = ports.first + (this.#portsUsed % (ports.last - ports.first + 1));
    this.#portsUsed += 1;
    return port;
  }
}
