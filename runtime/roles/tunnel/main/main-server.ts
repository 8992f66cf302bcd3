import { CertificateVerifier } from "../../../core/index.ts";
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
import { Kernel } from "../../kernel/kernel.ts";
import type { RoleEnvironment } from "../../kernel/kernel.ts";
import { Scratch } from "../../kernel/scratch.ts";
import type { MainServerCommand, MainServerEvent, NodeRow } from "./main-events.ts";
import { MainSession } from "./main-session.ts";
import type { MainSessionOffice } from "./main-session.ts";
import { NodeDirectory } from "./node-directory.ts";
import { NodeRows } from "./node-rows.ts";
import { PasswordChain } from "./password-chain.ts";
import { TunnelDesk } from "./tunnel-desk.ts";

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
  readonly #rows: NodeRows;
  readonly #nodes: NodeDirectory;
  readonly #tunnels: TunnelDesk;
  readonly #office: MainSessionOffice;
  readonly #sessions = new Set<MainSession>();
  #isStopping = false;

  constructor(options: MainServerOptions) {
    this.#options = options;
    const limits = options.limits ?? TUNNEL_LIMITS;
    const kernel = new Kernel<MainServerEvent>(options);
    this.#limits = limits;
    this.#kernel = kernel;
    this.#rows = new NodeRows({
      limits,
      unixMs: options.unixMs,
      office: kernel,
      rows: options.rows,
    });
    this.#nodes = new NodeDirectory({
      kernel,
      limits,
      rows: this.#rows,
      left: (node) => {
        this.#tunnels.nodeLeft(node);
      },
    });
    this.#tunnels = new TunnelDesk({ kernel, limits, nodes: this.#nodes });
    this.#office = this.#createOffice();
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
    return [...this.#nodes.byName.keys()];
  }

  #accept(stream: StreamId, remote: Endpoint): void {
    if (this.#isStopping || this.#sessions.size >= this.#limits.connectionsMax) {
      this.#kernel.count("limit");
      this.#kernel.refuseStream(stream);
      return;
    }
    // Rows take up room only when somebody comes who wants some.
    this.#rows.sweep((fingerprint) => this.#nodes.isHere(fingerprint));
    this.#sessions.add(new MainSession(this.#office, { stream, remote }));
  }

  #command(command: MainServerCommand): void {
    switch (command.type) {
      case "saved":
        this.#rows.saved(command.save, command.ok);
        return;
      case "stop":
        this.#isStopping = true;
        this.#tunnels.closeAll();
        for (const session of [...this.#sessions]) session.stop();
        return;
    }
  }

  #createOffice(): MainSessionOffice {
    const { crypto, identity, secret, systemLimits, validators } = this.#options;
    return {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity,
      verifier: new CertificateVerifier(crypto),
      systemLimits: systemLimits ?? SYSTEM_LIMITS,
      limits: this.#limits,
      validators,
      tubes: this.#tunnels,
      chainOf: ({ fingerprint }) => new PasswordChain(crypto, { secret, node: fingerprint }),
      passwordsOf: ({ fingerprint }) => this.#rows.find(fingerprint)?.passwords,
      hasRoom: ({ remote: { address } }) => this.#rows.hasRoomFor(address),
      save: (session, passwords) => {
        const { peer, remote } = session;
        const node = { fingerprint: peer.fingerprint, address: remote.address };
        this.#rows.savePasswords(node, passwords, (isOnDisk) => {
          // What could not be written is not promised: the session's timer ends the wait.
          if (isOnDisk) session.saved();
        });
      },
      admitted: (session) => {
        this.#nodes.admitted(session);
      },
      left: (session) => {
        this.#nodes.left(session);
      },
      over: (session) => {
        this.#sessions.delete(session);
      },
      describe: (session, description, answer) => {
        this.#nodes.describe(session, description, answer);
      },
    };
  }
}
