import { createTicket, decodeBase64Url, encodeBase64Url } from "../../../core/index.ts";
import type { Endpoint, MachineRunner } from "../../../core/index.ts";
import { defineNodeTube } from "../../../../generated/tunnel/machines/node-tube.ts";
import type {
  NodeTubeEvent,
  NodeTubeHandlers,
  NodeTubeIn,
  NodeTubeOut,
  NodeTubeOutput,
  NodeTubeState,
} from "../../../../generated/tunnel/machines/node-tube.ts";
import type { MakeTubeResult } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { TunnelNodeErrors } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { HopRefusal, hopRefusalName } from "../../../../generated/tunnel/types.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import { HopDialer } from "../hop-dialer.ts";
import { HopListener } from "../hop-listener.ts";
import type { HopStream, HopSurroundings } from "../hop-stream.ts";
import type { RpcAnswer } from "../../channel/rpc-link.ts";
import { joinStreams } from "../stream-pair.ts";
import type { LocalVisit } from "./local-visit.ts";

/** A part of a tunnel as the main server wants it. */
export interface TubePart {
  readonly id: string;
  /** Where the link before waits; undefined for the front. */
  readonly from: Endpoint | undefined;
  /** Where the link after comes from; undefined for the front. */
  readonly to: string | undefined;
  /** Names the user's request; only of node zero. */
  readonly localId: string | undefined;
  readonly presentTicket: Uint8Array | undefined;
  readonly acceptTicket: Uint8Array | undefined;
  /** The front of this end; undefined for a relay. */
  readonly front: LocalVisit | undefined;
}

/** What a part asks of its node. */
export interface NodeTubeOffice extends HopSurroundings {
  /** Local address of the ports for other nodes; undefined for all. */
  readonly hopAddress: string | undefined;
  /** Local address of the ports for fronts. */
  readonly frontAddress: string;
  /** Most bytes a second in each direction; undefined for no bound. */
  readonly bytesPerS: number | undefined;
  /** The port to try next for another node; 0 for any. */
  nextPort(): number;
  measured(tube: NodeTube, latencyMs: number): void;
  /** The bytes have ended, or never came. */
  ended(tube: NodeTube, isClean: boolean): void;
  /** Nothing of it is left. Called once. */
  over(tube: NodeTube): void;
}

/** One tunnel at one of its nodes. */
export class NodeTube {
  readonly part: TubePart;
  readonly #office: NodeTubeOffice;
  readonly #answer: RpcAnswer<MakeTubeResult>;
  readonly #runner: MachineRunner<NodeTubeState, NodeTubeEvent, NodeTubeOutput>;
  #from: Endpoint | undefined;
  #presentTicket: Uint8Array | undefined;
  readonly #acceptTicket: Uint8Array;
  #dialer: HopDialer | undefined;
  #listener: HopListener | undefined;
  #previous: HopStream | undefined;
  #next: HopStream | undefined;
  #cut: (() => void) | undefined;
  /** Where the node listens or, at node zero, where the front does. */
  #port = 0;

  constructor(office: NodeTubeOffice, part: TubePart, answer: RpcAnswer<MakeTubeResult>) {
    this.#office = office;
    this.part = part;
    this.#answer = answer;
    this.#from = part.from;
    this.#presentTicket = part.presentTicket;
    this.#acceptTicket = part.acceptTicket ?? createTicket(office.kernel.crypto);
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `tube/${part.id}`,
      definition: defineNodeTube(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** The port on which the link after is awaited; undefined while it is not. */
  get awaitsAt(): number | undefined {
    const { name } = this.#runner.state;
    return name === "listening" || name === "binding" ? this.#port : undefined;
  }

  /** The port where front and node met; 0 for a relay. */
  get frontPort(): number {
    if (this.part.from === undefined) return this.#from?.port ?? 0;
    return this.part.to === undefined ? this.#port : 0;
  }

  /** @param refusal why the node will have no part in it; none if it will. */
  begin(refusal: HopRefusal): void {
    this.#dispatch({ name: "make", isFirst: this.part.from === undefined, refusal });
  }

  /** The main server closes it, or the session is over. */
  close(): void {
    this.#dispatch({ name: "close" });
  }

  #dispatch(event: NodeTubeEvent): void {
    this.#runner.dispatch(event);
  }

  #transitions(): NodeTubeHandlers {
    const { part } = this;
    return {
      idleOnMake: (_state, { isFirst, refusal: why }) => {
        if (why !== HopRefusal.none) {
          const { state, outputs } = refusal(why);
          return { state, outputs: [...outputs, { kind: "do", name: "release" }] };
        }
        return isFirst
          ? { state: { name: "asked" }, outputs: [{ kind: "do", name: "askFront" }] }
          : { state: { name: "joining" }, outputs: [{ kind: "do", name: "dial" }] };
      },
      askedOnFrontRefused: () => refusal(HopRefusal.noFront),
      askedOnFront: () => refusal(HopRefusal.noFront),
      joiningOnPreviousFailed: () =>
        refusal(part.from === undefined ? HopRefusal.noFront : HopRefusal.unreachable),
      joiningOnJoin: () => refusal(HopRefusal.unreachable),
      joinedOnPortOpen: (_state, { isLast }) =>
        isLast
          ? { state: { name: "binding" }, outputs: [{ kind: "do", name: "bindFront" }] }
          : { state: { name: "listening" }, outputs: [{ kind: "do", name: "answer" }] },
      joinedOnPortFailed: () => refusal(HopRefusal.noPort),
      joinedOnListen: () => refusal(HopRefusal.noPort),
      joinedOnPreviousLost: () => refusal(HopRefusal.unreachable),
      bindingOnFrontRefused: () => refusal(HopRefusal.noFront),
      bindingOnFront: () => refusal(HopRefusal.noFront),
      bindingOnPreviousLost: () => refusal(HopRefusal.unreachable),
      listeningOnNext: () => reported(false),
      listeningOnPreviousLost: () => reported(false),
      forwardingOnEnded: (_state, { clean }) => reported(clean),
    };
  }

  #perform(output: NodeTubeOutput): void {
    switch (output.name) {
      case "askFront":
        this.#askFront();
        return;
      case "dial":
        this.#dial();
        return;
      case "listen":
        this.#listen();
        return;
      case "answer":
        this.#answer.answer({ is_allowed: true, port: this.#port });
        return;
      case "refuse":
        this.#refuse(output.refusal);
        return;
      case "bindFront":
        this.#bindFront();
        return;
      case "relay":
        this.#relay();
        return;
      case "release":
        this.#release();
        return;
      case "report":
        this.#office.ended(this, output.clean);
        return;
    }
  }

  #refuse(why: HopRefusal): void {
    if (why === HopRefusal.unwilling) this.#answer.answer({ is_allowed: false, port: null });
    else this.#answer.refuse(CODES[why] ?? TunnelNodeErrors.unreachable, hopRefusalName(why));
  }

  #askFront(): void {
    const { front, id, localId } = this.part;
    const ticket = createTicket(this.#office.kernel.crypto);
    if (front === undefined || localId === undefined) {
      this.#dispatch({ name: "frontRefused" });
      return;
    }
    const params = { tunnel_id: id, local_id: localId, ticket: encodeBase64Url(ticket) };
    front.link.call("OpenPort", params, (outcome) => {
      if (!outcome.ok) {
        this.#dispatch({ name: "frontRefused" });
        return;
      }
      this.#from = { address: front.remote.address, port: outcome.result.port };
      this.#presentTicket = ticket;
      this.#dispatch({ name: "frontReady" });
    });
  }

  #dial(): void {
    const [to, ticket] = [this.#from, this.#presentTicket];
    if (to === undefined || ticket === undefined) {
      this.#dispatch({ name: "previousFailed" });
      return;
    }
    this.#dialer = new HopDialer(this.#office, {
      to,
      ticket,
      joined: (stream, latencyMs) => {
        this.#previous = stream;
        this.#office.measured(this, latencyMs);
        this.#dispatch({ name: "joinedPrevious" });
      },
      failed: () => {
        this.#dispatch({ name: "previousFailed" });
      },
      lost: () => {
        this.#previous = undefined;
        this.#dispatch({ name: "previousLost" });
      },
    });
  }

  #listen(): void {
    const { front, to } = this.part;
    const isLast = to === undefined;
    this.#listener = new HopListener(this.#office, {
      address: isLast ? this.#office.frontAddress : this.#office.hopAddress,
      port: isLast ? 0 : this.#office.nextPort(),
      expects: to ?? front?.remote.address ?? "",
      ticket: this.#acceptTicket,
      listening: (port) => {
        this.#port = port;
        this.#dispatch({ name: "portOpen", isLast });
      },
      failed: () => {
        this.#dispatch({ name: "portFailed" });
      },
      joined: (stream) => {
        this.#next = stream;
        this.#dispatch({ name: "nextJoined" });
      },
      // Whoever is admitted is relayed at once, so nothing is lost in between.
      lost: () => undefined,
    });
  }

  #bindFront(): void {
    const { front, id } = this.part;
    if (front === undefined) {
      this.#dispatch({ name: "frontRefused" });
      return;
    }
    const ticket = encodeBase64Url(this.#acceptTicket);
    front.link.call("BindTube", { tunnel_id: id, port: this.#port, ticket }, (outcome) => {
      // The connection itself says that it is there; the answer only matters if it is no.
      if (!outcome.ok) this.#dispatch({ name: "frontRefused" });
    });
  }

  #relay(): void {
    const [previous, next] = [this.#previous, this.#next];
    if (previous === undefined || next === undefined) throw new RangeError("a link is missing");
    this.#cut = joinStreams({
      kernel: this.#office.kernel,
      a: previous.stream,
      b: next.stream,
      aFirst: next.take(),
      bFirst: previous.take(),
      bytesPerS: this.#office.bytesPerS,
      ended: (clean) => {
        this.#dispatch({ name: "ended", clean });
      },
    });
  }

  #release(): void {
    this.#dialer?.cancel();
    this.#listener?.close();
    this.#cut?.();
    if (this.#cut === undefined) {
      this.#previous?.close();
      this.#next?.close();
    }
    this.part.front?.link.notify("TubeClosed", { tunnel_id: this.part.id });
    this.#office.over(this);
  }
}

/** A ticket as it travels; undefined for none, or for what is none. */
export function ticketOf(text: string | null | undefined): Uint8Array | undefined {
  return text === null || text === undefined ? undefined : decodeBase64Url(text);
}

const CODES: Readonly<Record<number, number>> = {
  [HopRefusal.full]: TunnelNodeErrors.full,
  [HopRefusal.unreachable]: TunnelNodeErrors.unreachable,
  [HopRefusal.privateAddress]: TunnelNodeErrors.privateAddress,
  [HopRefusal.noPort]: TunnelNodeErrors.noPort,
  [HopRefusal.noFront]: TunnelNodeErrors.noFront,
};

interface Refused {
  readonly state: NodeTubeIn<"closed">;
  readonly outputs: readonly [NodeTubeOut<"refuse">];
}

function refusal(why: HopRefusal): Refused {
  return { state: { name: "closed" }, outputs: [{ kind: "do", name: "refuse", refusal: why }] };
}

interface Reported {
  readonly state: NodeTubeIn<"closed">;
  readonly outputs: readonly [NodeTubeOut<"report">];
}

function reported(clean: boolean): Reported {
  return { state: { name: "closed" }, outputs: [{ kind: "do", name: "report", clean }] };
}
