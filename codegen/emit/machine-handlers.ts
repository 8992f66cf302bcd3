import type { Limit, State, Timer, Transition } from "../model/model.ts";
import { armedTimers, cancelledTimers, issuedNames } from "./machine-plan.ts";
import type { GuardPlan, HandlerPlan, MachinePlan } from "./machine-plan.ts";
import { nameUnion } from "./machine-types.ts";
import { code, coreType, jsdoc } from "./printer.ts";
import type { Fragment, GeneratedFile } from "./printer.ts";

/** Whether the machine needs any code from an implementer. */
export function needsHandlers(plan: MachinePlan): boolean {
  return plan.guards.length > 0 || plan.handlers.length > 0;
}

/** Prints the interface that an implementer fills in: a method per guard and per transition with a body. */
export function printHandlers(file: GeneratedFile, plan: MachinePlan): void {
  if (!needsHandlers(plan)) return;
  const { name } = plan.machine;
  file.print(
    jsdoc(
      `The bodies of \`${name}\`'s transitions, and its guards. Each return type admits only the targets and outputs of the spec.`,
      "A method must be pure: it reads its arguments and returns what follows from them.",
    ),
    code`export interface ${name}Handlers {
      ${plan.guards.map((guard) => guardMethod(name, guard))}
      ${plan.handlers.map((handler) => handlerMethod(name, handler))}
    }\n`,
  );
}

function guardMethod(machine: string, guard: GuardPlan): Fragment {
  const guards = guard.transitions.map((transition) => transitionText(transition));
  return [
    jsdoc(`Guards ${guards.join("; ")}.`),
    `${guard.name}(state: ${machine}In<${nameUnion(guard.states.map((state) => state.name))}>, `,
    `event: ${machine}On<${nameUnion(guard.events.map((event) => event.name))}>): boolean;\n`,
  ];
}

function handlerMethod(machine: string, { name, transition }: HandlerPlan): Fragment {
  const { from, on, to } = transition;
  const issued = issuedNames(transition);
  const target = `${machine}In<${nameUnion(to.map((state) => state.name))}>`;
  const output = issued.length === 0 ? "" : `, ${machine}Out<${nameUnion(issued)}>`;
  return code`${jsdoc(summary(transition), transition.doc)}${name}(
    state: ${machine}In<${nameUnion(from.map((state) => state.name))}>,
    event: ${machine}On<"${on.name}">,
  ): ${coreType("Step")}<${target}${output}>;\n`;
}

/** `reserved → attached on RouterAttach`. */
function transitionText({ from, on, to }: Transition): string {
  return `${names(from)} → ${names(to)} on \`${on.name}\``;
}

/** What a transition does besides its body, in a line or two. */
function summary(transition: Transition): string {
  const { from, to, sends, does, always, guard } = transition;
  const parts = [`${names(from)} → ${names(to)}${guard === undefined ? "" : ` if \`${guard}\``}.`];
  if (sends.length > 0) {
    parts.push(
      `May send ${sends.map((message) => `\`${message.name}\` to ${message.to.join(" or ")}`).join(", ")}.`,
    );
  }
  if (does.length > 0) parts.push(`May do ${quoted(does)}.`);
  if (always.length > 0) parts.push(`Then always ${quoted(always)}.`);
  return [...parts, ...timerTexts(transition)].join(" ");
}

function timerTexts(transition: Transition): readonly string[] {
  const where = (targets: ReadonlySet<State>): string =>
    targets.size === transition.to.length ? "" : ` in ${names([...targets])}`;
  const armed = [...targetsByTimer(transition, armedTimers)].map(
    ([{ name, after }, targets]) => `Arms \`${name}\` for ${durationText(after)}${where(targets)}.`,
  );
  const cancelled = Map.groupBy(targetsByTimer(transition, cancelledTimers), ([, targets]) =>
    where(targets),
  );
  const cancels = [...cancelled].map(
    ([place, timers]) => `Cancels ${quoted(timers.map(([timer]) => timer))}${place}.`,
  );
  return [...armed, ...cancels];
}

/** The timers that `pick` finds for any move of the transition, each with the targets it finds it for. */
function targetsByTimer(
  transition: Transition,
  pick: typeof armedTimers,
): ReadonlyMap<Timer, ReadonlySet<State>> {
  const found = new Map<Timer, Set<State>>();
  for (const from of transition.from) {
    for (const to of transition.to) {
      for (const timer of pick(transition, from, to)) {
        found.set(timer, (found.get(timer) ?? new Set<State>()).add(to));
      }
    }
  }
  return found;
}

function durationText(after: number | Limit | { readonly stateData: string }): string {
  if (typeof after === "number") return millisecondsText(after);
  if ("stateData" in after) return `the state's \`${after.stateData}\``;
  const value = typeof after.value === "number" ? ` (${millisecondsText(after.value)})` : "";
  return `\`${after.name}\`${value}`;
}

function millisecondsText(ms: number): string {
  return ms >= 1000 && ms % 100 === 0 ? `${String(ms / 1000)} s` : `${String(ms)} ms`;
}

function names(elements: readonly { readonly name: string }[]): string {
  return elements.map((element) => element.name).join(", ");
}

function quoted(elements: readonly { readonly name: string }[]): string {
  return elements.map((element) => `\`${element.name}\``).join(", ");
}
