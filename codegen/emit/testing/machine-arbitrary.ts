import fc from "fast-check";
import type {
  Limit,
  Machine,
  MachineEvent,
  MachineOutput,
  State,
  Timer,
  Transition,
} from "../../model/model.ts";
import {
  element,
  limit,
  machine,
  message,
  messageEvent,
  numberField,
  protocol,
  state,
  timer,
  timerEvent,
  transition,
} from "./model-fixture.ts";
import type { Protocol } from "../../model/model.ts";

/** The limit that timers of random machines may use. */
const LIMIT_MS: Limit = limit("patienceMs", 7000);

const MESSAGES = [message("Alpha", 1), message("Beta", 2), message("Gamma", 3)];
const QUIET: MachineOutput = { ...element("quiet"), data: [] };
const LOUD: MachineOutput = { ...element("loud"), data: [numberField("volume")] };
const OUTPUTS = [QUIET, LOUD];
const DURATIONS: readonly Timer["after"][] = [250, LIMIT_MS, { stateData: "waitMs" }];

/** What a state is made from. */
interface StateSeed {
  readonly value: boolean;
  readonly timers: readonly number[];
}

/** What a transition is made from; numbers choose among what there is. */
interface ChoiceSeed {
  readonly to: readonly number[];
  readonly sends: readonly number[];
  readonly does: readonly number[];
  readonly always: boolean;
  readonly restarts: readonly number[];
}

/** What happens to an event in some of the states. */
interface ReactionSeed {
  readonly event: number;
  readonly states: readonly number[];
  readonly choices: readonly ChoiceSeed[];
  readonly isOpen: boolean;
}

const numbers = (
  max: number,
  options: fc.UniqueArrayConstraints<number, number> = {},
): fc.Arbitrary<number[]> => fc.uniqueArray(fc.nat({ max }), options);

const stateSeed: fc.Arbitrary<StateSeed> = fc.record({
  value: fc.boolean(),
  timers: numbers(2, { maxLength: 2 }),
});

const choiceSeed: fc.Arbitrary<ChoiceSeed> = fc.record({
  to: numbers(9, { minLength: 1, maxLength: 3 }),
  sends: numbers(2, { maxLength: 2 }),
  does: numbers(1, { maxLength: 1 }),
  always: fc.boolean(),
  restarts: numbers(2, { maxLength: 1 }),
});

const reactionSeed: fc.Arbitrary<ReactionSeed> = fc.record({
  event: fc.nat({ max: 7 }),
  states: numbers(4, { minLength: 1, maxLength: 3 }),
  choices: fc.array(choiceSeed, { minLength: 1, maxLength: 3 }),
  isOpen: fc.boolean(),
});

/** A protocol `sample` with one random machine, any that the spec language can say. */
export const sampleArbitrary: fc.Arbitrary<Protocol> = fc
  .record({
    states: fc.array(stateSeed, { minLength: 1, maxLength: 5 }),
    hasFinal: fc.boolean(),
    reactions: fc.array(reactionSeed, { maxLength: 10 }),
    unexpected: fc.constantFrom("refuse" as const, "ignore" as const),
  })
  .map(({ states: seeds, hasFinal, reactions: wanted, unexpected }) => {
    const timers = DURATIONS.map((after, index) => timer(`timer${String(index)}`, after));
    const events = makeEvents(timers);
    const reactions = withoutRepeats(wanted, seeds.length, events.length);
    const states = seeds.map((seed, index) => {
      const heard = timers.filter((_, at) => isHeard(reactions, index, MESSAGES.length + at));
      return makeState(
        seed,
        index,
        timers.filter((own, at) => heard.includes(own) && seed.timers.includes(at)),
      );
    });
    if (hasFinal) states.push(state("over", { final: true }));
    const transitions = reactions.flatMap((seed, index) =>
      makeTransitions({ seed, index, states, events, timers }),
    );
    const sample = machine({
      name: "Sample",
      states,
      timers,
      events,
      outputs: OUTPUTS,
      transitions,
      unexpected,
    });
    return protocol({ limits: [LIMIT_MS], messages: MESSAGES, machines: [sample] });
  });

/** No two reactions may be about the same event in the same state, so a later one yields. */
function withoutRepeats(
  seeds: readonly ReactionSeed[],
  states: number,
  events: number,
): ReactionSeed[] {
  const taken = new Set<string>();
  return seeds.flatMap((seed) => {
    const event = seed.event % events;
    const wanted = [...new Set(seed.states.map((at) => at % states))];
    const own = wanted.filter((at) => !taken.has(`${String(at)} ${String(event)}`));
    for (const at of own) taken.add(`${String(at)} ${String(event)}`);
    return own.length === 0 ? [] : [{ ...seed, event, states: own }];
  });
}

/** A state may list a timer only if something always happens when it fires. */
function isHeard(reactions: readonly ReactionSeed[], at: number, event: number): boolean {
  return reactions.some((seed) => seed.event === event && seed.states.includes(at) && !seed.isOpen);
}

function makeState(seed: StateSeed, index: number, timers: readonly Timer[]): State {
  const waits = timers.some(({ after }) => typeof after === "object" && "stateData" in after);
  const data = [
    ...(seed.value ? [numberField("value")] : []),
    ...(waits ? [numberField("waitMs")] : []),
  ];
  return state(`state${String(index)}`, { data, timers });
}

function makeEvents(timers: readonly Timer[]): MachineEvent[] {
  return [
    ...MESSAGES.map(messageEvent),
    ...timers.map(timerEvent),
    { ...element("plain"), kind: "internal", data: [] },
    { ...element("told"), kind: "command", data: [numberField("value")] },
  ];
}

function makeTransitions(parts: {
  readonly seed: ReactionSeed;
  readonly index: number;
  readonly states: readonly State[];
  readonly events: readonly MachineEvent[];
  readonly timers: readonly Timer[];
}): Transition[] {
  const { seed, index, states, events, timers } = parts;
  const from = seed.states.map((at) => pick(states, at));
  const group = from.length > 1 ? `group${String(index)}` : undefined;
  return seed.choices.map((choice, at) => {
    const isLast = at === seed.choices.length - 1;
    const guard = isLast && !seed.isOpen ? undefined : `guard${String(at)}`;
    const to = [...new Set(choice.to.map((target) => pick(states, target)))];
    return transition(from, pick(events, seed.event), to, {
      group,
      guard,
      sends: choice.sends.map((number) => pick(MESSAGES, number)),
      does: choice.does.map((number) => pick(OUTPUTS, number)),
      always: choice.always ? [QUIET] : [],
      restarts: choice.restarts.map((number) => pick(timers, number)),
    });
  });
}

/** The machine of a sample protocol. */
export function machineOf({ machines: [only] }: Protocol): Machine {
  if (only === undefined) throw new RangeError("the protocol has no machine");
  return only;
}

function pick<T>(choices: readonly T[], number: number): T {
  const chosen = choices[number % choices.length];
  if (chosen === undefined) throw new RangeError("nothing to choose from");
  return chosen;
}
