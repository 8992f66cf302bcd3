import { CertificateVerifier } from "../../../core/index.ts";
import type {
  Effect,
  Endpoint,
  Identity,
  Input,
  Role,
  RpcValidators,
} from "../../../core/index.ts";
import { SYSTEM_LIMITS } from "../../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { FrontErrors } from "../../../../generated/tunnel/rpc/front.ts";
import type { RequestConnectionResult } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { TunnelProblem } from "../../../../generated/tunnel/types.ts";
import { Kernel } from "../../kernel/kernel.ts";
import type { RoleEnvironment } from "../../kernel/kernel.ts";
import { Scratch } from "../../kernel/scratch.ts";
import type { FrontCalls } from "../node/local-visit.ts";
import type { LinkHandlers, RpcAnswer } from "../../channel/rpc-link.ts";
import { Consents } from "./consents.ts";
import { collectTubes } from "./collect-tubes.ts";
import { FrontAccept } from "./front-accept.ts";
import type { FrontCommand, FrontEvent } from "./front-events.ts";
import { FrontLink } from "./front-link.ts";
import type { FrontOpen } from "./front-open.ts";
import { Identities } from "./identities.ts";
import { Opening } from "./opening.ts";
import type { TunnelOffice } from "./tunnel-office.ts";

/** What a front is made with. */
export interface FrontOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** Where the node takes fronts. */
  readonly node: Endpoint;
  /** What the node asks fronts to show, 32 bytes. */
  readonly token: Uint8Array;
  /** Local address of the ports for the node: one that the node reaches and nobody else. */
  readonly address: string;
  readonly validators: RpcValidators;
  /** Default: those of the spec. */
  readonly limits?: TunnelLimits;
  readonly systemLimits?: SystemLimits;
}

/** What a local user runs: it opens tunnels, answers the requests of others, and has the keys of both. */
export class Front implements Role<FrontCommand, FrontEvent> {
  readonly #options: FrontOptions;
  readonly #limits: TunnelLimits;
  readonly #kernel: Kernel<FrontEvent>;
  readonly #office: TunnelOffice;
  readonly #openings = new Map<number, Opening>();
  /** Tunnels that this front asked for, by local id. */
  readonly #opens = new Map<string, FrontOpen>();
  /** Tunnels that others asked for, by id. */
  readonly #accepts = new Map<string, FrontAccept>();
  readonly #consents: Consents;
  readonly #identities: Identities;
  /** Modes of tunnels that others are about to ask for. */
  readonly #plain = new Map<string, boolean>();
  #offer: { readonly target: Endpoint; readonly plain: boolean } | undefined;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TUNNEL_LIMITS;
    this.#kernel = new Kernel(options);
    this.#consents = new Consents(this.#kernel, this.#limits);
    this.#identities = new Identities(this.#kernel, this.#limits);
    this.#office = this.#createOffice();
  }

  handle(input: Input<FrontCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "command") {
      this.#command(input.command);
      return;
    }
    this.#kernel.count("stranger");
    if (input.type === "streamAccepted") this.#kernel.refuseStream(input.stream);
  }

  poll(): Effect<FrontEvent> | undefined {
    return this.#kernel.poll();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Streams and listeners that are open: nothing of a tunnel that is over may be among them. */
  get resources(): { readonly streams: number; readonly listeners: number } {
    return { streams: this.#kernel.streams, listeners: this.#kernel.listeners };
  }

  #command(command: FrontCommand): void {
    const { rpc } = this.#office.link;
    switch (command.type) {
      case "start":
        this.#office.link.start();
        return;
      case "open":
        this.#open(command);
        return;
      case "closeOpening":
        this.#openings.get(command.opening)?.close();
        this.#openings.delete(command.opening);
        return;
      case "accept":
        this.#offer = command;
        rpc.notify("AcceptTubes", {});
        return;
      case "known":
        this.#known(command);
        return;
      case "learnt":
        this.#identities.learnt(command.user, command.fingerprint);
        return;
      case "consent":
        this.#consents.answer(command.question, command.isAllowed, command.reason);
        return;
      case "list":
        collectTubes(rpc, command.tunnel, (tubes) => {
          this.#kernel.report({ type: "listed", request: command.request, tubes });
        });
        return;
      case "closeTube": {
        // The node passes the id on; the local id is that of whoever asked for the tunnel, and need not be known here.
        const params = { local_id: "-", tunnel_id: command.tunnel };
        rpc.call("RequestCloseTube", params, (outcome) => {
          const isDone = outcome.ok ? outcome.result.is_success : undefined;
          this.#kernel.report({ type: "tubeClosed", request: command.request, isDone });
        });
        return;
      }
      case "stop":
        for (const opening of this.#openings.values()) opening.close();
        for (const accept of [...this.#accepts.values()]) accept.close();
        this.#office.link.stop();
        return;
    }
  }

  #known({ policies, users }: Extract<FrontCommand, { type: "known" }>): void {
    this.#identities.setUsers(users);
    this.#consents.setPolicies(policies);
    for (const accept of [...this.#accepts.values()]) {
      if (this.#consents.isKeptOut(accept.user)) accept.close();
    }
  }

  #open({ opening, wish, at, atOnce = false }: Extract<FrontCommand, { type: "open" }>): void {
    if (this.#openings.has(opening)) throw new RangeError(`opening ${String(opening)} exists`);
    const made = new Opening(
      this.#office,
      {
        add: (tunnel) => this.#opens.set(tunnel.localId, tunnel),
        remove: (tunnel) => this.#opens.delete(tunnel.localId),
      },
      {
        opening,
        wish,
        at,
        atOnce,
        opened: (port, tunnel) => {
          this.#kernel.report({ type: "opened", opening, port, tunnel });
        },
        failed: (problem, reason) => {
          this.#openings.delete(opening);
          this.#kernel.report({ type: "openFailed", opening, problem, reason });
        },
        requestFailed: (problem, reason) => {
          this.#kernel.report({ type: "requestFailed", opening, problem, reason });
        },
        tunnelOver: ({ id }, problem) => {
          this.#tunnelOver(id, wish.user, problem);
        },
      },
    );
    this.#openings.set(opening, made);
  }

  #tunnelOver(tunnel: string, user: string, problem: TunnelProblem): void {
    this.#kernel.report({ type: "tunnelOver", tunnel, user, problem });
  }

  #createOffice(): TunnelOffice {
    const { address, crypto, identity, node, systemLimits, token, validators } = this.#options;
    const system = systemLimits ?? SYSTEM_LIMITS;
    const scratch = new Scratch();
    const link = new FrontLink({
      kernel: this.#kernel,
      scratch,
      limits: this.#limits,
      validators,
      callsMax: system.rpcCallsMax,
      node,
      token,
      handlers: this.#handlers(),
      attached: (name) => {
        this.#kernel.report({ type: "attached", name });
      },
      detached: () => {
        this.#detached();
      },
    });
    return {
      kernel: this.#kernel,
      scratch,
      identity,
      verifier: new CertificateVerifier(crypto),
      // The handshake of the ends passes the whole chain, and not one connection.
      systemLimits: { ...system, handshakeMs: this.#limits.endMs },
      limits: this.#limits,
      link,
      node,
      address,
      identities: this.#identities,
    };
  }

  /** Nothing works without the node; bytes that pass end with the connections to it. */
  #detached(): void {
    for (const opening of [...this.#openings.values()]) opening.close();
    this.#openings.clear();
    for (const accept of [...this.#accepts.values()]) accept.close();
    this.#kernel.report({ type: "detached" });
  }

  #handlers(): LinkHandlers<FrontCalls> {
    return {
      OpenPort: (params, answer) => {
        const tunnel = this.#opens.get(params.local_id);
        if (tunnel === undefined) answer.refuse(FrontErrors.unknownTunnel, "nobody asked for it");
        else tunnel.openPort(params, answer);
      },
      BindTube: (params, answer) => {
        const tunnel = this.#accepts.get(params.tunnel_id);
        if (tunnel === undefined) answer.refuse(FrontErrors.unknownTunnel, "nobody allowed it");
        else tunnel.bind(params, answer);
      },
      PrepareTube: ({ plain, tunnel_id }) => {
        // A question follows at once, so one place would do; a few more forgive a node that asks in another order.
        if (this.#plain.size >= this.#limits.programsMax) this.#plain.clear();
        this.#plain.set(tunnel_id, plain);
      },
      RequestConnection: ({ request_user, tunnel_id }, answer) => {
        this.#asked({ user: request_user, id: tunnel_id }, answer);
      },
      EstablishConnection: ({ local_id }) => {
        this.#opens.get(local_id)?.established();
      },
      ForgetTube: ({ tunnel_id }) => {
        this.#accepts.get(tunnel_id)?.forgotten();
      },
      TubeClosed: ({ tunnel_id }) => {
        this.#accepts.get(tunnel_id)?.gone();
        for (const tunnel of this.#opens.values()) if (tunnel.id === tunnel_id) tunnel.gone();
      },
    };
  }

  #asked(
    { id, user }: { readonly id: string; readonly user: string },
    answer: RpcAnswer<RequestConnectionResult>,
  ): void {
    const plain = this.#plain.get(id) ?? false;
    this.#plain.delete(id);
    const refuse = (reason: string): void => {
      answer.answer({ is_allowed: false, reason, tunnel_id: id });
    };
    const isFull = this.#accepts.size >= this.#limits.tunnelsPerUserMax || this.#accepts.has(id);
    if (isFull) {
      refuse("too many tunnels");
      return;
    }
    if (this.#offer === undefined) {
      refuse("nothing is offered");
      return;
    }
    if (plain && !this.#offer.plain) {
      refuse(this.#consents.isKeptOut(user) ? "not allowed" : NOT_PLAIN);
      return;
    }
    const { target } = this.#offer;
    const accept = new FrontAccept(
      this.#office,
      { id, user, plain, target, answer },
      (tunnel, problem) => {
        this.#accepts.delete(tunnel.id);
        this.#consents.over(tunnel.id);
        this.#tunnelOver(tunnel.id, tunnel.user, problem);
      },
    );
    this.#accepts.set(id, accept);
    this.#consents.ask(accept);
  }
}

const NOT_PLAIN =
  "tunnels without encryption are not taken here; `tagwire tunnel allow --plain` would take them";
