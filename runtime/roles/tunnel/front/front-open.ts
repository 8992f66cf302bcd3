import { RPC_CODES, decodeBase64Url, joinBytes } from "../../../core/index.ts";
import type { MachineRunner, PeerIdentity, StreamId } from "../../../core/index.ts";
import { PartyRole } from "../../../../generated/system/types.ts";
import {
  defineFrontOpen,
  isFrontOpenMessage,
} from "../../../../generated/tunnel/machines/front-open.ts";
import type {
  FrontOpenEvent,
  FrontOpenHandlers,
  FrontOpenIn,
  FrontOpenOut,
  FrontOpenOutput,
  FrontOpenState,
} from "../../../../generated/tunnel/machines/front-open.ts";
import { decodeFrontEnd } from "../../../../generated/tunnel/receive.ts";
import { FrontErrors } from "../../../../generated/tunnel/rpc/front.ts";
import type { OpenPortParams, OpenPortResult } from "../../../../generated/tunnel/rpc/front.ts";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { encodeTunnel } from "../../../../generated/tunnel/send.ts";
import { TunnelProblem, tunnelProblemName } from "../../../../generated/tunnel/types.ts";
import { Channel } from "../../channel/channel.ts";
import type { ChannelOwner } from "../../channel/channel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import { HopListener } from "../hop-listener.ts";
import type { HopStream } from "../hop-stream.ts";
import type { RpcAnswer } from "../../channel/rpc-link.ts";
import { joinStreams } from "../stream-pair.ts";
import { createEndPipes } from "./end-pipes.ts";
import type { TunnelWish } from "./front-events.ts";
import type { TunnelOffice } from "./tunnel-office.ts";

/** Who hears of a tunnel that was asked for. */
export interface FrontOpenOwner {
  /** A program may use it. */
  ready(tunnel: FrontOpen): void;
  /** Called once. @param reason in the other side's words. */
  over(tunnel: FrontOpen, problem: TunnelProblem, reason: string): void;
}

/** A tunnel that this front asked for. */
export class FrontOpen {
  readonly localId: string;
  readonly wish: TunnelWish;
  readonly #office: TunnelOffice;
  readonly #owner: FrontOpenOwner;
  readonly #runner: MachineRunner<FrontOpenState, FrontOpenEvent, FrontOpenOutput>;
  #id = "";
  #reason = "";
  #hasChain = false;
  /** The node's call for a port that is being worked on. */
  #asked:
    { readonly params: OpenPortParams; readonly answer: RpcAnswer<OpenPortResult> } | undefined;
  #listener: HopListener | undefined;
  #node: HopStream | undefined;
  #channel: Channel | undefined;
  #isImpostor = false;
  #program: StreamId | undefined;
  #cut: (() => void) | undefined;

  constructor(
    office: TunnelOffice,
    owner: FrontOpenOwner,
    request: { readonly localId: string; readonly wish: TunnelWish },
  ) {
    this.#office = office;
    this.#owner = owner;
    this.localId = request.localId;
    this.wish = request.wish;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `open/${request.localId}`,
      definition: defineFrontOpen(this.#transitions(), office.limits),
      initial: { name: "requested" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Its id; empty before the main server has given it one. */
  get id(): string {
    return this.#id;
  }

  /** Whether the chain was complete once. */
  get hasChain(): boolean {
    return this.#hasChain;
  }

  /** Asks the node. Apart from the constructor, so that the owner knows the tunnel when it hears of it. */
  request(): void {
    const { rpc } = this.#office.link;
    const { relays, exclude, plain, user } = this.wish;
    rpc.notify("PreferPath", { local_id: this.localId, relays, exclude: [...exclude], plain });
    rpc.call("RequestTube", { endpoint_name: user, local_id: this.localId }, (outcome) => {
      if (outcome.ok && outcome.result.is_allowed) {
        this.#id = outcome.result.tunnel_id ?? this.#id;
        return;
      }
      this.#reason = outcome.ok ? outcome.result.reason : outcome.error.message;
      const code = outcome.ok ? undefined : outcome.error.code;
      const problem =
        (code === undefined ? undefined : PROBLEMS.get(code)) ?? problemOf(this.#reason);
      this.#dispatch({ name: "refused", problem });
    });
  }

  /** The node wants a port to connect to. */
  openPort(params: OpenPortParams, answer: RpcAnswer<OpenPortResult>): void {
    if (this.#runner.state.name !== "requested" || ticketOf(params) === undefined) {
      answer.refuse(FrontErrors.unknownTunnel, "no port is wanted");
      return;
    }
    this.#id = params.tunnel_id;
    this.#noPort();
    this.#asked = { params, answer };
    this.#dispatch({ name: "wantPort" });
  }

  /** The chain is complete. */
  established(): void {
    this.#hasChain = true;
    this.#dispatch({ name: "established" });
  }

  /** The node has nothing of it any more. */
  gone(): void {
    this.#dispatch({ name: "gone" });
  }

  /** A program uses it, whose stream has not been read. */
  take(program: StreamId): void {
    this.#program = program;
    this.#dispatch({ name: "taken" });
  }

  close(): void {
    this.#dispatch({ name: "close" });
  }

  #dispatch(event: FrontOpenEvent): boolean {
    return this.#runner.dispatch(event) !== "refused";
  }

  #transitions(): FrontOpenHandlers {
    const over = (problem: TunnelProblem): Over => ({
      state: { name: "over" },
      outputs: [{ kind: "do", name: "report", problem }],
    });
    return {
      requestedOnRefused: (_state, { problem }) => over(problem),
      requestedOnEstablished: () => {
        if (this.#node === undefined) {
          const tell: FrontOpenOut<"tellNode" | "release">[] = [
            { kind: "do", name: "tellNode" },
            { kind: "do", name: "release" },
          ];
          return {
            state: { name: "over" },
            outputs: [...tell, ...over(TunnelProblem.lost).outputs],
          };
        }
        return this.wish.plain
          ? { state: { name: "ready" }, outputs: [{ kind: "do", name: "announce" }] }
          : { state: { name: "greeting" }, outputs: [{ kind: "do", name: "greet" }] };
      },
      requestedOnOpen: () => over(TunnelProblem.timeout),
      greetingOnImpostor: () => over(TunnelProblem.impostor),
      greetingOnUnkept: () => over(TunnelProblem.unkept),
      waitingOnGreet: () => over(TunnelProblem.timeout),
      openOnLost: () => over(TunnelProblem.lost),
      readyOnTaken: () =>
        this.wish.plain
          ? { state: { name: "carrying" }, outputs: [{ kind: "do", name: "relay" }] }
          : {
              state: { name: "connecting" },
              outputs: [
                { kind: "send", name: "TubeConnect", to: "front", message: { version: 1 } },
              ],
            },
      carryingOnEnded: (_state, { clean }) => over(clean ? TunnelProblem.none : TunnelProblem.lost),
      openOnGone: () => over(TunnelProblem.lost),
      anyOnClose: () => over(TunnelProblem.closed),
    };
  }

  #perform(output: FrontOpenOutput): void {
    if (output.kind === "send") {
      this.#channel?.send((bytes, view, offset) => encodeTunnel(output, bytes, view, offset));
      return;
    }
    switch (output.name) {
      case "openPort":
        this.#openPort();
        return;
      case "greet":
        this.#greet();
        return;
      case "announce":
        this.#owner.ready(this);
        return;
      case "relay":
        this.#relay();
        return;
      case "release":
        this.#release();
        return;
      case "tellNode":
        this.#tellNode();
        return;
      case "report":
        this.#owner.over(this, output.problem, this.#reason);
        return;
    }
  }

  #openPort(): void {
    const asked = this.#asked;
    const ticket = asked && ticketOf(asked.params);
    if (asked === undefined || ticket === undefined) return;
    this.#letGo();
    this.#listener = new HopListener(this.#office, {
      address: this.#office.address,
      port: 0,
      expects: this.#office.node.address,
      ticket,
      listening: (port) => {
        this.#asked = undefined;
        asked.answer.answer({ port });
      },
      failed: () => {
        this.#noPort();
      },
      joined: (stream) => {
        this.#node = stream;
      },
      lost: () => {
        this.#node = undefined;
        this.#dispatch({ name: "lost" });
      },
    });
  }

  #greet(): void {
    const node = this.#node;
    if (node === undefined) throw new RangeError("the chain has no connection here");
    const early = node.take();
    const ticketHint = decodeBase64Url(this.#id) ?? new Uint8Array(0);
    const hello = { from: PartyRole.front, to: PartyRole.front, ticketHint };
    const options = { owner: this.#channelOwner(), responder: PartyRole.front, hello };
    this.#channel = Channel.greet(this.#office, options, node.stream);
    if (early.length > 0) this.#channel.streamData(early);
  }

  #channelOwner(): ChannelOwner {
    return {
      admitPeer: (peer) => {
        this.#isImpostor = !this.#office.identities.admits(this.wish.user, peer.fingerprint);
        return !this.#isImpostor;
      },
      channelOpen: (peer) => {
        this.#keep(peer);
      },
      channelFrame: ({ tag, bytes, view, offset, end }) => {
        const received = decodeFrontEnd(tag, bytes, view, offset, end);
        if (!isFrontOpenMessage(received)) return false;
        this.#channel?.noteReceived(tag);
        return this.#dispatch(received);
      },
      channelClosed: () => {
        this.#channel = undefined;
        this.#dispatch({ name: this.#isImpostor ? "impostor" : "lost" });
      },
    };
  }

  #keep({ fingerprint }: PeerIdentity): void {
    const channel = this.#channel;
    this.#office.identities.keep(this.wish.user, fingerprint, (kept) => {
      if (this.#channel !== channel) return;
      if (kept === "same") this.#dispatch({ name: "secure" });
      else this.#dispatch({ name: kept === "other" ? "impostor" : "unkept" });
    });
  }

  #relay(): void {
    const [program, node] = [this.#program, this.#node];
    if (program === undefined || node === undefined) throw new RangeError("there is no program");
    const { kernel } = this.#office;
    const handed = this.#channel?.handOver();
    this.#channel = undefined;
    const pipes = handed && createEndPipes(handed.records);
    let aFirst = node.take();
    if (handed !== undefined && pipes !== undefined) {
      const fault = kernel.guard(() => {
        aFirst = joinBytes(pipes.open.push(handed.rest));
      });
      if (fault !== undefined) {
        kernel.closeStream(program, true);
        kernel.closeStream(node.stream, true);
        this.#dispatch({ name: "ended", clean: false });
        return;
      }
    }
    this.#cut = joinStreams({
      kernel,
      a: program,
      b: node.stream,
      aFirst,
      bFirst: new Uint8Array(0),
      ...(pipes === undefined ? {} : { pipes: { aToB: pipes.seal, bToA: pipes.open } }),
      ended: (clean) => {
        this.#dispatch({ name: "ended", clean });
      },
    });
  }

  #noPort(): void {
    this.#asked?.answer.refuse(FrontErrors.noPort, "no port could be opened");
    this.#asked = undefined;
  }

  #release(): void {
    this.#noPort();
    this.#letGo();
  }

  #letGo(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.#cut?.();
    this.#channel?.close();
    this.#channel = undefined;
    if (this.#cut === undefined) {
      this.#node?.close();
      if (this.#program !== undefined) this.#office.kernel.closeStream(this.#program, true);
    }
    this.#node = undefined;
  }

  #tellNode(): void {
    const params = { local_id: this.localId, ...(this.#id === "" ? {} : { tunnel_id: this.#id }) };
    this.#office.link.rpc.call("RequestCloseTube", params, () => undefined);
  }
}

interface Over {
  readonly state: FrontOpenIn<"over">;
  readonly outputs: readonly [FrontOpenOut<"report">];
}

function ticketOf({ ticket }: OpenPortParams): Uint8Array | undefined {
  return decodeBase64Url(ticket);
}

/** What it means that the node gives no answer of the main server. */
const PROBLEMS: ReadonlyMap<number, TunnelProblem> = new Map([
  [TubeUserErrors.offline, TunnelProblem.offline],
  [RPC_CODES.closed, TunnelProblem.offline],
  [TubeUserErrors.limit, TunnelProblem.limit],
  [RPC_CODES.busy, TunnelProblem.limit],
]);

/** The problem that a reason of the main server begins with. */
function problemOf(reason: string): TunnelProblem {
  const [name = ""] = reason.split(":", 1);
  const found = Object.values(TunnelProblem).find((value) => tunnelProblemName(value) === name);
  return found ?? TunnelProblem.lost;
}
