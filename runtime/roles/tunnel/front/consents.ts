import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Consent, FrontEvent } from "./front-events.ts";

/** A tunnel that another user asked for, about which nothing is decided. */
export interface AskingTunnel {
  readonly id: string;
  readonly user: string;
  readonly plain: boolean;
  /** @param reason for the other user. */
  decide(isAllowed: boolean, reason: string): void;
}

/** A question that the user has not answered: one for all tunnels of a user in a mode. */
interface Question {
  readonly number: number;
  readonly key: string;
  readonly tunnels: Map<string, AskingTunnel>;
}

/** Questions about a user since the last yes. */
interface Asked {
  readonly count: number;
  readonly untilMs: number;
}

/**
 * Who may come. What a policy says of somebody is about encrypted tunnels, unless it says otherwise; a yes is about
 * one user and one mode. Nobody is asked about the same user again and again.
 */
export class Consents {
  readonly #kernel: Kernel<FrontEvent>;
  readonly #limits: TunnelLimits;
  #policies: ReadonlyMap<string, Consent> = new Map();
  /** Until when a yes holds, monotonic, by user and mode. */
  readonly #given = new Map<string, number>();
  readonly #asked = new Map<string, Asked>();
  /** By user and mode: as many as tunnels at most, of which there is a bound. */
  readonly #questions = new Map<string, Question>();
  #last = 0;

  constructor(kernel: Kernel<FrontEvent>, limits: TunnelLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
  }

  /** What is to be done about whom from now on; users who are not named are asked about. Open questions may be answered by it. */
  setPolicies(policies: ReadonlyMap<string, Consent>): void {
    this.#policies = policies;
    for (const question of [...this.#questions.values()]) {
      for (const tunnel of [...question.tunnels.values()]) {
        const word = this.#word(tunnel);
        if (word === undefined) continue;
        this.over(tunnel.id);
        tunnel.decide(word.isAllowed, word.reason);
      }
    }
  }

  /** Whether a policy keeps a user out. */
  isKeptOut(user: string): boolean {
    return this.#policies.get(user) === "never";
  }

  /** Decides about a tunnel, or has the user asked. */
  ask(tunnel: AskingTunnel): void {
    const word = this.#word(tunnel);
    if (word !== undefined) {
      tunnel.decide(word.isAllowed, word.reason);
      return;
    }
    const key = keyOf(tunnel);
    const open = this.#questions.get(key);
    if (open !== undefined) {
      open.tunnels.set(tunnel.id, tunnel);
      return;
    }
    if (!this.#mayAsk(tunnel.user)) {
      this.#kernel.count("asked-too-often");
      tunnel.decide(false, "nobody is asked again so soon");
      return;
    }
    this.#last += 1;
    const question = { number: this.#last, key, tunnels: new Map([[tunnel.id, tunnel]]) };
    this.#questions.set(key, question);
    const { plain, user } = tunnel;
    this.#kernel.report({ type: "consentWanted", question: question.number, user, plain });
  }

  /** The user's answer. Nothing happens if the question was withdrawn. */
  answer(number: number, isAllowed: boolean, reason: string): void {
    const question = [...this.#questions.values()].find((open) => open.number === number);
    if (question === undefined) return;
    this.#questions.delete(question.key);
    const [{ user } = { user: "" }] = question.tunnels.values();
    if (isAllowed) {
      this.#asked.delete(user);
      if (this.#given.size >= this.#limits.knownUsersMax) this.#given.clear();
      this.#given.set(question.key, this.#kernel.nowMs + this.#limits.consentLifeMs);
    }
    for (const tunnel of question.tunnels.values()) tunnel.decide(isAllowed, reason);
  }

  /** A tunnel wants no answer any more. */
  over(id: string): void {
    for (const [key, { number, tunnels }] of this.#questions) {
      if (!tunnels.delete(id) || tunnels.size > 0) continue;
      this.#questions.delete(key);
      this.#kernel.report({ type: "consentWithdrawn", question: number });
    }
  }

  /** What is decided without a question; undefined if there must be one. */
  #word(
    tunnel: AskingTunnel,
  ): { readonly isAllowed: boolean; readonly reason: string } | undefined {
    const policy = this.#policies.get(tunnel.user);
    if (policy === "never") return { isAllowed: false, reason: "not allowed" };
    const isAlways = policy === "alwaysPlain" || (policy === "always" && !tunnel.plain);
    const isStillGood = (this.#given.get(keyOf(tunnel)) ?? 0) > this.#kernel.nowMs;
    return isAlways || isStillGood ? { isAllowed: true, reason: "" } : undefined;
  }

  /** Counts a question about a user, if there may be one. */
  #mayAsk(user: string): boolean {
    const { knownUsersMax, questionsMax, questionsRestMs } = this.#limits;
    const { nowMs } = this.#kernel;
    const before = this.#asked.get(user);
    const count = before === undefined || before.untilMs <= nowMs ? 0 : before.count;
    if (count >= questionsMax) return false;
    if (before === undefined && this.#asked.size >= knownUsersMax) {
      for (const [name, { untilMs }] of this.#asked) if (untilMs <= nowMs) this.#asked.delete(name);
      if (this.#asked.size >= knownUsersMax) return false;
    }
    this.#asked.set(user, { count: count + 1, untilMs: nowMs + questionsRestMs });
    return true;
  }
}

/** No name of a user has a space. */
function keyOf({ plain, user }: AskingTunnel): string {
  return plain ? `plain ${user}` : user;
}
