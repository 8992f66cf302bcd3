import { encodeBase64Url } from "../../../core/index.ts";
import type { ListenerId, StreamId } from "../../../core/index.ts";
import { TunnelProblem } from "../../../../generated/tunnel/types.ts";
import { jitteredMs } from "../../kernel/backoff.ts";
import type { ListenerOwner } from "../../kernel/kernel.ts";
import type { TunnelWish } from "./front-events.ts";
import { FrontOpen } from "./front-open.ts";
import type { FrontOpenOwner } from "./front-open.ts";
import type { TunnelOffice } from "./tunnel-office.ts";

/** What an opening is asked for, and who hears of it. */
export interface OpeningOptions {
  readonly opening: number;
  readonly wish: TunnelWish;
  readonly at: { readonly address: string; readonly port: number };
  /** Whether the port counts as open before there is a tunnel. */
  readonly atOnce: boolean;
  /** Programs may come. @param tunnel the first, if it is ready. */
  readonly opened: (port: number, tunnel: string | undefined) => void;
  /** The port leads nowhere and is closed. Called once, instead of `opened`. */
  readonly failed: (problem: TunnelProblem, reason: string) => void;
  /** A port that is open got no tunnel that it asked for. */
  readonly requestFailed: (problem: TunnelProblem, reason: string) => void;
  readonly tunnelOver: (tunnel: FrontOpen, problem: TunnelProblem) => void;
}

/** How an opening has a tunnel made; by its front, which knows all tunnels by their ids. */
export interface OpeningTunnels {
  add(tunnel: FrontOpen): void;
  remove(tunnel: FrontOpen): void;
}

/**
 * A local port that leads to a user: each program that connects has a tunnel of its own, so that one is never behind
 * another. One tunnel is kept ready, unless the ends do without encryption: then the far program is connected while
 * the chain is built, and would wait in vain. Nor is one kept ready while the other user does not want it: each request is
 * a question there, and needs a program here that is worth it.
 */
export class Opening implements ListenerOwner, FrontOpenOwner {
  readonly #office: TunnelOffice;
  readonly #tunnels: OpeningTunnels;
  readonly #options: OpeningOptions;
  readonly #listener: ListenerId;
  /** Tunnels that no program uses. */
  readonly #ready: FrontOpen[] = [];
  readonly #requested = new Set<FrontOpen>();
  readonly #carrying = new Set<FrontOpen>();
  /** Programs that wait for a tunnel. */
  readonly #programs: StreamId[] = [];
  #port = 0;
  #hasOpened = false;
  /** Whether the other user may be asked without a program. */
  #isWelcome = true;
  #isOver = false;
  #failures = 0;

  constructor(office: TunnelOffice, tunnels: OpeningTunnels, options: OpeningOptions) {
    this.#office = office;
    this.#tunnels = tunnels;
    this.#options = options;
    this.#listener = office.kernel.listen({ ...options.at, unread: true }, this);
  }

  listening(port: number): void {
    this.#port = port;
    if (this.#options.atOnce || this.#isPlain) this.#open(undefined);
    this.#replenish();
  }

  listenFailed(): void {
    this.#fail(TunnelProblem.limit, "the port could not be opened");
  }

  /** A program connected. Its bytes are read once there is a tunnel for them. */
  streamAccepted(stream: StreamId): void {
    const { kernel, limits } = this.#office;
    kernel.own(stream, {
      streamOpened: () => undefined,
      streamData: () => undefined,
      streamClosed: () => {
        const at = this.#programs.indexOf(stream);
        if (at >= 0) this.#programs.splice(at, 1);
        if (this.#isPlain) this.#withdraw();
      },
    });
    const tunnel = this.#ready.shift();
    if (tunnel !== undefined) {
      this.#use(tunnel, stream);
    } else if (this.#programs.length >= limits.programsMax) {
      kernel.count("limit");
      kernel.closeStream(stream, true);
      return;
    } else {
      this.#programs.push(stream);
    }
    this.#replenish();
  }

  ready(tunnel: FrontOpen): void {
    this.#requested.delete(tunnel);
    this.#isWelcome = true;
    const program = this.#programs.shift();
    if (program !== undefined) this.#use(tunnel, program);
    else if (this.#isPlain) tunnel.close();
    else this.#ready.push(tunnel);
    if (!this.#hasOpened) this.#open(tunnel.id);
    this.#replenish();
  }

  over(tunnel: FrontOpen, problem: TunnelProblem, reason: string): void {
    this.#tunnels.remove(tunnel);
    this.#options.tunnelOver(tunnel, problem);
    const wasRequested = this.#requested.delete(tunnel);
    this.#carrying.delete(tunnel);
    const at = this.#ready.indexOf(tunnel);
    if (at >= 0) this.#ready.splice(at, 1);
    if (this.#isOver || (!wasRequested && at < 0)) return;
    if (wasRequested && !this.#hasOpened) {
      if (this.#isWorthAnother(tunnel, problem)) this.#retryLater();
      else this.#fail(problem, reason);
      return;
    }
    if (wasRequested) {
      this.#options.requestFailed(problem, reason);
      this.#isWelcome = !isUnwelcome(tunnel, problem);
      this.#disappoint();
    }
    this.#retryLater();
  }

  /** The user has no more use for the port; programs that use tunnels are cut. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { kernel } = this.#office;
    kernel.unlisten(this.#listener);
    kernel.cancel(this.#retryTimer);
    for (const program of this.#programs.splice(0)) kernel.closeStream(program, true);
    for (const tunnel of [...this.#requested, ...this.#ready, ...this.#carrying]) tunnel.close();
  }

  /** A node that failed after the chain was complete is not there when the next is built; nobody but the front knows of it. */
  #isWorthAnother({ hasChain }: FrontOpen, problem: TunnelProblem): boolean {
    const isBroken = problem === TunnelProblem.lost || problem === TunnelProblem.timeout;
    return hasChain && isBroken && this.#failures < this.#office.limits.attemptsMax;
  }

  get #retryTimer(): string {
    return `opening/${String(this.#options.opening)}/retry`;
  }

  get #isPlain(): boolean {
    return this.#options.wish.plain;
  }

  #open(tunnel: string | undefined): void {
    this.#hasOpened = true;
    this.#options.opened(this.#port, tunnel);
  }

  #fail(problem: TunnelProblem, reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#options.failed(problem, reason);
  }

  #use(tunnel: FrontOpen, program: StreamId): void {
    // And not before: a chain that breaks as soon as it is ready must not be built without a rest.
    this.#failures = 0;
    this.#carrying.add(tunnel);
    tunnel.take(program);
  }

  /** A program for which no tunnel is asked any more is told by the end of its connection; the next attempt is for the others. */
  #disappoint(): void {
    if (this.#programs.length <= this.#requested.size) return;
    const longest = this.#programs.shift();
    if (longest !== undefined) this.#office.kernel.closeStream(longest, true);
  }

  /** A program left that waited: nobody else would use its tunnel. */
  #withdraw(): void {
    const [tunnel] = this.#requested;
    if (tunnel === undefined || this.#requested.size <= this.#programs.length) return;
    this.#requested.delete(tunnel);
    tunnel.close();
  }

  /** As many tunnels are asked for as programs wait, and one to be ready; those that find no room when another is answered. */
  #replenish(): void {
    if (this.#isOver) return;
    const isSpared = !this.#isPlain && this.#isWelcome && this.#ready.length === 0;
    const wanted = this.#programs.length + (isSpared ? 1 : 0);
    for (let missing = wanted - this.#requested.size; missing > 0; missing -= 1) {
      if (this.#office.link.rpc.isBusy) {
        if (this.#requested.size === 0) this.#retryLater();
        return;
      }
      this.#request();
    }
  }

  #retryLater(): void {
    const { kernel, limits } = this.#office;
    const waitMs = jitteredMs(limits.retryMs, this.#failures, kernel.crypto);
    this.#failures += 1;
    kernel.arm(this.#retryTimer, waitMs, () => {
      this.#replenish();
    });
  }

  #request(): void {
    const localId = encodeBase64Url(this.#office.kernel.crypto.randomBytes(12));
    const tunnel = new FrontOpen(this.#office, this, { localId, wish: this.#options.wish });
    this.#requested.add(tunnel);
    this.#tunnels.add(tunnel);
    tunnel.request();
  }
}

/** Whether the other side does not want it, or nobody there has answered: a broken chain says nothing of that. */
function isUnwelcome({ hasChain }: FrontOpen, problem: TunnelProblem): boolean {
  return UNWELCOME.has(problem) || (problem === TunnelProblem.timeout && !hasChain);
}

const UNWELCOME: ReadonlySet<TunnelProblem> = new Set([
  TunnelProblem.refused,
  TunnelProblem.impostor,
  TunnelProblem.unkept,
]);
