import type { MachineRunner } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { defineMainTunnel } from "../../../../generated/tunnel/machines/main-tunnel.ts";
import type {
  MainTunnelEvent,
  MainTunnelHandlers,
  MainTunnelIn,
  MainTunnelOut,
  MainTunnelOutput,
  MainTunnelState,
} from "../../../../generated/tunnel/machines/main-tunnel.ts";
import type { Tube } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TunnelNodeErrors } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import type { MakeTubeResult } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { TunnelProblem } from "../../../../generated/tunnel/types.ts";
import type { RoleKernel } from "../../kernel/kernel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import type { LinkOutcome } from "../../channel/rpc-link.ts";
import { settlingKernel } from "../settling-kernel.ts";
import type { ActiveNode } from "./active-node.ts";
import { ChainPlan } from "./chain-plan.ts";
import type { ChainFailures, ChainPart } from "./chain-plan.ts";

/** Who wants a tunnel, to whom, and how. */
export interface TunnelRequest {
  /** Base64url of 16 bytes. */
  readonly id: string;
  readonly localId: string;
  readonly from: ActiveNode;
  readonly to: ActiveNode;
  readonly relays: number;
  readonly exclude: readonly string[];
  readonly plain: boolean;
}

/** What a tunnel asks of its server. */
export interface MainTunnelOffice {
  readonly kernel: RoleKernel;
  readonly limits: TunnelLimits;
  /** Whether the other user, who allows it, may have another tunnel. */
  hasRoom(tunnel: MainTunnel): boolean;
  /** The other user was asked, and the answer is known or not waited for any more. */
  decided(tunnel: MainTunnel): void;
  /** The call by which the other user was asked is over. Called once, perhaps after `over`. */
  heard(tunnel: MainTunnel): void;
  /** The relays of a path, without the nodes that are gone or failed; undefined if there are not enough. */
  choose(tunnel: MainTunnel, failures: ChainFailures): readonly ActiveNode[] | undefined;
  /** Said once: the tunnel stands, or cannot be had. @param detail the other user's words. */
  answered(tunnel: MainTunnel, problem: TunnelProblem, detail: string): void;
  pathFailed(tunnel: MainTunnel, at: ActiveNode): void;
  /** No node has anything of it. Called once. */
  over(tunnel: MainTunnel, problem: TunnelProblem): void;
}

/** One tunnel at the main server. */
export class MainTunnel {
  readonly request: TunnelRequest;
  readonly #office: MainTunnelOffice;
  readonly #runner: MachineRunner<MainTunnelState, MainTunnelEvent, MainTunnelOutput>;
  readonly #plan: ChainPlan;
  /** Nodes that were asked for a part and have not said that they have none. */
  readonly #asked = new Set<ActiveNode>();
  readonly #latenciesUs = new Map<ActiveNode, number>();
  #problem: TunnelProblem = TunnelProblem.none;
  #detail = "";
  #isAsking = false;
  #isAnswered = false;
  #isFinished = false;
  #wasEstablished = false;

  constructor(office: MainTunnelOffice, request: TunnelRequest) {
    this.#office = office;
    this.request = request;
    this.#plan = new ChainPlan({
      crypto: office.kernel.crypto,
      ends: [request.from, request.to],
      attemptsMax: office.limits.attemptsMax,
      choose: (failures) => office.choose(this, failures),
    });
    this.#runner = runMachine({
      kernel: settlingKernel(office.kernel, () => {
        this.#settle();
      }),
      scope: `tunnel/${request.id}`,
      definition: defineMainTunnel(this.#transitions(), office.limits),
      initial: { name: "waiting" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** The other user may be asked. */
  turn(): void {
    this.#dispatch({ name: "turn" });
  }

  /** From end to end; empty while there is none. */
  get path(): readonly ActiveNode[] {
    return this.#plan.path;
  }

  get isEstablished(): boolean {
    return this.#runner.state.name === "established" || this.#isDraining;
  }

  /** Whether both ends have every byte: nothing that a relay does from then on can lose one. */
  get #isDraining(): boolean {
    return this.#runner.state.name === "draining";
  }

  /** One of the two users closes it, or the server stops. */
  close(problem: TunnelProblem): void {
    this.#dispatch({ name: "close", problem });
  }

  /** A node has lost its session. */
  nodeLeft(node: ActiveNode): void {
    const { from, to } = this.request;
    const isEnd = node === from || node === to;
    const isOn = this.#asked.delete(node);
    // Whoever has passed every byte may leave.
    if (isOn && this.#isDraining) this.#dispatch({ name: "nodeDone" });
    else if (isEnd && (isOn || !this.isEstablished)) this.#lose("endLost");
    else if (isOn) this.#blame(node, "hard");
  }

  /** A node says that it has nothing of the tunnel any more. */
  nodeEnded(node: ActiveNode, isClean: boolean): void {
    // Who has not answered yet for this chain speaks of its part of the one before.
    if (!this.#plan.hasMade(node) || !this.#asked.delete(node)) return;
    if (this.#isDraining || (isClean && this.isEstablished)) {
      this.#dispatch({ name: "nodeDone" });
      return;
    }
    const { from, to } = this.request;
    if (this.isEstablished && (node === from || node === to)) this.#lose("endLost");
    else this.#blame(node, "soft");
  }

  /** How long the way from a node to the link before is. */
  measured(node: ActiveNode, latencyMs: number): void {
    if (this.path.includes(node)) this.#latenciesUs.set(node, Math.round(latencyMs * 1000));
  }

  /** The tunnel as its users see it. */
  describe(): Tube {
    const { from, id, localId, to } = this.request;
    return {
      tunnel_id: id,
      local_id: localId,
      request_user: from.name,
      endpoint_user: to.name,
      established: this.isEstablished,
      hops: this.path.map((node) => ({
        name: node.name,
        operator: node.operator,
        latency_us: this.#latenciesUs.get(node) ?? null,
      })),
    };
  }

  #dispatch(event: MainTunnelEvent): void {
    this.#runner.dispatch(event);
    this.#settle();
  }

  /** Tells of a decision and of the end, once everything that belongs to them is done. */
  #settle(): void {
    const { name } = this.#runner.state;
    if (name !== "asking" && this.#isAsking) {
      this.#isAsking = false;
      this.#office.decided(this);
    }
    if (this.#runner.state.name !== "over" || this.#isFinished) return;
    this.#isFinished = true;
    if (!this.#isAnswered) this.#answer(this.#problem);
    if (!this.#wasEstablished) this.#tellEnds();
    this.#office.over(this, this.#problem);
  }

  #ask(): void {
    this.#isAsking = true;
    const { from, id, plain, to } = this.request;
    const { link } = to.session;
    link.notify("PrepareTube", {
      tunnel_id: id,
      request_user: from.name,
      plain,
      local_id: null,
      present_ticket: null,
      accept_ticket: null,
    });
    link.call("RequestConnection", { request_user: from.name, tunnel_id: id }, (outcome) => {
      if (outcome.ok && outcome.result.is_allowed) {
        this.#dispatch({ name: "allowed" });
      } else {
        this.#detail = outcome.ok ? outcome.result.reason : "nobody is there to ask";
        this.#dispatch({ name: "refused" });
      }
      this.#office.heard(this);
    });
  }

  #transitions(): MainTunnelHandlers {
    const over = (problem: TunnelProblem): Ended => ({
      state: { name: "over" },
      outputs: [{ kind: "do", name: "answer", problem }],
    });
    const again = (): Again => {
      const outputs: Again["outputs"] = [RETREAT];
      if (this.#choose()) return { state: { name: "making" }, outputs: [...outputs, MAKE] };
      const answer = { kind: "do", name: "answer", problem: TunnelProblem.noPath } as const;
      return { state: { name: "over" }, outputs: [...outputs, answer] };
    };
    return {
      askingOnAllowed: () => {
        if (!this.#office.hasRoom(this)) return over(TunnelProblem.limit);
        return this.#choose()
          ? { state: { name: "making" }, outputs: [MAKE] }
          : over(TunnelProblem.noPath);
      },
      askingOnRefused: () => over(TunnelProblem.refused),
      earlyOnConsent: ({ name }) =>
        over(name === "waiting" ? TunnelProblem.limit : TunnelProblem.timeout),
      makingOnMade: () => {
        if (this.#plan.next !== undefined) return { state: { name: "making" }, outputs: [MAKE] };
        const establish: MainTunnelOut<"establish"> = { kind: "do", name: "establish" };
        return { state: { name: "established" }, outputs: [establish] };
      },
      makingOnMakeFailed: again,
      makingOnMake: () => {
        const silent = this.#plan.next?.node;
        if (silent !== undefined) this.#plan.suspect(silent, "hard");
        return again();
      },
      makingOnBuild: () => over(TunnelProblem.timeout),
      makingOnRelayLost: again,
      openingOnEndLost: () => over(TunnelProblem.lost),
      establishedOnNodeDone: () => {
        const { from, to } = this.request;
        const isPassing = this.#asked.has(from) || this.#asked.has(to);
        if (isPassing) return { state: { name: "established" } };
        return { state: { name: this.#asked.size > 0 ? "draining" : "over" } };
      },
      drainingOnNodeDone: () => ({
        state: { name: this.#asked.size > 0 ? "draining" : "over" },
      }),
      anyOnClose: (_state, { problem }) => over(problem),
    };
  }

  /** Finds the next path to try; false if there is none. */
  #choose(): boolean {
    if (!this.#plan.begin()) return false;
    this.#latenciesUs.clear();
    return true;
  }

  #perform(output: MainTunnelOutput): void {
    switch (output.name) {
      case "ask":
        this.#ask();
        return;
      case "make":
        this.#make();
        return;
      case "retreat":
      case "closeAll":
        this.#closeAll();
        return;
      case "establish":
        this.#establish();
        return;
      case "answer":
        this.#problem = output.problem;
        this.#answer(output.problem);
        return;
    }
  }

  #make(): void {
    const part = this.#plan.next;
    if (part === undefined) throw new RangeError("all nodes have made their parts");
    const { acceptTicket, before, node, params, presentTicket } = part;
    const { from, id, localId, plain } = this.request;
    const { link } = node.session;
    // Strangers have it relay as much as they like; what is left is for the tunnels of its own user.
    if (before !== undefined && !part.isLast && link.isBusy) {
      this.#failed(node, "soft");
      return;
    }
    this.#asked.add(node);
    link.notify("PrepareTube", {
      tunnel_id: id,
      request_user: from.name,
      plain,
      local_id: before === undefined ? localId : null,
      present_ticket: presentTicket,
      accept_ticket: acceptTicket,
    });
    link.call("MakeTube", { ...params, tunnel_id: id }, (outcome) => {
      // An answer of an attempt that was given up says nothing of this one, nor of a tunnel that is over.
      if (this.#plan.next === part && !this.#isFinished) this.#answered(part, outcome);
    });
  }

  #answered({ before, isLast, node }: ChainPart, outcome: LinkOutcome<MakeTubeResult>): void {
    const port = outcome.ok && outcome.result.is_allowed ? (outcome.result.port ?? 0) : undefined;
    // Without a port the next node could not but fail, and would be blamed for it.
    if (port !== undefined && (port > 0 || isLast)) {
      this.#plan.made(port);
      this.#dispatch({ name: "made" });
      return;
    }
    // Who says that it made its part has one to close.
    if (port !== undefined) node.session.link.notify("CloseTube", { tunnel_id: this.request.id });
    this.#asked.delete(node);
    const isUnreachable = !outcome.ok && UNREACHABLE.includes(outcome.error.code);
    // Where an end is doubted, the link beside it is at fault as often, and it alone can be replaced.
    if (isUnreachable && before !== undefined) this.#plan.suspect(before, "soft");
    this.#failed(node, isUnreachable ? "soft" : "hard");
  }

  #failed(node: ActiveNode, how: "soft" | "hard"): void {
    this.#plan.suspect(node, how);
    this.#office.pathFailed(this, node);
    this.#dispatch({ name: "makeFailed" });
  }

  /** A relay is out of the tunnel: while it is being built another may take its place. */
  #blame(node: ActiveNode, how: "soft" | "hard"): void {
    if (!this.isEstablished) {
      this.#plan.suspect(node, how);
      this.#office.pathFailed(this, node);
    }
    this.#lose("relayLost");
  }

  #lose(name: "relayLost" | "endLost"): void {
    this.#problem = TunnelProblem.lost;
    this.#dispatch({ name });
  }

  #closeAll(): void {
    for (const node of this.#asked) {
      node.session.link.notify("CloseTube", { tunnel_id: this.request.id });
    }
    this.#asked.clear();
  }

  /** Until now both ends expect that another chain is tried. */
  #tellEnds(): void {
    const { from, id, to } = this.request;
    for (const end of [from, to]) end.session.link.notify("ForgetTube", { tunnel_id: id });
  }

  #establish(): void {
    this.#wasEstablished = true;
    const { from, id, localId, to } = this.request;
    const params = { tunnel_id: id, local_id: localId };
    to.session.link.notify("EstablishConnection", { ...params, endpoint_user: from.name });
    from.session.link.notify("EstablishConnection", { ...params, endpoint_user: to.name });
    this.#answer(TunnelProblem.none);
  }

  #answer(problem: TunnelProblem): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#office.answered(this, problem, this.#detail);
  }
}

/** What a node says of the link before: whose fault it is nobody knows. */
const UNREACHABLE = [TunnelNodeErrors.unreachable, TunnelNodeErrors.privateAddress] as number[];
const MAKE: MainTunnelOut<"make"> = { kind: "do", name: "make" };
const RETREAT: MainTunnelOut<"retreat"> = { kind: "do", name: "retreat" };

interface Ended {
  readonly state: MainTunnelIn<"over">;
  readonly outputs: readonly MainTunnelOut<"answer">[];
}

interface Again {
  readonly state: MainTunnelIn<"making" | "over">;
  readonly outputs: readonly MainTunnelOut<"retreat" | "make" | "answer">[];
}
