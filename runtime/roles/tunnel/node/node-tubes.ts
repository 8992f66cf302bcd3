import type { HopSurroundings } from "../hop-stream.ts";
import type { DescribeNodeParams } from "../../../../generated/tunnel/rpc/main-server.ts";
import type { PrepareTubeParams } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type {
  MakeTubeParams,
  MakeTubeResult,
} from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { TunnelNodeErrors } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { HopRefusal } from "../../../../generated/tunnel/types.ts";
import { transportIp } from "../../../core/index.ts";
import type { Endpoint } from "../../../core/index.ts";
import { isDialable, isMachine } from "../dialable.ts";
import { parseEndpoint } from "../endpoint-text.ts";
import type { RpcAnswer, RpcLink } from "../../channel/rpc-link.ts";
import { FrontRequests } from "./front-requests.ts";
import type { FrontRequest } from "./front-requests.ts";
import type { LocalVisit } from "./local-visit.ts";
import type { MainCalls, NodeServed } from "./node-session.ts";
import { NodeTube, ticketOf } from "./node-tube.ts";
import type { NodeTubeOffice, TubePart } from "./node-tube.ts";

/** What the tunnels of a node need. */
export interface NodeTubesOptions extends HopSurroundings {
  readonly description: DescribeNodeParams;
  /** Where the main server is: it shows which place the nodes share. */
  readonly main: Endpoint;
  /** Whether nodes are dialled at private addresses although the main server is at a public one. Default false. */
  readonly allowPrivate?: boolean | undefined;
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

/** The tunnels of a node, with the requests of its fronts. */
export class NodeTubes {
  readonly #options: NodeTubesOptions;
  readonly #office: NodeTubeOffice;
  readonly #tubes = new Map<string, NodeTube>();
  readonly #known = new Map<string, Known>();
  readonly #requests: FrontRequests;
  /** Fronts that offer a program; the last is asked. */
  readonly #acceptors = new Set<LocalVisit>();
  #portsUsed = 0;

  constructor(options: NodeTubesOptions) {
    this.#options = options;
    this.#requests = new FrontRequests(options.limits.tunnelsPerUserMax);
    this.#office = this.#createOffice();
  }

  get size(): number {
    return this.#tubes.size;
  }

  /** Ports on which the next of a chain is awaited. */
  get ports(): readonly number[] {
    return [...this.#tubes.values()].flatMap((tube) => tube.awaitsAt ?? []);
  }

  /** What is kept of tunnels and for them, by kind: nothing, once nobody wants one. */
  get holdings(): { readonly tubes: number; readonly known: number; readonly requests: number } {
    const [tubes, known, requests] = [this.#tubes.size, this.#known.size, this.#requests.size];
    return { tubes, known, requests };
  }

  /** Parts of one kind: links between two nodes, or ends of this node's user. */
  #count(isRelay: boolean): number {
    let count = 0;
    for (const { part } of this.#tubes.values()) if (isRelayed(part) === isRelay) count += 1;
    return count;
  }

  get #isKnownFull(): boolean {
    const { description, limits } = this.#options;
    return this.#known.size >= limits.tunnelsPerUserMax + description.tunnels_max;
  }

  /** What MakeTube and RequestConnection have no room for. */
  prepare(params: PrepareTubeParams): void {
    const { kernel } = this.#options;
    const known = this.#known.get(params.tunnel_id);
    if (known !== undefined) {
      known.prepared = params;
      known.heardMs = kernel.nowMs;
      return;
    }
    this.#forgetOld();
    if (this.#isKnownFull) {
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
    if (known === undefined || this.#tubes.has(id)) {
      const isFull = known === undefined && this.#isKnownFull;
      const code = isFull ? TunnelNodeErrors.full : TunnelNodeErrors.notPrepared;
      answer.refuse(code, isFull ? "no more tunnels" : "the tunnel is unknown, or there already");
      return;
    }
    const [previous, next] = [parsed(from, parseEndpoint), parsed(to, transportIp)];
    const { prepared } = known;
    const localId = prepared.local_id ?? undefined;
    if (localId !== undefined) known.front = this.#requests.get(localId)?.front;
    if (previous === "malformed" || next === "malformed") {
      answer.refuse(TunnelNodeErrors.notPrepared, "an address is none");
      if (known.front === undefined) this.#drop(id);
      return;
    }
    const part: TubePart = {
      id,
      from: previous,
      to: next,
      localId,
      presentTicket: ticketOf(prepared.present_ticket),
      acceptTicket: ticketOf(prepared.accept_ticket),
      front: previous === undefined || next === undefined ? known.front : undefined,
    };
    const refusal = this.#refusalOf(part, prepared.request_user);
    const tube = new NodeTube(this.#office, part, answer);
    this.#tubes.set(id, tube);
    tube.begin(refusal);
  }

  /** What the operator allows, and what bounds and addresses admit. */
  #refusalOf(part: TubePart, user: string): HopRefusal {
    const { allowPrivate = false, description, limits, main } = this.#options;
    const { relays, relay_for, tunnels_max } = description;
    const isRelay = isRelayed(part);
    const isWilling = relays && (relay_for.length === 0 || relay_for.includes(user));
    if (isRelay && !isWilling) return HopRefusal.unwilling;
    const most = isRelay ? tunnels_max : limits.tunnelsPerUserMax;
    if (this.#count(isRelay) >= most) return HopRefusal.full;
    const { address } = part.from ?? {};
    const isFine =
      address === undefined ||
      isDialable(address, main.address) ||
      (allowPrivate && isMachine(address));
    return isFine ? HopRefusal.none : HopRefusal.privateAddress;
  }

  /** The main server has the last word, also about a tunnel that has no part here yet. */
  close(id: string): void {
    const tube = this.#tubes.get(id);
    const known = this.#known.get(id);
    tube?.close();
    if (tube === undefined) known?.front?.link.notify("TubeClosed", { tunnel_id: id });
    // A front that said yes is asked no second time if the chain is built anew.
    if (known?.front === undefined || known.isEstablished) this.#drop(id);
  }

  /** No chain will be built: neither the node nor the front that was asked need to remember the tunnel. */
  forget(id: string): void {
    this.#tubes.get(id)?.close();
    this.#known.get(id)?.front?.link.notify("ForgetTube", { tunnel_id: id });
    this.#drop(id);
  }

  /** Nothing of a tunnel is wanted any more. */
  #drop(id: string): void {
    this.#known.delete(id);
    this.#requests.tunnelOver(id);
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

  /** Takes a request of a front; undefined if it is there already, or too many are. */
  requested(localId: string, front: LocalVisit): FrontRequest | undefined {
    return this.#requests.add(localId, front);
  }

  /** The main server has answered a request. @param tunnel undefined if there is no tunnel. */
  answered(request: FrontRequest, tunnel: string | undefined): void {
    request.tunnel = tunnel;
    // The part of this node may have ended before the answer came.
    const isOver = tunnel === undefined || !(this.#known.has(tunnel) || this.#tubes.has(tunnel));
    if (isOver) this.#requests.remove(request);
  }

  /** The tunnel of a request; undefined if there is none yet. */
  tunnelOf(localId: string): string | undefined {
    return this.#requests.get(localId)?.tunnel;
  }

  /** A front is gone; what it asked for is not wanted any more. */
  frontLeft(front: LocalVisit): void {
    this.#acceptors.delete(front);
    for (const { localId, tunnel } of this.#requests.takeOf(front)) {
      const params = { local_id: localId, tunnel_id: tunnel ?? null };
      this.#options.link()?.call("RequestCloseTube", params, () => undefined);
    }
    for (const [id, known] of this.#known) {
      if (known.front === front && !this.#tubes.has(id)) this.#known.delete(id);
    }
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
    const { id, front } = tube.part;
    if (this.#tubes.get(id) !== tube) return;
    this.#tubes.delete(id);
    const known = this.#known.get(id);
    // A chain that stood once is not built again; until then the front waits for another.
    if (known?.isEstablished === true) known.front?.link.notify("ForgetTube", { tunnel_id: id });
    if (known?.isEstablished === true || front === undefined) this.#drop(id);
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

/** Whether both neighbours of a part are nodes. */
function isRelayed({ from, to }: TubePart): boolean {
  return from !== undefined && to !== undefined;
}

/** What a text says, undefined for none. */
function parsed<Value>(
  text: string | null,
  read: (text: string) => Value | undefined,
): Value | undefined | "malformed" {
  return text === null ? undefined : (read(text) ?? "malformed");
}
