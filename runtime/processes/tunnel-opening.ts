import { tunnelProblemName } from "../../generated/tunnel/types.ts";
import type { FrontCommand, FrontEvent, TunnelWish } from "../roles/tunnel/front/front-events.ts";
import { TUNNEL_LOOPBACK } from "./tunnel-attachment.ts";
import { TunnelError, tunnelErrorReason } from "./tunnel-error.ts";
import type { OpenTunnel } from "./tunnel-types.ts";

/** A port that was open before is asked for again so much later, for as long as the user wants it. */
const REOPEN_MS = 1000;

interface TunnelOpeningOptions {
  readonly number: number;
  readonly wish: TunnelWish;
  /** Wanted local port, 0 for any. */
  readonly port: number;
  /** Tells the role, if there is one. */
  readonly command: (command: FrontCommand) => void;
  /** Nobody wants the port any more. Called once. */
  readonly over: () => void;
}

/** A local port that leads to a user, over all starts of the node: the first is the only one that may fail. */
export class TunnelOpening {
  readonly #options: TunnelOpeningOptions;
  readonly #startedMs = performance.now();
  readonly #opened = Promise.withResolvers<OpenTunnel>();
  readonly #over = Promise.withResolvers<undefined>();
  #port: number;
  #hasOpened = false;
  #isOver = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: TunnelOpeningOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Settles when programs may use the port. @throws {TunnelError} if there is none. */
  get tunnel(): Promise<OpenTunnel> {
    return this.#opened.promise;
  }

  /** Asks a role that does not know of it. */
  ask(): void {
    const { command, number: opening, wish } = this.#options;
    clearTimeout(this.#retry);
    const at = { address: TUNNEL_LOOPBACK, port: this.#port };
    command({ type: "open", opening, wish, at, atOnce: this.#hasOpened });
  }

  opened({ port, tunnel }: Extract<FrontEvent, { type: "opened" }>): void {
    this.#port = port;
    if (this.#hasOpened) return;
    this.#hasOpened = true;
    const openMs = performance.now() - this.#startedMs;
    const close = (): void => {
      this.#options.command({ type: "closeOpening", opening: this.#options.number });
      this.end();
    };
    this.#opened.resolve({ port, tunnel, openMs, over: this.#over.promise, close });
  }

  /** The role has closed the port. */
  failed({ problem, reason }: Extract<FrontEvent, { type: "openFailed" }>): void {
    if (this.#hasOpened) {
      this.#retry = setTimeout(() => {
        this.ask();
      }, REOPEN_MS);
      return;
    }
    const name = tunnelProblemName(problem);
    // The main server's words begin with the name of the problem.
    const detail = reason === name ? "" : reason.replace(`${name}: `, "");
    this.#fail(
      new TunnelError(`user ${this.#options.wish.user}`, tunnelErrorReason(name), { detail }),
    );
  }

  /** The node is gone. */
  detached(error: TunnelError): void {
    clearTimeout(this.#retry);
    if (!this.#hasOpened) this.#fail(error);
  }

  /** Nobody wants the port any more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#retry);
    const user = `user ${this.#options.wish.user}`;
    if (!this.#hasOpened) this.#opened.reject(new TunnelError(user, "closed"));
    this.#options.over();
    this.#over.resolve(undefined);
  }

  #fail(error: TunnelError): void {
    this.#opened.reject(error);
    this.end();
  }
}
