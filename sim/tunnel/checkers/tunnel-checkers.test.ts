import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "../../../runtime/core/index.ts";
import type { Crypto, Effect, Input, Role, StreamPipe } from "../../../runtime/core/index.ts";
import type { MainServerEvent } from "../../../runtime/roles/tunnel/main/main-events.ts";
import { runCase } from "../../campaign/run-case.ts";
import { caseOfSeed } from "../../campaign/run-seed.ts";
import type { Case, Scenario } from "../../campaign/scenario.ts";
import { neverSyncs } from "../../world/testing/never-syncs.ts";
import type { Program, ProgramStart } from "../../world/world.ts";
import { MOMENTS_STAGE, caseOfMoments } from "../draw-moments.ts";
import { relayHosts } from "../tunnel-stage.ts";
import { tunnelMoments, tunnelRelaysFail, tunnels } from "../tunnel-scenarios.ts";
import {
  BYTES_EXACTLY_ONCE,
  ENDS_AT_BOTH_SIDES,
  FAILED_RELAYS_ARE_REPLACED,
  LOGOUT_ENDS,
  NOBODY_IS_LOCKED_OUT,
  NOTHING_HALF_OPEN,
  NO_STRANGER_IS_ADMITTED,
  PASSWORDS_ADVANCE_ONCE,
  RELAYS_SEE_CIPHERTEXT,
  TUNNEL_CHECKERS,
  TUNNELS_COME_BACK,
} from "./tunnel-checkers.ts";

type AnyProgram = Program<unknown, unknown>;
type AnyRole = Role<unknown, unknown>;
type AnyEffect = Effect<unknown>;

const SEEDS_MAX = 60;

/** A scenario with a mistake in one of its programs. */
function withMistake(
  scenario: Scenario,
  program: string,
  mistake: (options: Readonly<Record<string, unknown>>, sound: AnyFactory) => AnyProgram,
): Scenario {
  const sound = scenario.programs[program] as unknown as AnyFactory;
  const changed = (options: unknown): AnyProgram =>
    mistake(options as Readonly<Record<string, unknown>>, sound);
  return { ...scenario, programs: { ...scenario.programs, [program]: changed } };
}

type AnyFactory = (options: unknown) => AnyProgram;

/** A program whose role does other things than the sound one. */
function withEffects(
  scenario: Scenario,
  program: string,
  change: (effect: AnyEffect) => AnyEffect | undefined,
): Scenario {
  return withMistake(scenario, program, (options, sound) => {
    const made = sound(options);
    return { ...made, createRole: (start) => new ChangedRole(made.createRole(start), { change }) };
  });
}

/** A role some of whose inputs it does not get, and some of whose effects are others. What else it has is reached through it. */
class ChangedRole implements AnyRole {
  readonly #role: AnyRole;
  readonly #change: (effect: AnyEffect) => AnyEffect | undefined;
  readonly #admits: (input: Input<unknown>) => boolean;

  constructor(
    role: AnyRole,
    how: {
      readonly change?: (effect: AnyEffect) => AnyEffect | undefined;
      readonly admits?: (input: Input<unknown>) => boolean;
    },
  ) {
    this.#role = role;
    this.#change = how.change ?? ((effect) => effect);
    this.#admits = how.admits ?? ((): boolean => true);
    for (const name of ["nodes", "tunnels", "resources", "ports", "holdings"]) {
      const get = (): unknown => Reflect.get(role, name);
      Object.defineProperty(this, name, { get });
    }
  }

  handle(input: Input<unknown>, nowMs: number): void {
    if (this.#admits(input)) this.#role.handle(input, nowMs);
  }

  poll(): AnyEffect | undefined {
    for (;;) {
      const effect = this.#role.poll();
      const changed = effect && this.#change(effect);
      if (changed !== undefined || effect === undefined) return changed;
    }
  }
}

/** Fronts whose bytes pass another pipe: to the tunnel (`SealPipe`) or from it. */
function withPipe(
  which: "SealPipe" | "OpenPipe",
  change: (pipe: StreamPipe) => StreamPipe,
): (effect: AnyEffect) => AnyEffect {
  const changed = (pipe: StreamPipe): StreamPipe =>
    pipe.constructor.name === which ? change(pipe) : pipe;
  return (effect) => {
    if (effect.type !== "relayStreams" || effect.pipes === undefined) return effect;
    const { aToB, bToA } = effect.pipes;
    return { ...effect, pipes: { aToB: changed(aToB), bToA: changed(bToA) } };
  };
}

function withCrypto(
  scenario: Scenario,
  program: string,
  change: (crypto: Crypto) => Partial<Crypto>,
): Scenario {
  return withMistake(scenario, program, (options, sound) => {
    const made = sound(options);
    const changed = (start: ProgramStart): ProgramStart => {
      const crypto = Object.create(start.crypto) as Crypto;
      Object.assign(crypto, bound(start.crypto), change(start.crypto));
      return { ...start, crypto };
    };
    return { ...made, createRole: (start) => made.createRole(changed(start)) };
  });
}

/** The methods of a crypto that may be called on another object. */
function bound(crypto: Crypto): Crypto {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(crypto) as object);
  const methods = names.filter((name) => name !== "constructor");
  const source = crypto as unknown as Record<string, (...given: unknown[]) => unknown>;
  return Object.fromEntries(
    methods.map((name) => [name, (...given: unknown[]) => source[name]?.apply(crypto, given)]),
  ) as unknown as Crypto;
}

const TAG_BYTES = 16;

/** The processes of relays end in the middle of what passes: their systems end the connections in order. */
const CUT: Case = {
  ...caseOfMoments(tunnelMoments.name, []),
  faults: relayHosts(MOMENTS_STAGE.relays).map((host) => ({
    kind: "crash",
    host,
    atUs: 3_009_400,
    what: "process",
    writesKept: 0,
    downForUs: 2_000_000,
  })),
};

/** Each rule, a mistake that breaks it, and the scenario that has that mistake. */
const MISTAKES: readonly (readonly [rule: string, mistake: string, Scenario, given?: Case])[] = [
  [
    BYTES_EXACTLY_ONCE.name,
    "a front gives the tunnel a piece twice",
    withEffects(
      tunnels,
      "front",
      withPipe("SealPipe", (seal) => ({
        push: (bytes) => seal.push(Uint8Array.from([...bytes, ...bytes])),
        end: () => seal.end(),
      })),
    ),
  ],
  [
    BYTES_EXACTLY_ONCE.name,
    "a front takes the end of a chain for the end of what was said",
    withEffects(
      tunnelMoments,
      "front",
      withPipe("OpenPipe", (open) => ({
        push: (bytes) => open.push(bytes),
        // No bytes make no record, and nothing asks for the last one.
        end: () => open.push(new Uint8Array(0)),
      })),
    ),
    CUT,
  ],
  [
    ENDS_AT_BOTH_SIDES.name,
    "a front does not close what it accepted",
    withEffects(tunnelMoments, "front", (effect) =>
      effect.type === "closeStream" && effect.stream % 2 === 0 ? undefined : effect,
    ),
  ],
  [
    NOBODY_IS_LOCKED_OUT.name,
    "a node does not sync its password",
    withMistake(tunnelMoments, "node", (options, sound) => neverSyncs(sound(options))),
  ],
  [
    PASSWORDS_ADVANCE_ONCE.name,
    "a main server takes the password before for the newest",
    withEffects(tunnels, "main", (effect) => {
      if (effect.type !== "event") return effect;
      const event = effect.event as MainServerEvent;
      if (event.type !== "save") return effect;
      const { current, previous } = event.row.passwords;
      const passwords = { current: previous, previous: current };
      return { ...effect, event: { ...event, row: { ...event.row, passwords } } };
    }),
  ],
  [
    TUNNELS_COME_BACK.name,
    "a front does not let the end of one direction pass",
    withEffects(
      tunnelMoments,
      "front",
      withPipe("OpenPipe", (open) => ({
        push: (bytes) => open.push(bytes),
        end: () => {
          open.end();
          throw new WireError("truncated", "SealedRecord", 0);
        },
      })),
    ),
  ],
  [
    NOTHING_HALF_OPEN.name,
    "a node does not cut the links of a tunnel that is closed",
    withEffects(tunnelMoments, "node", (effect) =>
      effect.type === "closeStream" && effect.abort ? undefined : effect,
    ),
  ],
  [
    NO_STRANGER_IS_ADMITTED.name,
    "a node takes every proof and token for the right one",
    withCrypto(tunnels, "node", () => ({ equal: () => true })),
  ],
  [
    RELAYS_SEE_CIPHERTEXT.name,
    "fronts seal nothing",
    withCrypto(tunnels, "front", () => ({
      aesGcmSeal: ({ bytes }, out) => {
        out.set(bytes);
      },
      aesGcmOpen: ({ bytes }) => bytes.slice(0, -TAG_BYTES),
    })),
  ],
  [
    LOGOUT_ENDS.name,
    "a node does not hear that it is to log out",
    withMistake(tunnels, "node", (options, sound) => {
      const made = sound(options);
      const admits = (input: Input<unknown>): boolean =>
        input.type !== "command" || (input.command as { type: string }).type !== "logout";
      return {
        ...made,
        createRole: (start) => new ChangedRole(made.createRole(start), { admits }),
      };
    }),
  ],
  [
    FAILED_RELAYS_ARE_REPLACED.name,
    "a main server tries one path only",
    withMistake(tunnelRelaysFail, "main", (options, sound) =>
      sound({ ...options, limits: { attemptsMax: 1 } }),
    ),
  ],
];

for (const [rule, mistake, scenario, given] of MISTAKES) {
  test(`${rule} notices that ${mistake}`, async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= SEEDS_MAX && !found.includes(rule); seed += 1) {
      const { violations } = await runCase(scenario, given ?? caseOfSeed(scenario, seed));
      found.push(...violations.map(({ checker }) => checker));
    }
    assert.ok(found.includes(rule), `found: ${found.join(", ")}`);
  });
}

test("each rule is shown to be able to fail", () => {
  const shown = new Set(MISTAKES.map(([rule]) => rule));
  const rules = [...TUNNEL_CHECKERS, FAILED_RELAYS_ARE_REPLACED].map(({ name }) => name);
  assert.deepEqual(
    rules.filter((name) => !shown.has(name)),
    [],
  );
});
