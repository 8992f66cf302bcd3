import type {
  CertificateVerifier,
  Crypto,
  Effect,
  Endpoint,
  Input,
  ListenerId,
  StreamId,
} from "../../core/index.ts";
import { WireError } from "../../core/index.ts";
import { DATAGRAM_SCOPE, messageOfTag } from "./observation.ts";
import type { RoleObservation } from "./observation.ts";

/** What a role is given by whoever runs it, besides inputs. */
export interface RoleEnvironment {
  readonly crypto: Crypto;
  /** Remembers certificates; roles of one process may share it. Default one of its own. */
  readonly verifier?: CertificateVerifier;
  /** Wall-clock time in Unix milliseconds, for what must outlive the process: expiry dates and what people are shown. */
  readonly unixMs: () => number;
  /** Hears of each transition and each message, for traces and coverage. */
  readonly observe?: (observation: RoleObservation) => void;
}

/** Who gets what happens to a stream. */
export interface StreamOwner {
  streamOpened(): void;
  /** The bytes are valid only during the call. */
  streamData(bytes: Uint8Array): void;
  streamClosed(clean: boolean): void;
}

/** Who gets what happens to a listener. */
export interface ListenerOwner {
  /** It listens on this port. */
  listening(port: number): void;
  /** It cannot. */
  listenFailed(): void;
  /** A stream came, which the owner takes or refuses. */
  streamAccepted(stream: StreamId, remote: Endpoint): void;
}

/** A role's kernel as its parts see it: everything but the events that the role reports. */
export type RoleKernel = Omit<Kernel<unknown>, "report" | "poll" | "route">;

/**
 * What every role stands on: the queue of effects, timers with their callbacks, streams with their owners,
 * and counts of what peers did wrong. It is the one boundary where a peer's fault is caught.
 */
export class Kernel<Event> {
  readonly crypto: Crypto;
  readonly unixMs: () => number;
  readonly observe: ((observation: RoleObservation) => void) | undefined;
  /** Monotonic time of the input that is being handled, milliseconds. */
  nowMs = 0;
  readonly #effects: Effect<Event>[] = [];
  #drained = 0;
  readonly #timers = new Map<string, () => void>();
  /** These are made when something comes into them: most of a hundred thousand simulated roles need none of them. */
  #streams: Map<StreamId, StreamOwner> | undefined;
  #counts: Map<string, number> | undefined;
  #listeners: Map<ListenerId, ListenerOwner> | undefined;
  #nextStream: StreamId = 1;
  #nextListener: ListenerId = 1;
  readonly #messageOf: (tag: number) => string;

  /** @param messageOf the name of the message with a tag; default: in the main tag space. */
  constructor(environment: RoleEnvironment, messageOf: (tag: number) => string = messageOfTag) {
    this.#messageOf = messageOf;
    this.crypto = environment.crypto;
    this.unixMs = environment.unixMs;
    this.observe = environment.observe;
  }

  /** Reports outwards. */
  report(event: Event): void {
    this.#effects.push({ type: "event", event });
  }

  poll(): Effect<Event> | undefined {
    const effect = this.#effects[this.#drained];
    if (effect === undefined) {
      this.#effects.length = 0;
      this.#drained = 0;
      return undefined;
    }
    this.#drained += 1;
    return effect;
  }

  /** Arms a timer, replacing one of the same name. Names are unique within the role. */
  arm(timer: string, afterMs: number, fire: () => void): void {
    this.#timers.set(timer, fire);
    this.#effects.push({ type: "armTimer", timer, afterMs });
  }

  cancel(timer: string): void {
    if (this.#timers.delete(timer)) this.#effects.push({ type: "cancelTimer", timer });
  }

  /** Asks for a new stream and gives its id at once. */
  dial(to: Endpoint, owner: StreamOwner): StreamId {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.own(stream, owner);
    this.#effects.push({ type: "openStream", stream, to });
    return stream;
  }

  /** Names who hears of the stream from now on. */
  own(stream: StreamId, owner: StreamOwner): void {
    this.#streams ??= new Map();
    this.#streams.set(stream, owner);
  }

  /** Forgets who owns a stream that ends by itself. */
  disown(stream: StreamId): void {
    this.#takeOwner(stream);
  }

  /** Joins two accepted streams: the host passes the bytes from here on. */
  relay(streams: Omit<Extract<Effect<Event>, { type: "relayStreams" }>, "type">): void {
    this.#effects.push({ type: "relayStreams", ...streams });
  }

  /** Asks for a further port and gives the listener's id at once. */
  listen(
    at: { readonly address?: string; readonly port: number; readonly unread: boolean },
    owner: ListenerOwner,
  ): ListenerId {
    const listener = this.#nextListener;
    this.#nextListener += 1;
    this.#listeners ??= new Map();
    this.#listeners.set(listener, owner);
    this.#effects.push({ type: "listen", listener, ...at });
    return listener;
  }

  /** Closes a listener's port; its owner hears nothing more. */
  unlisten(listener: ListenerId): void {
    if (this.#listeners?.delete(listener) === true)
      this.#effects.push({ type: "unlisten", listener });
  }

  /** How many listeners are open or being opened. */
  get listeners(): number {
    return this.#listeners?.size ?? 0;
  }

  /** Ends a stream that was accepted and has no owner. */
  refuseStream(stream: StreamId): void {
    this.#effects.push({ type: "closeStream", stream, abort: true });
  }

  closeStream(stream: StreamId, abort: boolean): void {
    if (this.#takeOwner(stream) !== undefined) {
      this.#effects.push({ type: "closeStream", stream, abort });
    }
  }

  sendDatagram(to: Endpoint, bytes: Uint8Array): void {
    this.noteSent(DATAGRAM_SCOPE, bytes);
    this.#effects.push({ type: "sendDatagram", to, bytes });
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    if (this.#streams?.has(stream) === true) {
      this.#effects.push({ type: "writeStream", stream, bytes });
    }
  }

  /** Tells whoever observes that a frame was sent. @param frame with its header. */
  noteSent(scope: string, frame: Uint8Array): void {
    if (this.observe === undefined) return;
    const tag = tagOf(frame);
    this.observe({ kind: "sent", scope, message: this.#messageOf(tag), tag });
  }

  /** Tells whoever observes that a message was taken in, after all checks and before anything follows from it. */
  noteReceived(scope: string, tag: number): void {
    this.observe?.({ kind: "received", scope, message: this.#messageOf(tag), tag });
  }

  /** How many streams are open or being opened. */
  get streams(): number {
    return this.#streams?.size ?? 0;
  }

  /** Counts something under a code: a peer's fault, or something refused at a bound. */
  count(code: string): void {
    this.#counts ??= new Map();
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** Counts so far, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts ?? NO_COUNTS;
  }

  /** Runs `work`; a peer's fault is counted and given back, anything else is ours and passes through. */
  guard(work: () => void): WireError | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.count(error.code);
      return error;
    }
  }

  /** Handles the inputs that belong to streams and timers; says whether it did. */
  route(input: Input<unknown>): boolean {
    switch (input.type) {
      case "timer": {
        const fire = this.#timers.get(input.timer);
        this.#timers.delete(input.timer);
        fire?.();
        return true;
      }
      case "streamOpened":
        this.#streams?.get(input.stream)?.streamOpened();
        return true;
      case "streamData":
        this.#streams?.get(input.stream)?.streamData(input.bytes);
        return true;
      case "streamClosed":
        this.#takeOwner(input.stream)?.streamClosed(input.clean);
        return true;
      case "listening":
        this.#listeners?.get(input.listener)?.listening(input.port);
        return true;
      case "listenFailed": {
        const owner = this.#listeners?.get(input.listener);
        this.#listeners?.delete(input.listener);
        owner?.listenFailed();
        return true;
      }
      case "streamAccepted":
        return this.#routeAccepted(input);
      case "datagram":
      case "command":
        return false;
    }
  }

  /** Whoever owned the stream, and does no more. */
  #takeOwner(stream: StreamId): StreamOwner | undefined {
    const streams = this.#streams;
    const owner = streams?.get(stream);
    if (streams?.delete(stream) === true && streams.size === 0) this.#streams = undefined;
    return owner;
  }

  /** A stream of the host's own port is its role's business; one of a listener that is gone is nobody's. */
  #routeAccepted(input: Extract<Input<unknown>, { readonly type: "streamAccepted" }>): boolean {
    if (input.listener === undefined) return false;
    const owner = this.#listeners?.get(input.listener);
    if (owner === undefined) this.refuseStream(input.stream);
    else owner.streamAccepted(input.stream, input.remote);
    return true;
  }
}

const NO_COUNTS: ReadonlyMap<string, number> = new Map();

/** The tag that the header of a frame starts with. */
function tagOf(frame: Uint8Array): number {
  return ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
}
