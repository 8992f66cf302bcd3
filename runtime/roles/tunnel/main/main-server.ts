import { CertificateVerifier, encodeHex } from "../../../core/index.ts";
import type {
  Effect,
  Endpoint,
  Identity,
  Input,
  Role,
  RpcValidators,
  StreamId,
} from "../../../core/index.ts";
import { SYSTEM_LIMITS } from "../../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { DescribeNodeParams } from "../../../../generated/tunnel/rpc/main-server.ts";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type {
  PreferPathParams,
  RequestTubeParams,
  RequestTubeResult,
} from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TunnelProblem, tunnelProblemName } from "../../../../generated/tunnel/types.ts";
import { Kernel } from "../../kernel/kernel.ts";
import type { RoleEnvironment } from "../../kernel/kernel.ts";
import { Scratch } from "../../kernel/scratch.ts";
import type { RpcAnswer } from "../rpc-link.ts";
import { ActiveNode } from "./active-node.ts";
import type { MainServerCommand, MainServerEvent, NodeRow } from "./main-events.ts";
import { MainSession } from "./main-session.ts";
import type { MainSessionOffice } from "./main-session.ts";
import { MainTunnel } from "./main-tunnel.ts";
import type { MainTunnelOffice, TunnelRequest } from "./main-tunnel.ts";
import { PasswordChain } from "./password-chain.ts";
import { PathFinder } from "./path-finder.ts";
import { createTunnelId } from "./tunnel-id.ts";

/** What a main server is made with. */
export interface MainServerOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** Passwords follow from it; 32 bytes, kept with the rows. */
  readonly secret: Uint8Array;
  /** What the store holds. */
  readonly rows: readonly NodeRow[];
  readonly validators: RpcValidators;
  /** Default: those of the spec. */
  readonly limits?: TunnelLimits;
  readonly systemLimits?: SystemLimits;
}

/** Knows users, nodes and tunnels, and has the nodes build chains. */
export class MainServer implements Role<MainServerCommand, MainServerEvent> {
  readonly #options: MainServerOptions;
  readonly #limits: TunnelLimits;
  readonly #kernel: Kernel<MainServerEvent>;
  readonly #sessionOffice: MainSessionOffice;
  readonly #tunnelOffice: MainTunnelOffice;
  /** What is on disk, by fingerprint, hex: a password counts from then on and no sooner. */
  readonly #rows = new Map<string, NodeRow>();
  /** What was sent there last: no row may take back what another one said. */
  readonly #sent = new Map<string, NodeRow>();
  /** Fingerprints by name. */
  readonly #owners = new Map<string, string>();
  readonly #sessions = new Set<MainSession>();
  /** Sessions that have proved their password, by fingerprint. */
  readonly #active = new Map<string, MainSession>();
  readonly #nodes = new Map<MainSession, ActiveNode>();
  readonly #byName = new Map<string, ActiveNode>();
  readonly #tunnels = new Map<string, MainTunnel>();
  readonly #paths: PathFinder;
  readonly #answers = new Map<MainTunnel, RpcAnswer<RequestTubeResult>>();
  readonly #startedMs = new Map<MainTunnel, number>();
  /** Rows on their way to the disk, and the sessions that wait for them. */
  readonly #saving = new Map<number, { readonly row: NodeRow; readonly session?: MainSession }>();
  /** Tunnels that their relays' load includes. */
  readonly #counted = new Set<MainTunnel>();
  #lastSave = 0;
  #isStopping = false;

  constructor(options: MainServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TUNNEL_LIMITS;
    this.#kernel = new Kernel(options);
    const { crypto } = options;
    this.#paths = new PathFinder({ crypto, limits: this.#limits, nodes: this.#byName });
    for (const row of options.rows) this.#keep(row);
    this.#sessionOffice = this.#createSessionOffice();
    this.#tunnelOffice = this.#createTunnelOffice();
  }

  handle(input: Input<MainServerCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "streamAccepted") this.#accept(input.stream, input.remote);
    else if (input.type === "command") this.#command(input.command);
    else this.#kernel.count("stranger");
  }

  poll(): Effect<MainServerEvent> | undefined {
    return this.#kernel.poll();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Tunnels that stand or are being built. */
  get tunnels(): number {
    return this.#tunnels.size;
  }

  /** Names of the nodes that are connected. */
  get nodes(): readonly string[] {
    return [...this.#byName.keys()];
  }

  #accept(stream: StreamId, remote: Endpoint): void {
    if (this.#isStopping || this.#sessions.size >= this.#limits.connectionsMax) {
      this.#kernel.count("limit");
      this.#kernel.refuseStream(stream);
      return;
    }
    this.#sessions.add(new MainSession(this.#sessionOffice, { stream, remote }));
  }

  #command(command: MainServerCommand): void {
    switch (command.type) {
      case "saved": {
        const saving = this.#saving.get(command.save);
        this.#saving.delete(command.save);
        // What could not be written is not promised: the session's timer ends the wait.
        if (saving === undefined || !command.ok) return;
        this.#keep(saving.row);
        saving.session?.saved();
        return;
      }
      case "stop":
        this.#isStopping = true;
        for (const tunnel of [...this.#tunnels.values()]) tunnel.close(TunnelProblem.closed);
        for (const session of [...this.#sessions]) session.stop();
        return;
    }
  }

  #keep(row: NodeRow): void {
    const key = encodeHex(row.fingerprint);
    this.#rows.set(key, row);
    if (!this.#sent.has(key)) this.#sent.set(key, row);
    if (row.name !== undefined) this.#owners.set(row.name, key);
  }

  /** Has a change of a row written. */
  #save(
    fingerprint: Uint8Array,
    change: Partial<Pick<NodeRow, "name" | "passwords">>,
    session?: MainSession,
  ): void {
    const key = encodeHex(fingerprint);
    const before = this.#sent.get(key) ?? { fingerprint, name: undefined, passwords: undefined };
    const row = { ...before, ...change };
    this.#sent.set(key, row);
    this.#lastSave += 1;
    this.#saving.set(this.#lastSave, session === undefined ? { row } : { row, session });
    this.#kernel.report({ type: "save", save: this.#lastSave, row });
  }

  #createSessionOffice(): MainSessionOffice {
    const { crypto, identity, secret, systemLimits, validators } = this.#options;
    return {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity,
      verifier: new CertificateVerifier(crypto),
      systemLimits: systemLimits ?? SYSTEM_LIMITS,
      limits: this.#limits,
      validators,
      chainOf: ({ fingerprint }) => new PasswordChain(crypto, { secret, node: fingerprint }),
      rowOf: ({ fingerprint }) => this.#rows.get(encodeHex(fingerprint))?.passwords,
      hasRoom: () => this.#sent.size < this.#limits.nodesMax,
      save: (session, passwords) => {
        this.#save(session.peer.fingerprint, { passwords }, session);
      },
      admitted: (session) => {
        this.#admitted(session);
      },
      left: (session) => {
        this.#left(session);
      },
      over: (session) => {
        this.#sessions.delete(session);
      },
      describe: (session, description) => this.#describe(session, description),
      requestTube: (session, request, answer) => {
        this.#requestTube(session, request, answer);
      },
      closeTube: (session, tube) => {
        const tunnel = this.#ownTunnel(session, tube);
        tunnel?.close(TunnelProblem.closed);
        return tunnel !== undefined;
      },
      tubesOf: (session) => {
        const node = this.#nodes.get(session);
        return this.#tunnelsOf(node)
          .slice(0, this.#limits.tunnelsPerUserMax)
          .map((tunnel) => tunnel.describe());
      },
      hopMeasured: (session, id, latencyMs) => {
        this.#hopMeasured(session, id, latencyMs);
      },
      tubeEnded: (session, id, isClean) => {
        const node = this.#nodes.get(session);
        if (node !== undefined) this.#tunnels.get(id)?.nodeEnded(node, isClean);
      },
    };
  }

  #admitted(session: MainSession): void {
    const key = encodeHex(session.peer.fingerprint);
    const before = this.#active.get(key);
    this.#active.set(key, session);
    before?.supersede();
    this.#watch(session);
  }

  /** Asks again and again how busy a node is, which measures the way to it. */
  #watch(session: MainSession): void {
    const timer = `status/${encodeHex(session.peer.fingerprint)}`;
    const ask = (): void => {
      const sentMs = this.#kernel.nowMs;
      session.link.call("NodeStatus", {}, (outcome) => {
        const node = this.#nodes.get(session);
        if (!outcome.ok || node === undefined) return;
        node.rttMs = this.#kernel.nowMs - sentMs;
        node.loadPermille = outcome.result.load_permille;
      });
      this.#kernel.arm(timer, this.#limits.statusMs, () => {
        if (session.isActive) ask();
      });
    };
    ask();
  }

  #left(session: MainSession): void {
    if (!session.hasPeer) return;
    const key = encodeHex(session.peer.fingerprint);
    if (this.#active.get(key) === session) {
      this.#active.delete(key);
      this.#kernel.cancel(`status/${key}`);
    }
    const node = this.#nodes.get(session);
    this.#nodes.delete(session);
    if (node === undefined) return;
    if (this.#byName.get(node.name) === node) this.#byName.delete(node.name);
    for (const tunnel of [...this.#tunnels.values()]) tunnel.nodeLeft(node);
    this.#kernel.report({ type: "nodeLeft", name: node.name });
  }

  #describe(session: MainSession, description: DescribeNodeParams): string | undefined {
    const key = encodeHex(session.peer.fingerprint);
    const { name } = description;
    const owner = this.#owners.get(name);
    if (owner !== undefined && owner !== key) return `the name ${name} belongs to somebody else`;
    const row = this.#rows.get(key);
    if (row === undefined) throw new RangeError("an active session has a row");
    const known = this.#nodes.get(session);
    if (known !== undefined && known.name !== name) return "a name cannot change within a session";
    if (row.name !== name) {
      if (row.name !== undefined) this.#owners.delete(row.name);
      this.#owners.set(name, key);
      this.#save(session.peer.fingerprint, { name });
    }
    if (known !== undefined) {
      known.describe(description);
      return undefined;
    }
    const node = new ActiveNode(session, description);
    this.#nodes.set(session, node);
    this.#byName.set(name, node);
    this.#kernel.report({ type: "nodeJoined", name, address: node.address });
    return undefined;
  }

  #requestTube(
    session: MainSession,
    request: RequestTubeParams & { readonly wish: PreferPathParams | undefined },
    answer: RpcAnswer<RequestTubeResult>,
  ): void {
    const from = this.#nodes.get(session);
    const to = this.#byName.get(request.endpoint_name);
    const refuse = (problem: TunnelProblem): void => {
      answer.answer({ is_allowed: false, reason: tunnelProblemName(problem), tunnel_id: null });
    };
    if (from === undefined) {
      answer.refuse(TubeUserErrors.notAuthenticated, "describe the node first");
      return;
    }
    if (to === undefined || to === from) {
      refuse(TunnelProblem.unknownUser);
      return;
    }
    const perUser = this.#limits.tunnelsPerUserMax;
    const isFull =
      this.#tunnels.size >= this.#limits.tunnelsMax ||
      [from, to].some((node) => this.#tunnelsOf(node).length >= perUser) ||
      this.#tunnelsOf(from).some(
        (tunnel) => tunnel.request.from === from && tunnel.request.localId === request.local_id,
      );
    if (isFull) {
      refuse(TunnelProblem.limit);
      return;
    }
    const { wish } = request;
    const wanted: TunnelRequest = {
      id: createTunnelId(this.#kernel.crypto),
      localId: request.local_id,
      from,
      to,
      relays: Math.min(wish?.relays ?? this.#limits.relaysDefault, this.#limits.relaysMax),
      exclude: wish?.exclude ?? [],
      plain: wish?.plain ?? false,
    };
    const tunnel = new MainTunnel(this.#tunnelOffice, wanted);
    this.#tunnels.set(wanted.id, tunnel);
    this.#answers.set(tunnel, answer);
    this.#startedMs.set(tunnel, this.#kernel.nowMs);
    tunnel.begin();
  }

  #tunnelsOf(node: ActiveNode | undefined): readonly MainTunnel[] {
    if (node === undefined) return [];
    return [...this.#tunnels.values()].filter(
      ({ request: { from, to } }) => from === node || to === node,
    );
  }

  #ownTunnel(
    session: MainSession,
    tube: { readonly localId: string; readonly tunnelId: string | null },
  ): MainTunnel | undefined {
    const node = this.#nodes.get(session);
    return this.#tunnelsOf(node).find(({ request }) =>
      tube.tunnelId === null
        ? request.from === node && request.localId === tube.localId
        : request.id === tube.tunnelId,
    );
  }

  #hopMeasured(session: MainSession, id: string, latencyMs: number): void {
    const tunnel = this.#tunnels.get(id);
    const node = this.#nodes.get(session);
    if (tunnel === undefined || node === undefined) return;
    tunnel.measured(node, latencyMs);
    const before = tunnel.path[tunnel.path.indexOf(node) - 1];
    if (before !== undefined) this.#paths.latencies.learn(before.name, node.name, latencyMs);
  }

  #createTunnelOffice(): MainTunnelOffice {
    return {
      kernel: this.#kernel,
      limits: this.#limits,
      choose: (request, failures) => this.#paths.choose(request, failures),
      answered: (tunnel, problem, detail) => {
        this.#answered(tunnel, problem, detail);
      },
      pathFailed: ({ request }, at) => {
        this.#kernel.report({ type: "pathFailed", tunnel: request.id, at: at.name });
      },
      over: (tunnel, problem) => {
        this.#count(tunnel, -1);
        this.#tunnels.delete(tunnel.request.id);
        this.#startedMs.delete(tunnel);
        this.#kernel.report({ type: "tunnelOver", tunnel: tunnel.request.id, problem });
      },
    };
  }

  #answered(tunnel: MainTunnel, problem: TunnelProblem, detail: string): void {
    const answer = this.#answers.get(tunnel);
    this.#answers.delete(tunnel);
    const { id } = tunnel.request;
    if (problem !== TunnelProblem.none) {
      const reason = [tunnelProblemName(problem), detail].filter((text) => text !== "").join(": ");
      answer?.answer({ is_allowed: false, reason: reason.slice(0, 256), tunnel_id: null });
      return;
    }
    this.#count(tunnel, 1);
    answer?.answer({ is_allowed: true, reason: "", tunnel_id: id });
    const openMs = this.#kernel.nowMs - (this.#startedMs.get(tunnel) ?? this.#kernel.nowMs);
    const path = tunnel.path.map(({ name }) => name);
    this.#kernel.report({ type: "tunnelOpen", tunnel: id, path, openMs });
  }

  /** Counts what the relays of a tunnel do. */
  #count(tunnel: MainTunnel, change: 1 | -1): void {
    if (change === 1) this.#counted.add(tunnel);
    else if (!this.#counted.delete(tunnel)) return;
    for (const node of tunnel.path.slice(1, -1)) node.relaying += change;
  }
}
