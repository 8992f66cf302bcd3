import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type {
  ListTubesParams,
  ListTubesResult,
  RequestTubeResult,
  Tube,
} from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TunnelProblem, tunnelProblemName } from "../../../../generated/tunnel/types.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { RpcAnswer } from "../../channel/rpc-link.ts";
import type { ActiveNode } from "./active-node.ts";
import type { MainServerEvent } from "./main-events.ts";
import type { MainSession } from "./main-session.ts";
import { MainTunnel } from "./main-tunnel.ts";
import type { MainTunnelOffice, TunnelRequest } from "./main-tunnel.ts";
import type { NodeDirectory } from "./node-directory.ts";
import { PathFinder } from "./path-finder.ts";
import type { SessionTubes } from "./tube-handlers.ts";
import { createTunnelId } from "./tunnel-id.ts";
import { TunnelTable } from "./tunnel-table.ts";
import type { TunnelEntry } from "./tunnel-table.ts";

/** What the desk has to do with. */
export interface TunnelDeskOptions {
  readonly kernel: Kernel<MainServerEvent>;
  readonly limits: TunnelLimits;
  readonly nodes: NodeDirectory;
}

/** What belongs to a tunnel besides its machine. */
interface Facts {
  readonly startedMs: number;
  /** How its request is answered; undefined once it is. */
  answer: RpcAnswer<RequestTubeResult> | undefined;
  /** Whether the load of its relays includes it. */
  isLoad: boolean;
}

type Entry = TunnelEntry<ActiveNode, MainTunnel, Facts>;

/** A page of tunnels takes no more of an answer, which leaves room for what is around it. */
const PAGE_BYTES_MAX = 48_000;

/** Where users ask for tunnels, have them closed and look at them, and nodes tell of theirs. */
export class TunnelDesk implements SessionTubes {
  readonly #options: TunnelDeskOptions;
  readonly #table: TunnelTable<ActiveNode, MainTunnel, Facts>;
  readonly #paths: PathFinder;
  readonly #office: MainTunnelOffice;
  readonly #encoder = new TextEncoder();
  /** Users who are being asked one question after the other. */
  readonly #giving = new Set<ActiveNode>();

  constructor(options: TunnelDeskOptions) {
    this.#options = options;
    const { kernel, limits, nodes } = options;
    this.#table = new TunnelTable({
      tunnelsMax: limits.tunnelsMax,
      perNodeMax: limits.tunnelsPerUserMax,
      askingMax: limits.askingPerUserMax,
      perAskerMax: limits.askingPerPairMax,
    });
    this.#paths = new PathFinder({ crypto: kernel.crypto, limits, nodes: nodes.byName });
    this.#office = this.#createOffice();
  }

  /** Tunnels that stand, are being built or wait for that. */
  get size(): number {
    return this.#table.size;
  }

  request(
    session: MainSession,
    request: Parameters<SessionTubes["request"]>[1],
    answer: RpcAnswer<RequestTubeResult>,
  ): void {
    const { kernel, limits, nodes } = this.#options;
    const from = nodes.of(session);
    if (from === undefined) {
      answer.refuse(TubeUserErrors.notAuthenticated, "describe the node first");
      return;
    }
    const to = nodes.named(request.endpoint_name);
    const { local_id: localId, wish } = request;
    const problem = this.#problemOf(from, to, localId);
    if (to === undefined || problem !== TunnelProblem.none) {
      const reason = tunnelProblemName(problem);
      answer.answer({ is_allowed: false, reason, tunnel_id: null });
      return;
    }
    const tunnel = new MainTunnel(this.#office, {
      id: createTunnelId(kernel.crypto),
      localId,
      from,
      to,
      relays: Math.min(wish?.relays ?? limits.relaysDefault, limits.relaysMax),
      exclude: wish?.exclude ?? [],
      plain: wish?.plain ?? false,
    });
    this.#table.add(tunnel, { startedMs: kernel.nowMs, answer, isLoad: false });
    this.#giveTurns(to);
  }

  close(session: MainSession, tube: { localId: string; tunnelId: string | null }): boolean {
    const node = this.#options.nodes.of(session);
    if (node === undefined) return false;
    const { localId, tunnelId } = tube;
    const entry =
      tunnelId === null ? this.#table.requested(node, localId) : this.#ownEntry(node, tunnelId);
    entry?.tunnel.close(TunnelProblem.closed);
    return entry !== undefined;
  }

  list(session: MainSession, { after = 0, tunnel_id: only }: ListTubesParams): ListTubesResult {
    const node = this.#options.nodes.of(session);
    if (node === undefined) return { tubes: [], next: null };
    if (only !== undefined) {
      const entry = this.#ownEntry(node, only);
      return { tubes: entry === undefined ? [] : [entry.tunnel.describe()], next: null };
    }
    const tubes: Tube[] = [];
    let bytes = 0;
    let last = after;
    for (const [number, { tunnel }] of this.#table.endsOf(node, after)) {
      const tube = tunnel.describe();
      bytes += this.#encoder.encode(JSON.stringify(tube)).length;
      if (tubes.length > 0 && bytes > PAGE_BYTES_MAX) return { tubes, next: last };
      tubes.push(tube);
      last = number;
    }
    return { tubes, next: null };
  }

  measured(session: MainSession, id: string, latencyMs: number): void {
    const tunnel = this.#table.find(id)?.tunnel;
    const node = this.#options.nodes.of(session);
    if (tunnel === undefined || node === undefined) return;
    tunnel.measured(node, latencyMs);
    const before = tunnel.path[tunnel.path.indexOf(node) - 1];
    if (before !== undefined) this.#paths.latencies.learn(before.name, node.name, latencyMs);
  }

  ended(session: MainSession, id: string, isClean: boolean): void {
    const node = this.#options.nodes.of(session);
    if (node !== undefined) this.#table.find(id)?.tunnel.nodeEnded(node, isClean);
  }

  /** A node has lost its session. */
  nodeLeft(node: ActiveNode): void {
    for (const { tunnel } of this.#table.touching(node)) tunnel.nodeLeft(node);
  }

  /** The server is shutting down. */
  closeAll(): void {
    for (const { tunnel } of this.#table.all) tunnel.close(TunnelProblem.closed);
  }

  /** Why there cannot be such a tunnel; `none` if there can. */
  #problemOf(from: ActiveNode, to: ActiveNode | undefined, localId: string): TunnelProblem {
    if (to === undefined || to === from) return TunnelProblem.unknownUser;
    const isFull = this.#table.isFull || [from, to].some((node) => !this.#table.hasRoom(node));
    const isDouble = this.#table.requested(from, localId) !== undefined;
    return isFull || isDouble ? TunnelProblem.limit : TunnelProblem.none;
  }

  /** A tunnel that a node is an end of. */
  #ownEntry(node: ActiveNode, id: string): Entry | undefined {
    const entry = this.#table.find(id);
    const { from, to } = entry?.tunnel.request ?? {};
    // Who has not been asked yet does not know of it.
    return from === node || (to === node && entry?.stage !== "waiting") ? entry : undefined;
  }

  /** Has a user asked about as many tunnels as may be asked about now. */
  #giveTurns(to: ActiveNode): void {
    // A question that is over at once would have the next asked within its own turn, and so on through all that wait.
    if (this.#giving.has(to)) return;
    this.#giving.add(to);
    for (
      let entry = this.#table.nextTurn(to);
      entry !== undefined;
      entry = this.#table.nextTurn(to)
    ) {
      entry.tunnel.turn();
    }
    this.#giving.delete(to);
  }

  #createOffice(): MainTunnelOffice {
    const { kernel, limits } = this.#options;
    return {
      kernel,
      limits,
      hasRoom: ({ request: { to } }) => this.#table.hasRoom(to),
      decided: (tunnel) => {
        this.#table.decided(this.#entryOf(tunnel));
      },
      heard: ({ request }) => {
        this.#table.heard(request);
        this.#giveTurns(request.to);
      },
      choose: (tunnel, failures) => {
        const relays = this.#paths.choose(tunnel.request, failures);
        this.#table.setRelays(this.#entryOf(tunnel), relays ?? []);
        return relays;
      },
      answered: (tunnel, problem, detail) => {
        this.#answered(this.#entryOf(tunnel), problem, detail);
      },
      pathFailed: ({ request }, at) => {
        kernel.report({ type: "pathFailed", tunnel: request.id, at: at.name });
      },
      over: (tunnel, problem) => {
        const entry = this.#entryOf(tunnel);
        if (entry.facts.isLoad) this.#load(entry, -1);
        this.#table.remove(entry);
        kernel.report({ type: "tunnelOver", tunnel: tunnel.request.id, problem });
      },
    };
  }

  #entryOf({ request }: { readonly request: TunnelRequest }): Entry {
    const entry = this.#table.find(request.id);
    if (entry === undefined) throw new RangeError("a tunnel that is not over is known");
    return entry;
  }

  #answered(entry: Entry, problem: TunnelProblem, detail: string): void {
    const { kernel } = this.#options;
    const { answer, startedMs } = entry.facts;
    entry.facts.answer = undefined;
    const { path, request } = entry.tunnel;
    if (problem !== TunnelProblem.none) {
      const reason = [tunnelProblemName(problem), detail].filter((text) => text !== "").join(": ");
      answer?.answer({ is_allowed: false, reason: reason.slice(0, 256), tunnel_id: null });
      return;
    }
    this.#load(entry, 1);
    answer?.answer({ is_allowed: true, reason: "", tunnel_id: request.id });
    const openMs = kernel.nowMs - startedMs;
    const names = path.map(({ name }) => name);
    kernel.report({ type: "tunnelOpen", tunnel: request.id, path: names, openMs });
  }

  /** Counts what the relays of a tunnel do. */
  #load({ facts, relays }: Entry, change: 1 | -1): void {
    facts.isLoad = change === 1;
    for (const node of relays) node.relaying += change;
  }
}
