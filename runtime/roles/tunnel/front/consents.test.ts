import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { Kernel } from "../../kernel/kernel.ts";
import { Consents } from "./consents.ts";
import type { Consent, FrontEvent } from "./front-events.ts";

const LIMITS: TunnelLimits = {
  ...TUNNEL_LIMITS,
  consentLifeMs: 100,
  questionsMax: 3,
  questionsRestMs: 200,
};
const USERS = ["ada", "eve"] as const;
const POLICIES: readonly (Consent | undefined)[] = [
  "always",
  "alwaysPlain",
  "never",
  "ask",
  undefined,
];
const crypto = createNodeCrypto();

type Deed =
  | { readonly do: "ask"; readonly user: string; readonly plain: boolean }
  | { readonly do: "answer"; readonly nth: number; readonly isAllowed: boolean }
  | { readonly do: "over"; readonly nth: number }
  | { readonly do: "policy"; readonly user: string; readonly policy: Consent | undefined }
  | { readonly do: "wait"; readonly ms: number };

const deeds = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("ask" as const),
        user: fc.constantFrom(...USERS),
        plain: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("answer" as const),
        nth: fc.nat(1),
        isAllowed: fc.boolean(),
      }),
    },
    fc.record({ do: fc.constant("over" as const), nth: fc.nat(20) }),
    fc.record({
      do: fc.constant("policy" as const),
      user: fc.constantFrom(...USERS),
      policy: fc.constantFrom(...POLICIES),
    }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 150 }) }),
  ),
  { maxLength: 60, size: "max" },
);

interface Tunnel {
  readonly id: string;
  readonly user: string;
  readonly plain: boolean;
  isOver: boolean;
  decided: boolean | undefined;
}

/** What a user has seen and said, and with it what may happen. */
class Model {
  readonly #kernel = new Kernel<FrontEvent>({ crypto, unixMs: () => 0 });
  readonly #consents = new Consents(this.#kernel, LIMITS);
  readonly #policies = new Map<string, Consent>();
  readonly #tunnels: Tunnel[] = [];
  #isAsking = false;
  /** Questions that stand, by number. */
  readonly #standing = new Map<number, { readonly user: string; readonly plain: boolean }>();
  /** When a yes was given, by user and mode. */
  readonly #yes = new Map<string, number>();
  /** When somebody was asked about a user since the last yes. */
  readonly #askedMs = new Map<string, number[]>();

  play(deed: Deed): void {
    switch (deed.do) {
      case "ask":
        this.#ask(deed.user, deed.plain);
        break;
      case "answer": {
        const [number = 0] = [...this.#standing.keys()].slice(deed.nth);
        this.#answer(number, deed.isAllowed);
        break;
      }
      case "over": {
        const tunnel = this.#tunnels[deed.nth];
        if (tunnel === undefined || tunnel.decided !== undefined) break;
        tunnel.isOver = true;
        this.#consents.over(tunnel.id);
        break;
      }
      case "policy":
        if (deed.policy === undefined) this.#policies.delete(deed.user);
        else this.#policies.set(deed.user, deed.policy);
        this.#consents.setPolicies(new Map(this.#policies));
        break;
      case "wait":
        this.#kernel.nowMs += deed.ms;
    }
    this.#hear();
    this.#check();
  }

  #ask(user: string, plain: boolean): void {
    const id = String(this.#tunnels.length);
    const tunnel: Tunnel = { id, user, plain, isOver: false, decided: undefined };
    this.#tunnels.push(tunnel);
    this.#isAsking = true;
    this.#consents.ask({
      ...tunnel,
      decide: (isAllowed) => {
        assert.ok(
          tunnel.decided === undefined && !tunnel.isOver,
          "decided once, and only if it matters",
        );
        tunnel.decided = isAllowed;
        if (isAllowed) assert.ok(this.#isAllowed(tunnel), "nobody comes in without a word for it");
        if (isAllowed) assert.notEqual(this.#policies.get(user), "never");
        else if (this.#isAsking) assert.ok(this.#isRefusedUnasked(user), "a no has a reason");
        this.#consents.over(id);
      },
    });
    this.#isAsking = false;
  }

  #isRefusedUnasked(user: string): boolean {
    const times = this.#askedMs.get(user) ?? [];
    const isResting = this.#kernel.nowMs < (times.at(-1) ?? -Infinity) + LIMITS.questionsRestMs;
    return (
      this.#policies.get(user) === "never" || (isResting && inARow(times) === LIMITS.questionsMax)
    );
  }

  #answer(number: number, isAllowed: boolean): void {
    const question = this.#standing.get(number);
    this.#standing.delete(number);
    if (question !== undefined && isAllowed) {
      this.#yes.set(keyOf(question), this.#kernel.nowMs);
      this.#askedMs.delete(question.user);
    }
    this.#consents.answer(number, isAllowed, "");
  }

  #isAllowed(tunnel: Tunnel): boolean {
    const policy = this.#policies.get(tunnel.user);
    const givenMs = this.#yes.get(keyOf(tunnel)) ?? -Infinity;
    if (this.#kernel.nowMs < givenMs + LIMITS.consentLifeMs) return true;
    return tunnel.plain ? policy === "alwaysPlain" : policy?.startsWith("always") === true;
  }

  /** Takes what is asked of the user, and what is withdrawn. */
  #hear(): void {
    for (let effect = this.#kernel.poll(); effect !== undefined; effect = this.#kernel.poll()) {
      assert.ok(effect.type === "event");
      const { event } = effect;
      if (event.type === "consentWithdrawn") {
        assert.ok(this.#standing.delete(event.question), "only what stands is withdrawn");
        continue;
      }
      assert.ok(event.type === "consentWanted");
      const { plain, question, user } = event;
      this.#standing.set(question, { user, plain });
      this.#askedMs.set(user, [...(this.#askedMs.get(user) ?? []), this.#kernel.nowMs]);
    }
  }

  #check(): void {
    const waiting = this.#tunnels.filter(({ decided, isOver }) => decided === undefined && !isOver);
    assert.deepEqual(
      new Set([...this.#standing.values()].map(keyOf)),
      new Set(waiting.map(keyOf)),
      "a question stands for whoever waits, and none for nobody",
    );
    assert.equal(this.#standing.size, new Set(waiting.map(keyOf)).size, "one for all of a mode");
    for (const times of this.#askedMs.values()) {
      assert.ok(inARow(times) <= LIMITS.questionsMax, "nobody is asked again so soon");
    }
  }
}

/** How many of these questions came without a rest before the last. */
function inARow(times: readonly number[]): number {
  const rested = times.findLastIndex(
    (ms, at) => ms >= (times[at - 1] ?? -Infinity) + LIMITS.questionsRestMs,
  );
  return times.length - rested;
}

function keyOf({ plain, user }: { readonly plain: boolean; readonly user: string }): string {
  return `${user} ${String(plain)}`;
}

test("whatever users ask for and say: nobody comes in without a word about this user and this mode, each question stands for somebody, and nobody is asked again and again", () => {
  fc.assert(
    fc.property(deeds, (all) => {
      const model = new Model();
      for (const deed of all) model.play(deed);
    }),
    { numRuns: 500 },
  );
});

test("where so many users were asked about that no more can be remembered, new ones are refused and not asked about", () => {
  const kernel = new Kernel<FrontEvent>({ crypto, unixMs: () => 0 });
  const consents = new Consents(kernel, { ...LIMITS, knownUsersMax: 2 });
  const words: boolean[] = [];
  const ask = (user: string): void => {
    consents.ask({ id: user, user, plain: false, decide: (isAllowed) => words.push(isAllowed) });
  };
  for (const user of ["a", "b", "c"]) ask(user);
  assert.deepEqual(words, [false]);
  kernel.nowMs += LIMITS.questionsRestMs;
  ask("d");
  assert.deepEqual(words, [false]);
});
