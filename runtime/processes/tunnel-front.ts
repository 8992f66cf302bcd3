import { OperatorError, fingerprintText } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import { tunnelProblemName } from "../../generated/tunnel/types.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import type { ProcessLoopback } from "../io/process-loopback.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type { Consent, FrontCommand, FrontEvent } from "../roles/tunnel/front/front-events.ts";
import { compileTunnelValidators } from "../roles/tunnel/tunnel-validators.ts";
import { FrontMemory } from "./front-memory.ts";
import { FrontStore } from "./front-store.ts";
import { PartyStore } from "./party-store.ts";
import { TunnelAttachment } from "./tunnel-attachment.ts";
import type { TunnelFrontParts } from "./tunnel-attachment.ts";
import { TunnelError } from "./tunnel-error.ts";
import { TunnelOpening } from "./tunnel-opening.ts";
import type {
  OpenTunnel,
  TunnelAcceptOptions,
  TunnelAnswer,
  TunnelFront,
  TunnelFrontConfig,
  TunnelOpenOptions,
  TunnelQuestion,
} from "./tunnel-types.ts";

/** How often a front looks for a node that is gone: a file is read and a port of this machine tried, which costs nothing. */
const REATTACH_MS = 500;

/**
 * Attaches to the node of a folder, and again each time that it has restarted.
 * @param loopback what the node was started with, if it runs in this process.
 * @throws {TunnelError} with the reason `noNode` if no node runs there.
 * @throws {FrontFileError} if what is kept of users is damaged. @throws {OperatorError} if another file is, or cannot be written.
 */
export async function createTunnelFront(
  config: TunnelFrontConfig,
  log: Log,
  loopback?: ProcessLoopback,
): Promise<TunnelFront> {
  const crypto = createNodeCrypto();
  const party = await PartyStore.open(config.dataFolder, crypto);
  const front = new TunnelFrontProcess(config, {
    nodeFolder: config.nodeFolder,
    crypto,
    identity: party.identity,
    validators: compileTunnelValidators(new AjvSchemaCompiler()),
    log,
    loopback,
  });
  try {
    await front.attach();
  } catch (error) {
    await front.close();
    throw error;
  }
  return front;
}

/** A question to the node that it has not answered. */
interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: OperatorError) => void;
}

class TunnelFrontProcess implements TunnelFront {
  readonly #config: TunnelFrontConfig;
  readonly #parts: TunnelFrontParts;
  readonly #store: FrontStore;
  readonly #memory: FrontMemory;
  readonly #openings = new Map<number, TunnelOpening>();
  readonly #listing = new Map<number, Waiting<readonly Tube[]>>();
  readonly #closing = new Map<number, Waiting<boolean>>();
  /** Undefined while the node is gone. */
  #attachment: TunnelAttachment | undefined;
  #attaching: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  #name = "";
  #last = 0;
  #offer: Extract<FrontCommand, { type: "accept" }> | undefined;
  /** What tells who is asked that nobody waits for the answer, by question of this start of the node. */
  readonly #questions = new Map<number, AbortController>();
  #decide: (question: TunnelQuestion) => Promise<TunnelAnswer> = () =>
    Promise.resolve({ isAllowed: false, reason: "nobody is there to ask" });

  constructor(config: TunnelFrontConfig, parts: TunnelFrontParts) {
    this.#config = config;
    this.#parts = parts;
    this.#store = FrontStore.of(config.dataFolder);
    this.#memory = new FrontMemory(this.#store, parts.log, (record) => {
      this.#attachment?.know(record);
    });
  }

  get name(): string {
    return this.#name;
  }

  get isAttached(): boolean {
    return this.#attachment !== undefined;
  }

  /** Attaches, and asks again for all that was open or offered. @throws as `createTunnelFront`. */
  async attach(): Promise<void> {
    const attachment = await TunnelAttachment.open(this.#parts, (event) => {
      if (event.type === "detached") this.#detached();
      else this.#take(event);
    });
    if (this.#isClosed) {
      await attachment.close();
      return;
    }
    this.#attachment = attachment;
    this.#name = attachment.name;
    attachment.know(this.#memory.record);
    if (this.#offer !== undefined) attachment.command(this.#offer);
    for (const opening of this.#openings.values()) opening.ask();
  }

  open(user: string, options: TunnelOpenOptions = {}): Promise<OpenTunnel> {
    const attachment = this.#attachment;
    if (attachment === undefined) return Promise.reject(this.#noNode());
    const { relays = TUNNEL_LIMITS.relaysDefault, exclude = [], plain = false, port = 0 } = options;
    this.#last += 1;
    const number = this.#last;
    const opening = new TunnelOpening({
      number,
      wish: { user, relays, exclude, plain },
      port,
      command: (command) => {
        this.#attachment?.command(command);
      },
      over: () => this.#openings.delete(number),
    });
    this.#openings.set(number, opening);
    opening.ask();
    return opening.tunnel;
  }

  accept(
    target: Endpoint,
    decide: (question: TunnelQuestion) => Promise<TunnelAnswer>,
    { plain = false }: TunnelAcceptOptions = {},
  ): void {
    this.#offer = { type: "accept", target, plain };
    this.#decide = decide;
    this.#attachment?.command(this.#offer);
  }

  list(tunnel?: string): Promise<readonly Tube[]> {
    const which = tunnel === undefined ? {} : { tunnel };
    return this.#ask(this.#listing, (request) => ({ type: "list", request, ...which }));
  }

  closeTube(tunnel: string): Promise<boolean> {
    return this.#ask(this.#closing, (request) => ({ type: "closeTube", request, tunnel }));
  }

  setConsent(user: string, consent: Consent): void {
    this.#store.setConsent(user, consent);
    this.#memory.refresh();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#memory.close();
    const attachment = this.#attachment;
    this.#attachment = undefined;
    this.#withdrawAll();
    this.#failWaiting();
    for (const opening of [...this.#openings.values()]) opening.end();
    await this.#attaching;
    await attachment?.close();
  }

  #ask<Answer>(
    waiting: Map<number, Waiting<Answer>>,
    command: (request: number) => FrontCommand,
  ): Promise<Answer> {
    const attachment = this.#attachment;
    if (attachment === undefined) return Promise.reject(this.#noNode());
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve, reject) => {
      waiting.set(request, { resolve, reject });
      attachment.command(command(request));
    });
  }

  /** The node is gone: what nobody has heard of yet fails, ports that are known come back with the node. */
  #detached(): void {
    const attachment = this.#attachment;
    if (attachment === undefined) return;
    this.#attachment = undefined;
    this.#parts.log.warn("the node is gone; its tunnels have ended");
    this.#withdrawAll();
    this.#failWaiting();
    for (const opening of [...this.#openings.values()]) opening.detached(this.#noNode());
    void attachment.close();
    this.#config.onNode?.(false);
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#retry = setTimeout(() => {
      this.#attaching = this.#reattach();
    }, REATTACH_MS);
  }

  async #reattach(): Promise<void> {
    try {
      await this.attach();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#parts.log.debug({ err: error }, "the node is still gone");
      if (!this.#isClosed) this.#lookAgain();
      return;
    }
    if (!this.isAttached) return;
    this.#parts.log.info("the node is back");
    this.#config.onNode?.(true);
  }

  #failWaiting(): void {
    const waiting = [...this.#listing.values(), ...this.#closing.values()];
    this.#listing.clear();
    this.#closing.clear();
    for (const { reject } of waiting) reject(this.#noNode());
  }

  #take(event: Exclude<FrontEvent, { type: "detached" }>): void {
    const { log } = this.#parts;
    switch (event.type) {
      case "attached":
        return;
      case "opened":
        this.#openings.get(event.opening)?.opened(event);
        return;
      case "openFailed":
        this.#openings.get(event.opening)?.failed(event);
        return;
      case "consentWanted":
        void this.#answer(event);
        return;
      case "consentWithdrawn":
        this.#withdraw(event.question);
        return;
      case "requestFailed": {
        const problem = tunnelProblemName(event.problem);
        log.warn({ problem, reason: event.reason }, "there was no tunnel for a port that is open");
        return;
      }
      case "userMet":
        this.#met(event);
        return;
      case "userChanged":
        log.error(
          { user: event.user, found: fingerprintText(event.found) },
          "somebody else answers under this user's name; the tunnel is refused",
        );
        return;
      case "tunnelOver": {
        const { problem, tunnel, user } = event;
        // One that was refused has no id, and whoever asked for it is told.
        if (tunnel === "") return;
        log.info({ tunnel, user, problem: tunnelProblemName(problem) }, "tunnel over");
        return;
      }
      case "listed":
        settle(this.#listing, event.request, event.tubes);
        return;
      case "tubeClosed":
        settle(this.#closing, event.request, event.isDone);
        return;
    }
  }

  #met({ fingerprint, user }: Extract<FrontEvent, { type: "userMet" }>): void {
    const kept = this.#memory.learn(user, fingerprint);
    this.#attachment?.command({ type: "learnt", user, fingerprint: kept });
    if (kept !== fingerprint) return;
    this.#parts.log.info(
      { user, fingerprint: fingerprintText(fingerprint) },
      "a user is new: compare the fingerprint if it matters who that is",
    );
  }

  async #answer({
    plain,
    question,
    user,
  }: Extract<FrontEvent, { type: "consentWanted" }>): Promise<void> {
    const attachment = this.#attachment;
    const withdrawal = new AbortController();
    this.#questions.set(question, withdrawal);
    const withdrawn = withdrawal.signal;
    let answer: TunnelAnswer = { isAllowed: false, reason: "the question failed" };
    try {
      answer = await this.#decide({ user, plain, withdrawn });
    } catch (error) {
      // Who was told that nobody waits need not answer.
      if (!withdrawn.aborted) {
        this.#parts.log.error({ err: error, user }, "nobody could be asked; the tunnel is refused");
      }
    }
    if (withdrawn.aborted) return;
    this.#questions.delete(question);
    attachment?.command({ type: "consent", question, ...answer });
  }

  #withdraw(question: number): void {
    this.#questions.get(question)?.abort();
    this.#questions.delete(question);
  }

  /** Questions of a start of the node end with it. */
  #withdrawAll(): void {
    for (const question of [...this.#questions.keys()]) this.#withdraw(question);
  }

  #noNode(): TunnelError {
    return new TunnelError(`the node of ${this.#config.nodeFolder}`, "noNode");
  }
}

/** Undefined as an answer says that the main server could not be asked. */
function settle<Answer>(
  waiting: Map<number, Waiting<Answer>>,
  request: number,
  answer: Answer | undefined,
): void {
  const asked = waiting.get(request);
  waiting.delete(request);
  if (answer === undefined) asked?.reject(new TunnelError("the main server", "offline"));
  else asked?.resolve(answer);
}
