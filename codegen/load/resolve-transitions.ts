import type { MachineEvent, State, Transition } from "../model/model.ts";
import type { Path } from "./document.ts";
import type { MachineNames } from "./machine-names.ts";
import type { RawTransition } from "./raw-documents.ts";
import type { FieldContext } from "./resolve-fields.ts";

/** @returns undefined if a transition names something that is not there; every problem is reported. */
export function resolveTransitions(
  context: FieldContext,
  names: MachineNames,
  raw: readonly RawTransition[],
): readonly Transition[] | undefined {
  const transitions: Transition[] = [];
  for (const [index, transition] of raw.entries()) {
    const resolved = resolveTransition(
      { context, names, path: ["transitions", index], earlier: transitions },
      transition,
    );
    if (resolved !== undefined) transitions.push(resolved);
  }
  return transitions.length === raw.length ? transitions : undefined;
}

interface TransitionContext {
  readonly context: FieldContext;
  readonly names: MachineNames;
  readonly path: Path;
  readonly earlier: readonly Transition[];
}

function resolveTransition(at: TransitionContext, raw: RawTransition): Transition | undefined {
  const { context, names, path } = at;
  const on = names.event(raw.on, [...path, "on"]);
  const from = on && resolveFrom(at, raw, on);
  const to = resolveStates(names, raw.to, [...path, "to"]);
  const sends = resolveAll(raw.sends, [...path, "sends"], (name, place) =>
    names.message(name, place),
  );
  const does = resolveAll(raw.does, [...path, "does"], (name, place) => names.output(name, place));
  const always = resolveAll(raw.always, [...path, "always"], (name, place) =>
    names.output(name, place),
  );
  const restarts = resolveAll(raw.restarts, [...path, "restarts"], (name, place) =>
    names.timer(name, place),
  );
  if (!(on && from && to && sends && does && always && restarts)) return undefined;
  if (raw.group === undefined && (from.length > 1 || raw.from === "*")) {
    const message = "A transition from several states needs a group, which names its handler.";
    const remedy = 'Add "group", a name for what the states have in common.';
    context.report(
      context.document.placeOf([...path, "from"]),
      "transition-group-missing",
      message,
      remedy,
    );
    return undefined;
  }
  const source = context.document.placeOf(path);
  return {
    source,
    doc: raw.doc,
    from,
    group: raw.group,
    on,
    guard: raw.guard,
    to,
    sends,
    does,
    always,
    restarts,
  };
}

function resolveFrom(
  at: TransitionContext,
  raw: RawTransition,
  on: MachineEvent,
): readonly State[] | undefined {
  const { context, names, path, earlier } = at;
  if (raw.from !== "*") return resolveStates(names, raw.from, [...path, "from"]);
  const taken = new Set(
    earlier
      .filter((transition) => transition.on === on && transition.guard === undefined)
      .flatMap((transition) => transition.from),
  );
  const states = names.states.filter(
    (state) => !state.final && !taken.has(state) && mayCome(on, state),
  );
  if (states.length === 0) {
    const message = `No state is left for * on ${on.name}: each is final, or is left by a transition above.`;
    context.report(
      context.document.placeOf([...path, "from"]),
      "transition-empty",
      message,
      "Remove the transition.",
    );
    return undefined;
  }
  return states;
}

/** A timer fires only where it runs; everything else may come at any time. */
function mayCome(on: MachineEvent, state: State): boolean {
  return on.kind !== "timer" || state.timers.includes(on.timer);
}

function resolveStates(
  names: MachineNames,
  raw: string | readonly string[],
  path: Path,
): readonly State[] | undefined {
  if (typeof raw === "string") {
    const state = names.state(raw, path);
    return state && [state];
  }
  return resolveAll(raw, path, (name, place) => names.state(name, place));
}

function resolveAll<T>(
  raw: readonly string[] | undefined,
  path: Path,
  find: (name: string, path: Path) => T | undefined,
): readonly T[] | undefined {
  const found = (raw ?? []).map((name, index) => find(name, [...path, index]));
  return found.every((item) => item !== undefined) ? found : undefined;
}
