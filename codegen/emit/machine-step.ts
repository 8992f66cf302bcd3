import type { MachineEvent, Protocol, State, Timer, Transition } from "../model/model.ts";
import { needsHandlers } from "./machine-handlers.ts";
import { handlerName, hasBody } from "./machine-plan.ts";
import type { MachinePlan, Reaction, StatePlan } from "./machine-plan.ts";
import { capitalized, constantCase, pascalCase } from "./names.ts";
import {
  code,
  coreType,
  coreValue,
  generatedType,
  generatedValue,
  join,
  jsdoc,
} from "./printer.ts";
import type { Fragment, GeneratedFile } from "./printer.ts";

/** Prints `stepX`, a function per state below it, and `defineX`. */
export function printMachineStep(file: GeneratedFile, plan: MachinePlan): void {
  printDefine(file, plan);
  printStep(file, plan);
  for (const state of plan.states) printStateStep(file, plan, state);
  if (!plan.hasTimers) return;
  if (plan.machine.transitions.length > 0) printSettle(file, plan);
  printTimersOf(file, plan);
}

/** An argument that functions of this machine pass on. */
interface Argument {
  readonly name: string;
  readonly type: Fragment;
}

function handlersArgument(plan: MachinePlan): readonly Argument[] {
  if (!needsHandlers(plan)) return [];
  return [{ name: "handlers", type: `${plan.machine.name}Handlers` }];
}

function limitsArgument(plan: MachinePlan): readonly Argument[] {
  if (plan.limitOwners.length === 0) return [];
  return [{ name: "limits", type: join(plan.limitOwners.map(limitsType), " & ") }];
}

function limitsType(protocol: Protocol): Fragment {
  return generatedType(`${protocol.folder}/limits.ts`, `${pascalCase(protocol.name)}Limits`);
}

function limitsDefault(plan: MachinePlan): Fragment {
  const values = plan.limitOwners.map((protocol) =>
    generatedValue(`${protocol.folder}/limits.ts`, `${constantCase(protocol.name)}_LIMITS`),
  );
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  return code`{ ${join(
    values.map((value) => code`...${value}`),
    ", ",
  )} }`;
}

function parameters(args: readonly Argument[]): Fragment {
  return join(
    args.map(({ name, type }) => code`${name}: ${type}`),
    ", ",
  );
}

function stepped({ machine }: MachinePlan): Fragment {
  return code`${coreType("Stepped")}<${machine.name}State, ${machine.name}Output>`;
}

function printDefine(file: GeneratedFile, plan: MachinePlan): void {
  const { name } = plan.machine;
  const passed = [...handlersArgument(plan), ...limitsArgument(plan)];
  const taken = [
    ...handlersArgument(plan).map(({ name: argument, type }) => code`${argument}: ${type}`),
    ...limitsArgument(plan).map(
      ({ name: argument, type }) => code`${argument}: ${type} = ${limitsDefault(plan)}`,
    ),
  ];
  const arm = plan.hasTimers ? `timersOf(${timersOfArguments(plan, "state")})` : "[]";
  file.print(
    jsdoc(`What a \`MachineRunner\` needs to run one \`${name}\`. ${plan.machine.doc}`),
    code`export function define${name}(${join(taken, ", ")}): ${coreType("MachineDefinition")}<${name}State, ${name}Event, ${name}Output> {
      return {
        machine: "${name}",
        step: (state, event) => step${name}(${["state", "event", ...passed.map((argument) => argument.name)].join(", ")}),
        start: (state) => ({ outcome: "moved", state, outputs: [], cancel: [], arm: ${arm} }),
      };
    }\n`,
  );
}

function printStep(file: GeneratedFile, plan: MachinePlan): void {
  const { name } = plan.machine;
  const args: readonly Argument[] = [
    { name: "state", type: `${name}State` },
    { name: "event", type: `${name}Event` },
    ...handlersArgument(plan),
    ...limitsArgument(plan),
  ];
  file.print(
    jsdoc(
      "What follows from one event: the next state, what to issue, and which timers to cancel and arm.",
      "Pure: the same arguments give the same result, and nothing else happens.",
    ),
    code`export function step${name}(${parameters(args)}): ${stepped(plan)} {
      switch (state.name) {
        ${plan.states.map((state) => stateCase(plan, state))}
      }
    }\n`,
  );
}

function stateCase(plan: MachinePlan, state: StatePlan): Fragment {
  const call = stateArguments(plan, state).map((argument) => argument.name);
  return code`case "${state.state.name}":\nreturn ${stateStepName(state.state)}(${call.join(", ")});\n`;
}

function stateStepName(state: State): string {
  return `stepIn${capitalized(state.name)}`;
}

/** Only what the state's function uses, because an unused parameter is an error. */
function stateArguments(plan: MachinePlan, stateAt: StatePlan): readonly Argument[] {
  const { name, events } = plan.machine;
  const transitions = stateAt.reactions.flatMap((reaction) => reaction.choices);
  const calls = transitions.some(
    (transition) => hasBody(transition) || transition.guard !== undefined,
  );
  const stays = events.length === 0 || stateAt.refused.length + stateAt.ignored.length > 0;
  const settles = plan.hasTimers && transitions.length > 0;
  return [
    ...(calls || stays ? [{ name: "state", type: `${name}In<"${stateAt.state.name}">` }] : []),
    ...(events.length > 0 ? [{ name: "event", type: `${name}Event` }] : []),
    ...(calls ? handlersArgument(plan) : []),
    ...(settles ? limitsArgument(plan) : []),
  ];
}

function printStateStep(file: GeneratedFile, plan: MachinePlan, state: StatePlan): void {
  const { reactions, refused, ignored } = state;
  const cases = [
    ...reactions.map((reaction) => reactionCase(plan, state, reaction)),
    unmovedCase("refused", refused),
    unmovedCase("ignored", ignored),
  ];
  const body =
    plan.machine.events.length === 0
      ? code`return ${coreValue("unmoved")}("ignored", state);`
      : code`switch (event.name) {\n${cases}}`;
  file.print(
    code`function ${stateStepName(state.state)}(${parameters(stateArguments(plan, state))}): ${stepped(plan)} {
      ${body}
    }\n`,
  );
}

function unmovedCase(outcome: "refused" | "ignored", events: readonly MachineEvent[]): Fragment {
  if (events.length === 0) return "";
  return code`${events.map((event) => `case "${event.name}":\n`)}return ${coreValue("unmoved")}("${outcome}", state);\n`;
}

function reactionCase(plan: MachinePlan, { state }: StatePlan, reaction: Reaction): Fragment {
  const { event, choices, running } = reaction;
  const statements = choices.map((transition) => {
    const move = moveText(plan, state, transition, running);
    return transition.guard === undefined
      ? code`return ${move};\n`
      : code`if (handlers.${transition.guard}(state, event)) {\nreturn ${move};\n}\n`;
  });
  const outcome =
    event.kind === "message" && plan.machine.unexpected === "refuse" ? "refused" : "ignored";
  const isOpen = choices.every((transition) => transition.guard !== undefined);
  const otherwise = isOpen ? code`return ${coreValue("unmoved")}("${outcome}", state);\n` : "";
  return code`case "${event.name}":\n${statements}${otherwise}`;
}

function moveText(
  plan: MachinePlan,
  state: State,
  transition: Transition,
  running: readonly Timer[],
): Fragment {
  const target = transition.to[0]?.name ?? state.name;
  const step = hasBody(transition)
    ? `handlers.${handlerName(transition)}(state, event)`
    : `{ state: { name: "${target}" } }`;
  const always = transition.always.map((output) => `{ kind: "do", name: "${output.name}" }`);
  const extras = [
    ...(transition.restarts.length > 0 ? [`restarts: [${quotedNames(transition.restarts)}]`] : []),
    ...(always.length > 0 ? [`always: [${always.join(", ")}]`] : []),
  ];
  if (!plan.hasTimers) {
    const { name } = plan.machine;
    return code`${coreValue("completeStep")}<${name}State, ${name}Output>({ ${[`step: ${step}`, ...extras].join(", ")} })`;
  }
  const limits = limitsArgument(plan).map((argument) => argument.name);
  const options = extras.length > 0 ? [`{ ${extras.join(", ")} }`] : [];
  return `settle(${[step, `[${quotedNames(running)}]`, ...limits, ...options].join(", ")})`;
}

function printSettle(file: GeneratedFile, plan: MachinePlan): void {
  const { name } = plan.machine;
  const completion = code`${coreType("StepCompletion")}<${name}State, ${name}Output>`;
  const hasExtras = plan.machine.transitions.some(
    (transition) => transition.restarts.length > 0 || transition.always.length > 0,
  );
  const args: readonly Argument[] = [
    { name: "step", type: code`${coreType("Step")}<${name}State, ${name}Output>` },
    { name: "running", type: "readonly string[]" },
    ...limitsArgument(plan),
    ...(hasExtras
      ? [{ name: "extras?", type: code`Pick<${completion}, "restarts" | "always">` }]
      : []),
  ];
  file.print(
    jsdoc("Completes a transition: afterwards exactly the timers of the new state run."),
    code`function settle(${parameters(args)}): ${stepped(plan)} {
      return ${coreValue("completeStep")}({ step, running, wanted: timersOf(${timersOfArguments(plan, "step.state")})${hasExtras ? ", ...extras" : ""} });
    }\n`,
  );
}

function timersOfArguments(plan: MachinePlan, state: string): string {
  return [state, ...limitsArgument(plan).map((argument) => argument.name)].join(", ");
}

function printTimersOf(file: GeneratedFile, plan: MachinePlan): void {
  const args: readonly Argument[] = [
    { name: "state", type: `${plan.machine.name}State` },
    ...limitsArgument(plan),
  ];
  const quiet = plan.machine.states.filter((state) => state.timers.length === 0);
  const cases = plan.machine.states
    .filter((state) => state.timers.length > 0)
    .map(({ name, timers }) => `case "${name}":\nreturn [${timers.map(timerText).join(", ")}];\n`);
  const none = quiet.map(({ name }) => `case "${name}":\n`).join("");
  file.print(
    jsdoc("The timers of a state, and how long each runs."),
    code`function timersOf(${parameters(args)}): readonly ${coreType("TimerArm")}[] {
      switch (state.name) {
        ${cases}${none === "" ? "" : `${none}return [];\n`}
      }
    }\n`,
  );
}

function timerText({ name, after, source }: Timer): string {
  return `{ timer: "${name}", afterMs: ${durationExpression(after, source)} }`;
}

function durationExpression(after: Timer["after"], source: Timer["source"]): string {
  if (typeof after === "number") return String(after);
  if ("stateData" in after) return `state.${after.stateData}`;
  if (typeof after.value !== "number") {
    throw new Error(
      `${source.file}:${String(source.line)}: limit ${after.name} is a series; a timer needs one number (keep the next one in the state's data)`,
    );
  }
  return `limits.${after.name}`;
}

function quotedNames(elements: readonly { readonly name: string }[]): string {
  return elements.map((element) => `"${element.name}"`).join(", ");
}
