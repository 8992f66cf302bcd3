import { CertificateVerifier } from "../../../core/index.ts";
import type {
  Effect,
  Endpoint,
  Identity,
  Input,
  ListenerId,
  PeerIdentity,
  Role,
  RpcValidators,
  StreamId,
} from "../../../core/index.ts";
import { SYSTEM_LIMITS } from "../../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { DescribeNodeParams } from "../../../../generated/tunnel/rpc/main-server.ts";
import { Kernel } from "../../kernel/kernel.ts";
import type { ListenerOwner, RoleEnvironment } from "../../kernel/kernel.ts";
import { Scratch } from "../../kernel/scratch.ts";
import { frontHandlers } from "./front-handlers.ts";
import { LocalVisit } from "./local-visit.ts";
import type { LocalVisitOffice } from "./local-visit.ts";
import { mainHandlers } from "./main-handlers.ts";
import type { TunnelNodeCommand, TunnelNodeEvent } from "./node-events.ts";
import { NodeSession } from "./node-session.ts";
import { NodeTubes } from "./node-tubes.ts";

/** What a node is made with. */
export interface TunnelNodeOptions extends RoleEnvironment {
  readonly identity: Identity;
  readonly main: Endpoint;
  /** The identity that the main server must have; undefined learns it on first contact. */
  readonly mainFingerprint: Uint8Array | undefined;
  /** The newest one-time password that is on disk; undefined before the first. */
  readonly password: string | undefined;
  /** Who the node is and what it is willing to do. */
  readonly description: DescribeNodeParams;
  /** Where fronts come: an address that only the local user reaches. */
  readonly fronts: { readonly address: string; readonly port: number };
  /** What a front shows, 32 bytes. */
  readonly token: Uint8Array;
  /** Ports for other nodes. Default: any free one, on all addresses. */
  readonly hops?: {
    readonly address?: string | undefined;
    readonly ports?: { readonly first: number; readonly last: number } | undefined;
  };
  /**
   * Whether nodes are dialled at private addresses although the main server is at a public one. Default: only at those
   * that all share who are where the main server is.
   */
  readonly allowPrivate?: boolean | undefined;
  /** Most bytes a second of one tunnel in each direction. Default: no bound. */
  readonly bytesPerS?: number | undefined;
  /** One-minute load average for each processor, thousandths. */
  readonly loadPermille: () => number;
  readonly validators: RpcValidators;
  /** Default: those of the spec. */
  readonly limits?: TunnelLimits;
  readonly systemLimits?: SystemLimits;
}

/** A link of chains, and the endpoint of its local users. */
export class TunnelNode implements Role<TunnelNodeCommand, TunnelNodeEvent>, ListenerOwner {
  readonly #options: TunnelNodeOptions;
  readonly #limits: TunnelLimits;
  readonly #kernel: Kernel<TunnelNodeEvent>;
  readonly #scratch = new Scratch();
  readonly #session: NodeSession;
  readonly #tubes: NodeTubes;
  readonly #fronts = new Set<LocalVisit>();
  readonly #visitOffice: LocalVisitOffice;
  #main: Uint8Array | undefined;
  #listener: ListenerId | undefined;
  #isStopping = false;

  constructor(options: TunnelNodeOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TUNNEL_LIMITS;
    this.#main = options.mainFingerprint;
    this.#kernel = new Kernel(options);
    this.#tubes = new NodeTubes({
      kernel: this.#kernel,
      scratch: this.#scratch,
      limits: this.#limits,
      ...options,
      link: () => this.#session.link,
      over: (tunnel, isClean) => {
        this.#kernel.report({ type: "tunnelOver", tunnel, isClean });
      },
    });
    this.#session = this.#createSession();
    this.#visitOffice = this.#createVisitOffice();
  }

  handle(input: Input<TunnelNodeCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "command") {
      this.#command(input.command);
      return;
    }
    // All ports of a node are listeners of its own.
    this.#kernel.count("stranger");
    if (input.type === "streamAccepted") this.#kernel.refuseStream(input.stream);
  }

  poll(): Effect<TunnelNodeEvent> | undefined {
    return this.#kernel.poll();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Tunnels that it is part of. */
  get tunnels(): number {
    return this.#tubes.size;
  }

  /** What is kept of tunnels and for them, by kind: nothing, once nobody wants one. */
  get holdings(): NodeTubes["holdings"] {
    return this.#tubes.holdings;
  }

  /** Streams and listeners that are open: nothing of a tunnel that is over may be among them. */
  get resources(): { readonly streams: number; readonly listeners: number } {
    return { streams: this.#kernel.streams, listeners: this.#kernel.listeners };
  }

  /** Ports on which it waits for the next of a chain. */
  get ports(): readonly number[] {
    return this.#tubes.ports;
  }

  /** For the kernel: the port for fronts is open. */
  listening(port: number): void {
    this.#kernel.report({ type: "frontsAt", port });
  }

  /** For the kernel: the port for fronts cannot be had. */
  listenFailed(): void {
    this.#kernel.report({ type: "frontsAt", port: undefined });
  }

  /** For the kernel: somebody wants to be a front. */
  streamAccepted(stream: StreamId, remote: Endpoint): void {
    if (this.#isStopping) {
      this.#kernel.refuseStream(stream);
      return;
    }
    const strangers = [...this.#fronts].filter(({ isAttached }) => !isAttached);
    if (strangers.length >= this.#limits.strangersMax) {
      // Other users of this machine may come here, too: they hold no place against a front, which shows its token at once.
      this.#kernel.count("limit");
      strangers[0]?.stop();
    }
    this.#fronts.add(new LocalVisit(this.#visitOffice, { stream, remote }));
  }

  #command(command: TunnelNodeCommand): void {
    switch (command.type) {
      case "start":
        this.#listener ??= this.#kernel.listen({ ...this.#options.fronts, unread: false }, this);
        this.#session.start();
        return;
      case "saved":
        this.#session.saved();
        return;
      case "logout":
        this.#session.logout();
        return;
      case "stop":
        this.#isStopping = true;
        if (this.#listener !== undefined) this.#kernel.unlisten(this.#listener);
        this.#session.stop();
        for (const front of [...this.#fronts]) front.stop();
        return;
    }
  }

  #createSession(): NodeSession {
    const { crypto, description, identity, loadPermille, main, password } = this.#options;
    const { systemLimits, validators } = this.#options;
    return new NodeSession(
      {
        kernel: this.#kernel,
        scratch: this.#scratch,
        identity,
        verifier: new CertificateVerifier(crypto),
        systemLimits: systemLimits ?? SYSTEM_LIMITS,
        limits: this.#limits,
        validators,
        main,
        description,
        handlers: mainHandlers(this.#tubes, { loadPermille }),
        isMain: (peer) => this.#isMain(peer),
        save: (next) => {
          this.#kernel.report({ type: "savePassword", password: next });
        },
        online: () => {
          this.#kernel.report({ type: "online" });
        },
        offline: () => {
          this.#tubes.closeAll();
          this.#kernel.report({ type: "offline" });
        },
        refused: (message) => {
          this.#kernel.report({ type: "refused", message });
        },
        loggedOut: () => {
          this.#kernel.report({ type: "loggedOut" });
        },
      },
      password,
    );
  }

  #isMain({ fingerprint }: PeerIdentity): boolean {
    if (this.#main === undefined) {
      this.#main = fingerprint;
      this.#kernel.report({ type: "mainLearnt", fingerprint });
      return true;
    }
    const isKnown = this.#kernel.crypto.equal(this.#main, fingerprint);
    if (!isKnown) this.#kernel.report({ type: "mainChanged", found: fingerprint });
    return isKnown;
  }

  #createVisitOffice(): LocalVisitOffice {
    const { description, systemLimits, token, validators } = this.#options;
    return {
      kernel: this.#kernel,
      scratch: this.#scratch,
      limits: this.#limits,
      validators,
      callsMax: (systemLimits ?? SYSTEM_LIMITS).rpcCallsMax,
      name: description.name,
      isToken: (shown) => this.#kernel.crypto.equal(token, shown),
      hasRoom: () => {
        const attached = [...this.#fronts].filter(({ isAttached }) => isAttached);
        return attached.length < this.#limits.frontsMax;
      },
      handlers: (visit) =>
        frontHandlers(this.#tubes, visit, {
          name: description.name,
          wishesMax: this.#limits.wishesMax,
          link: () => this.#session.link,
        }),
      left: (visit) => {
        this.#tubes.frontLeft(visit);
      },
      over: (visit) => {
        this.#fronts.delete(visit);
      },
    };
  }
}
