import { RpcError, encodeBase64Url } from "../../../../core/index.ts";
import type { Crypto, Effect, Endpoint, Input } from "../../../../core/index.ts";
import { TUNNEL_LIMITS } from "../../../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../../../generated/tunnel/limits.ts";
import { encodeHopHello, encodeHopWelcome } from "../../../../../generated/tunnel/messages/hop.ts";
import type { DescribeNodeParams } from "../../../../../generated/tunnel/rpc/main-server.ts";
import { Kernel } from "../../../kernel/kernel.ts";
import { Scratch } from "../../../kernel/scratch.ts";
import { hopProof } from "../../hop-proof.ts";
import type { LinkHandlers, LinkOutcome, RpcAnswer } from "../../../channel/rpc-link.ts";
import { frontHandlers } from "../front-handlers.ts";
import type { FrontServed, LocalVisit } from "../local-visit.ts";
import { mainHandlers } from "../main-handlers.ts";
import type { NodeServed } from "../node-session.ts";
import { NodeTubes } from "../node-tubes.ts";

const TICKET: Uint8Array = new Uint8Array(32).fill(1);
const DESCRIPTION: DescribeNodeParams = {
  name: "node",
  operator: "operator",
  relays: true,
  relay_for: [],
  tunnels_max: 64,
  address: null,
};
const NONCE = new Uint8Array(16);
const HEADER_BYTES = 4;
const NONCE_BYTES = 16;

/** What a node was told to do, and what it does. */
export interface TubesBenchOptions {
  readonly description?: Partial<DescribeNodeParams>;
  /** Address of the main server. Default one in public. */
  readonly main?: string;
  readonly allowPrivate?: boolean;
  readonly limits?: Partial<TunnelLimits>;
}

/** A call or notification of the node's, at the main server or at a front. */
export interface Asked {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Answers a call, once. Undefined for notifications, and when it was answered. */
  settle: ((outcome: LinkOutcome<never>) => void) | undefined;
}

/** How a call at the node ended. */
export interface Told {
  result?: unknown;
  /** The error's code. */
  code?: number;
}

/** One side of the node that keeps what it is asked. */
class Asking {
  readonly asked: Asked[] = [];

  readonly link: {
    readonly call: (method: string, params: object, settle: NonNullable<Asked["settle"]>) => void;
    readonly notify: (method: string, params: object) => void;
    isBusy: boolean;
  } = {
    isBusy: false,
    call: (method, params, settle) => {
      this.asked.push({ method, params: { ...params }, settle });
    },
    notify: (method, params) => {
      this.asked.push({ method, params: { ...params }, settle: undefined });
    },
  };

  /** Calls that wait for an answer. */
  get open(): readonly Asked[] {
    return this.asked.filter(({ settle }) => settle !== undefined);
  }
}

/** A front as the node sees it, with what it calls there. */
export class BenchFront extends Asking {
  readonly remote: Endpoint = { address: "127.0.0.1", port: 4000 };
  readonly visit: LocalVisit = this as unknown as LocalVisit;
  calls!: LinkHandlers<FrontServed>;
}

/** The tunnels of a node whose main server, fronts and neighbours do what a test says, in whatever order. */
export class TubesBench {
  readonly kernel: Kernel<never>;
  readonly tubes: NodeTubes;
  /** What the main server calls. */
  readonly main: LinkHandlers<NodeServed>;
  readonly toMain: Asking = new Asking();
  readonly effects: Effect<never>[] = [];
  /** Names of timers that are armed. */
  readonly timers: Set<string> = new Set<string>();
  /** Whether there is a session with the main server, for fronts. */
  isOnline = true;
  readonly #limits: TunnelLimits;
  readonly #open = new Set<number>();
  #lastAccepted = 0;

  constructor(crypto: Crypto, options: TubesBenchOptions = {}) {
    const { allowPrivate, description, limits, main } = options;
    this.kernel = new Kernel<never>({ crypto, unixMs: () => 0 });
    this.#limits = { ...TUNNEL_LIMITS, ...limits };
    this.tubes = new NodeTubes({
      kernel: this.kernel,
      scratch: new Scratch(),
      limits: this.#limits,
      description: { ...DESCRIPTION, ...description },
      main: { address: main ?? "198.51.100.1", port: 7600 },
      allowPrivate,
      fronts: { address: "127.0.0.1" },
      link: () => this.toMain.link as never,
      over: () => undefined,
    });
    this.main = mainHandlers(this.tubes, { loadPermille: () => 0 });
  }

  /** A front that has come. */
  front(): BenchFront {
    const front = new BenchFront();
    const link = (): never => (this.isOnline ? this.toMain.link : undefined) as never;
    const { wishesMax } = this.#limits;
    front.calls = frontHandlers(this.tubes, front.visit, { name: "node", wishesMax, link });
    return front;
  }

  /** Has the node make a part, with the tickets of the bench. Gives how it ended, as far as it has. */
  make(
    tunnel: string,
    part: { readonly from: string | null; readonly to: string | null; readonly localId?: string },
    user = "user",
  ): Told {
    const ticket = encodeBase64Url(TICKET);
    const { from, localId = null, to } = part;
    this.main.PrepareTube(
      {
        tunnel_id: tunnel,
        request_user: user,
        plain: false,
        local_id: localId,
        present_ticket: from === null ? null : ticket,
        accept_ticket: to === null ? null : ticket,
      },
      UNHEARD,
    );
    const told: Told = {};
    this.main.MakeTube({ from, to, tunnel_id: tunnel }, answerInto(told));
    this.drain();
    return told;
  }

  handle(input: Input<never>): void {
    this.kernel.route(input);
    if (input.type === "timer") this.timers.delete(input.timer);
    this.drain();
  }

  /** Takes what the node has done. */
  drain(): void {
    for (let effect = this.kernel.poll(); effect !== undefined; effect = this.kernel.poll()) {
      this.effects.push(effect);
      if (effect.type === "armTimer") this.timers.add(effect.timer);
      if (effect.type === "cancelTimer") this.timers.delete(effect.timer);
    }
  }

  /** Streams that the node opened, oldest first, and where to. */
  get dialled(): readonly { readonly stream: number; readonly to: Endpoint }[] {
    return this.effects.flatMap((effect) => (effect.type === "openStream" ? [effect] : []));
  }

  /** Listeners that the node opened, oldest first. */
  get listeners(): readonly number[] {
    return this.effects.flatMap((effect) => (effect.type === "listen" ? [effect.listener] : []));
  }

  isClosed(stream: number): boolean {
    return this.effects.some((effect) => effect.type === "closeStream" && effect.stream === stream);
  }

  /** The link before takes the node's proof, unless it has. */
  welcome(stream: number, ticket: Uint8Array = TICKET): void {
    if (this.#open.has(stream)) return;
    this.#open.add(stream);
    this.handle({ type: "streamOpened", stream, remote: { address: "203.0.113.1", port: 1 } });
    const hello = this.effects.find(
      (effect) => effect.type === "writeStream" && effect.stream === stream,
    );
    if (hello?.type !== "writeStream") return;
    const nonce = hello.bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
    const proof = hopProof(this.kernel.crypto, ticket, { by: "welcome", nonce });
    this.handle({ type: "streamData", stream, bytes: frameOf({ proof }, encodeHopWelcome) });
  }

  /** Somebody from an address comes to a port and proves a ticket. Gives the stream. */
  join(listener: number, address: string, ticket: Uint8Array = TICKET): number {
    this.#lastAccepted += 2;
    const stream = this.#lastAccepted;
    this.handle({ type: "streamAccepted", stream, listener, remote: { address, port: 4711 } });
    const proof = hopProof(this.kernel.crypto, ticket, { by: "join", nonce: NONCE });
    const hello = frameOf({ nonce: NONCE, proof }, encodeHopHello);
    this.handle({ type: "streamData", stream, bytes: hello });
    return stream;
  }
}

/** Takes how a call at the node ends. */
export function answerInto(told: Told): RpcAnswer<unknown> {
  return {
    answer: (result) => {
      told.result = result;
    },
    refuse: (code) => {
      told.code = code;
    },
  };
}

/** For notifications. */
export const UNHEARD: RpcAnswer<unknown> = answerInto({});

/** Answers a call of the node's; nothing happens if it is answered. */
export function settle(asked: Asked | undefined, result: object | undefined): void {
  const answer = asked?.settle;
  if (asked === undefined || answer === undefined) return;
  asked.settle = undefined;
  if (result === undefined) answer({ ok: false, error: new RpcError(-32000, "no") });
  else answer({ ok: true, result: result as never });
}

function frameOf<Message>(
  message: Message,
  encode: (message: Message, out: Uint8Array, view: DataView, offset: number) => number,
): Uint8Array {
  const bytes = new Uint8Array(256);
  return bytes.slice(0, encode(message, bytes, new DataView(bytes.buffer), 0));
}
