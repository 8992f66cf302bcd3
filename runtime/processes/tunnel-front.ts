import { join } from "node:path";
import { OperatorError, fingerprintText } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import { tunnelProblemName } from "../../generated/tunnel/types.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type { Consent, FrontCommand, FrontEvent } from "../roles/tunnel/front/front-events.ts";
import { Front } from "../roles/tunnel/front/front.ts";
import { compileTunnelValidators } from "../roles/tunnel/tunnel-validators.ts";
import { frontDoor } from "./front-door.ts";
import { FrontStore } from "./front-store.ts";
import { PartyStore } from "./party-store.ts";
import type {
  OpenTunnel,
  TunnelAnswer,
  TunnelFront,
  TunnelFrontConfig,
  TunnelOpenOptions,
  TunnelQuestion,
} from "./tunnel-types.ts";

/** Local programs and the node are on this machine. */
const LOOPBACK = "127.0.0.1";

/** Attaches to the node of a folder. @throws {OperatorError} if no node runs there. */
export async function createTunnelFront(
  config: TunnelFrontConfig,
  log: Log,
): Promise<TunnelFrontProcess> {
  return TunnelFrontProcess.start(config, log);
}

/** An opening that has not led anywhere yet, or does. */
interface Opening {
  readonly user: string;
  readonly startedMs: number;
  readonly opened: (tunnel: OpenTunnel) => void;
  readonly failed: (error: OperatorError) => void;
  readonly over: PromiseWithResolvers<undefined>;
}

/** The front role on this machine's sockets. */
export class TunnelFrontProcess implements TunnelFront {
  readonly gone: Promise<void>;
  readonly #log: Log;
  readonly #store: FrontStore;
  readonly #openings = new Map<number, Opening>();
  readonly #listing = new Map<number, (tubes: readonly Tube[] | undefined) => void>();
  readonly #closing = new Map<number, (isDone: boolean) => void>();
  readonly #attached = Promise.withResolvers<string>();
  readonly #gone = Promise.withResolvers<undefined>();
  #host!: RoleHost<FrontCommand, FrontEvent>;
  #name = "";
  #last = 0;
  #decide: (question: TunnelQuestion) => Promise<TunnelAnswer> = () =>
    Promise.resolve({ isAllowed: false, reason: "nobody is there to ask" });

  private constructor(store: FrontStore, log: Log) {
    this.#store = store;
    this.#log = log;
    this.gone = this.#gone.promise;
  }

  /** Starts the role and waits until the node has admitted it. @throws {OperatorError} as `createTunnelFront`. */
  static async start(config: TunnelFrontConfig, log: Log): Promise<TunnelFrontProcess> {
    const door = frontDoor(config.nodeFolder).load();
    const crypto = createNodeCrypto();
    const party = await PartyStore.open(config.dataFolder, crypto);
    const store = new FrontStore(join(config.dataFolder, "tunnel.json"));
    const front = new TunnelFrontProcess(store, log);
    const role = new Front({
      crypto,
      unixMs: Date.now,
      identity: party.identity,
      node: { address: door.address, port: door.port },
      token: door.token,
      address: LOOPBACK,
      users: store.users,
      consentOf: (user) => store.consentOf(user),
      validators: compileTunnelValidators(new AjvSchemaCompiler()),
    });
    front.#host = await RoleHost.start<FrontCommand, FrontEvent>({
      role,
      log,
      limits: { relayIdleMs: TUNNEL_LIMITS.idleMs },
      onEvent: (event) => {
        front.#take(event);
      },
    });
    front.#host.command({ type: "start" });
    try {
      front.#name = await front.#attached.promise;
    } catch (error) {
      await front.close();
      throw error;
    }
    return front;
  }

  get name(): string {
    return this.#name;
  }

  open(user: string, options: TunnelOpenOptions = {}): Promise<OpenTunnel> {
    const { relays = TUNNEL_LIMITS.relaysDefault, exclude = [], plain = false, port = 0 } = options;
    this.#last += 1;
    const opening = this.#last;
    return new Promise((resolve, reject) => {
      this.#openings.set(opening, {
        user,
        startedMs: performance.now(),
        opened: resolve,
        failed: reject,
        over: Promise.withResolvers<undefined>(),
      });
      const wish = { user, relays, exclude, plain };
      this.#host.command({ type: "open", opening, wish, at: { address: LOOPBACK, port } });
    });
  }

  accept(target: Endpoint, decide: (question: TunnelQuestion) => Promise<TunnelAnswer>): void {
    this.#decide = decide;
    this.#host.command({ type: "accept", target });
  }

  list(): Promise<readonly Tube[]> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve, reject) => {
      this.#listing.set(request, (tubes) => {
        if (tubes === undefined) reject(unheard());
        else resolve(tubes);
      });
      this.#host.command({ type: "list", request });
    });
  }

  closeTube(tunnel: string): Promise<boolean> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve) => {
      this.#closing.set(request, resolve);
      this.#host.command({ type: "closeTube", request, tunnel });
    });
  }

  setConsent(user: string, consent: Consent): void {
    this.#store.setConsent(user, consent);
  }

  async close(): Promise<void> {
    this.#host.command({ type: "stop" });
    await this.#host.close();
  }

  #take(event: FrontEvent): void {
    switch (event.type) {
      case "attached":
        this.#attached.resolve(event.name);
        return;
      case "detached":
        this.#detached();
        return;
      case "opened":
        this.#opened(event);
        return;
      case "openFailed":
        this.#openFailed(event);
        return;
      case "consentWanted":
        void this.#ask(event);
        return;
      case "userLearnt":
        this.#store.learn(event.user, event.fingerprint);
        this.#log.info(
          { user: event.user, fingerprint: fingerprintText(event.fingerprint) },
          "a user is new: compare the fingerprint if it matters who that is",
        );
        return;
      case "userChanged":
        this.#log.error(
          { user: event.user, found: fingerprintText(event.found) },
          "somebody else answers under this user's name; the tunnel is refused",
        );
        return;
      case "tunnelOver": {
        const { problem, tunnel, user } = event;
        this.#log.info({ tunnel, user, problem: tunnelProblemName(problem) }, "tunnel over");
        return;
      }
      case "listed":
        this.#listing.get(event.request)?.(event.tubes);
        this.#listing.delete(event.request);
        return;
      case "tubeClosed":
        this.#closing.get(event.request)?.(event.isDone);
        this.#closing.delete(event.request);
        return;
    }
  }

  #detached(): void {
    this.#attached.reject(
      new OperatorError({
        place: "the node",
        problem: "it cannot be reached, or its token is another.",
        remedy: "Check that `tagwire tunnel node` runs with this --node-data folder.",
      }),
    );
    for (const [, { failed, over, user }] of this.#openings) {
      failed(noTunnel(user, "the node is gone"));
      over.resolve(undefined);
    }
    this.#openings.clear();
    this.#gone.resolve(undefined);
  }

  #opened({ opening, port, tunnel }: Extract<FrontEvent, { type: "opened" }>): void {
    const wanted = this.#openings.get(opening);
    wanted?.opened({
      port,
      tunnel,
      openMs: performance.now() - wanted.startedMs,
      over: wanted.over.promise,
      close: () => {
        this.#openings.delete(opening);
        this.#host.command({ type: "closeOpening", opening });
        wanted.over.resolve(undefined);
      },
    });
  }

  #openFailed({ opening, problem, reason }: Extract<FrontEvent, { type: "openFailed" }>): void {
    const wanted = this.#openings.get(opening);
    this.#openings.delete(opening);
    wanted?.failed(noTunnel(wanted.user, reason === "" ? tunnelProblemName(problem) : reason));
    wanted?.over.resolve(undefined);
  }

  async #ask({
    plain,
    tunnel,
    user,
  }: Extract<FrontEvent, { type: "consentWanted" }>): Promise<void> {
    const { isAllowed, reason } = await this.#decide({ user, plain });
    this.#host.command({ type: "consent", tunnel, isAllowed, reason });
  }
}

function noTunnel(user: string, reason: string): OperatorError {
  return new OperatorError({
    place: `user ${user}`,
    problem: `there is no tunnel: ${reason}.`,
    remedy: "Ask that user to run `tagwire tunnel allow`, or ask for fewer relays.",
  });
}

function unheard(): OperatorError {
  return new OperatorError({
    place: "the main server",
    problem: "the node has no connection to it.",
    remedy: "Try again later.",
  });
}
