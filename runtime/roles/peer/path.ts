import { ipScope } from "../../core/index.ts";
import type { Endpoint, MachineRunner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { defineDirectPath } from "../../../generated/peer/machines/direct-path.ts";
import type {
  DirectPathEvent,
  DirectPathHandlers,
  DirectPathIn,
  DirectPathOut,
  DirectPathOutput,
  DirectPathState,
} from "../../../generated/peer/machines/direct-path.ts";
import type { PathPing, PathPong } from "../../../generated/peer/messages/content.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { endpointKey } from "./statements.ts";

/** What a path asks of the contact that it leads to. */
export interface PathOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  /** Names the path among the role's. */
  readonly scope: string;
  /** Own addresses, as many as may be offered. */
  candidates(): readonly Endpoint[];
  /** How often the path must be used for its holes to stay open, milliseconds. */
  periodMs(): number;
  /** Sends inside of the session, by the way in use. */
  send(sent: PeerSent): void;
  /** Sends inside of the session, straight to an address. */
  sendTo(endpoint: Endpoint, sent: PeerSent): void;
  opened(endpoint: Endpoint): void;
  /** Back to the server, or there for good. */
  relayed(wasDirect: boolean): void;
}

/** The way straight to another peer (REQUIREMENTS E6 leaves no server a reason to be in between). */
export class Path {
  readonly #office: PathOffice;
  readonly #runner: MachineRunner<DirectPathState, DirectPathEvent, DirectPathOutput>;
  /** Where the other peer may be, as it said or was heard. */
  #targets = new Map<string, Endpoint>();
  /** Where the last pong came from. */
  #answeredFrom: Endpoint | undefined;
  #endpoint: Endpoint | undefined;
  #heardMs = 0;
  #punchedMs = -Infinity;

  constructor(office: PathOffice) {
    this.#office = office;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: office.scope,
      definition: defineDirectPath(this.#transitions(), office.limits),
      initial: { name: "relayed" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Where to send to; undefined as long as it goes through the server. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  /** Looks for a path, or for another one. */
  open(): void {
    const bytes = this.#office.kernel.crypto.randomBytes(4);
    const round = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    this.#runner.dispatch({ name: "open", round });
  }

  close(): void {
    this.#runner.dispatch({ name: "close" });
    this.#endpoint = undefined;
  }

  /** Something genuine came straight from the other peer. */
  heard(from: Endpoint): void {
    const endpoint = this.#endpoint;
    if (endpoint !== undefined && endpointKey(from) === endpointKey(endpoint)) {
      this.#heardMs = this.#office.kernel.nowMs;
    }
  }

  dispatch(event: DirectPathEvent): void {
    this.#runner.dispatch(event);
  }

  /** Answers a ping where it came from, and tries that address too: a NAT may have given it another port towards us. */
  ping({ round }: PathPing, from: Endpoint | undefined): void {
    if (from === undefined) return;
    this.#office.sendTo(from, { name: "PathPong", message: { round } });
    const { name } = this.#runner.state;
    if (name !== "punching" || this.#targets.has(endpointKey(from))) return;
    if (this.#targets.size > this.#office.limits.candidatesMax) return;
    this.#targets.set(endpointKey(from), from);
    this.#office.sendTo(from, { name: "PathPing", message: { round } });
  }

  pong(message: PathPong, from: Endpoint | undefined): void {
    if (from === undefined) return;
    this.#answeredFrom = from;
    this.#runner.dispatch({ name: "PathPong", message });
  }

  #transitions(): DirectPathHandlers {
    const { directLostMax, directOffersMax, directPunchesMax, directAnswerMs } =
      this.#office.limits;
    const failed = { state: { name: "failed" }, outputs: [TELL_FAILED] } as const;
    return {
      apartOnOpen: (_state, { round }) => this.#offer(round, 0),
      directOnOpen: (_state, { round }) => {
        const { state, outputs } = this.#offer(round, 0);
        return { state, outputs: [FALL_BACK, ...outputs] };
      },
      failedOnAgain: () => this.#offer(this.#nextRound(), 0),
      readyOnPathOffer: (_state, { message }) => this.#punch(message),
      offeringOnPathOffer: (state, { message }) =>
        message.round > state.round ? this.#punch(message) : { state, outputs: [] },
      directOnPathOffer: (_state, { message }) => {
        const { state, outputs } = this.#punch(message);
        return { state, outputs: [FALL_BACK, ...outputs] };
      },
      offeringOnPathAnswer: (state, { message }) => {
        if (message.round !== state.round) return { state };
        this.#aim(message.candidates);
        return {
          state: { name: "punching", round: state.round, volleys: 1 },
          outputs: [PUNCH],
        };
      },
      offeringOnOffer: ({ attempt, round }) =>
        attempt + 1 < directOffersMax ? this.#offer(round, attempt + 1) : failed,
      punchingOnVolley: ({ round, volleys }) =>
        volleys < directPunchesMax
          ? { state: { name: "punching", round, volleys: volleys + 1 }, outputs: [PUNCH] }
          : failed,
      punchingOnPathPong: (state, { message }) => {
        if (message.round !== state.round) return { state };
        return { state: this.#resting(state.round), outputs: [USE_DIRECT] };
      },
      directOnPing: ({ round, missed }) => {
        // Whatever came straight is as good as a pong.
        const isHeard = this.#heardMs + directAnswerMs > this.#office.kernel.nowMs;
        if (!isHeard && missed >= directLostMax) {
          return { state: { name: "failed" }, outputs: [FALL_BACK] };
        }
        const lost = isHeard ? 1 : missed + 1;
        return {
          state: { name: "direct", round, missed: lost, waitMs: directAnswerMs },
          outputs: [PING],
        };
      },
      directOnPathPong: (state, { message }) => {
        const from = this.#answeredFrom;
        const isOurs =
          from !== undefined &&
          this.#endpoint !== undefined &&
          endpointKey(from) === endpointKey(this.#endpoint);
        return {
          state: isOurs && message.round === state.round ? this.#resting(state.round) : state,
        };
      },
    };
  }

  #resting(round: number): DirectPathIn<"direct"> {
    return { name: "direct", round, missed: 0, waitMs: this.#office.periodMs() };
  }

  #offer(
    round: number,
    attempt: number,
  ): {
    readonly state: DirectPathIn<"offering">;
    readonly outputs: readonly [DirectPathOut<"PathOffer">];
  } {
    const message = { round, candidates: this.#office.candidates() };
    return {
      state: { name: "offering", round, attempt },
      outputs: [{ kind: "send", name: "PathOffer", to: "peer", message }],
    };
  }

  #punch(offer: { readonly round: number; readonly candidates: readonly Endpoint[] }): {
    readonly state: DirectPathIn<"punching">;
    readonly outputs: readonly [DirectPathOut<"PathAnswer">, DirectPathOut<"punch">];
  } {
    this.#aim(offer.candidates);
    const message = { round: offer.round, candidates: this.#office.candidates() };
    return {
      state: { name: "punching", round: offer.round, volleys: 1 },
      outputs: [{ kind: "send", name: "PathAnswer", to: "peer", message }, PUNCH],
    };
  }

  #aim(candidates: readonly Endpoint[]): void {
    const { candidatesMax } = this.#office.limits;
    // What many hear, or nobody, is no peer: whoever names it wants others to be sent to.
    const usable = candidates
      .filter(({ address, port }) => port !== 0 && ipScope(address) !== "none")
      .slice(0, candidatesMax);
    this.#targets = new Map(usable.map((endpoint) => [endpointKey(endpoint), endpoint]));
  }

  #nextRound(): number {
    const bytes = this.#office.kernel.crypto.randomBytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  }

  #perform(output: DirectPathOutput): void {
    const office = this.#office;
    switch (output.name) {
      case "PathOffer":
      case "PathAnswer":
        office.send(output);
        return;
      case "punch": {
        // A peer that offers addresses all the time makes no more volleys of it.
        const { kernel, limits } = office;
        if (this.#punchedMs + limits.directPunchMs > kernel.nowMs) return;
        this.#punchedMs = kernel.nowMs;
        for (const endpoint of this.#targets.values()) this.#pingAt(endpoint);
        return;
      }
      case "ping":
        if (this.#endpoint !== undefined) this.#pingAt(this.#endpoint);
        return;
      case "useDirect":
        this.#endpoint = this.#answeredFrom;
        if (this.#endpoint !== undefined) office.opened(this.#endpoint);
        return;
      case "fallBack":
        this.#endpoint = undefined;
        office.relayed(true);
        return;
      case "tellFailed":
        office.relayed(false);
        return;
    }
  }

  #pingAt(endpoint: Endpoint): void {
    const state = this.#runner.state;
    const round = "round" in state ? state.round : 0;
    this.#office.sendTo(endpoint, { name: "PathPing", message: { round } });
  }
}

const PUNCH: DirectPathOut<"punch"> = { kind: "do", name: "punch" };
const PING: DirectPathOut<"ping"> = { kind: "do", name: "ping" };
const USE_DIRECT: DirectPathOut<"useDirect"> = { kind: "do", name: "useDirect" };
const FALL_BACK: DirectPathOut<"fallBack"> = { kind: "do", name: "fallBack" };
const TELL_FAILED: DirectPathOut<"tellFailed"> = { kind: "do", name: "tellFailed" };
