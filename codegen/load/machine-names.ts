import type { MachineEvent, MachineOutput, Message, State, Timer } from "../model/model.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import type { Path } from "./document.ts";
import { suggestName } from "./nearest-name.ts";
import type { FieldContext } from "./resolve-fields.ts";

/** A part of a machine whose own content may have a problem; its name is known all the same. */
export interface Part<T> {
  readonly name: string;
  readonly value: T | undefined;
}

/** The names within one machine: states, timers, events, outputs; and the messages that are events. */
export class MachineNames {
  /** True once something named is not there, or has a problem of its own. */
  hasProblem = false;
  readonly #context: FieldContext;
  readonly #states = new Map<string, State | undefined>();
  readonly #timers = new Map<string, Timer | undefined>();
  readonly #declared = new Map<string, MachineEvent | undefined>();
  readonly #outputs = new Map<string, MachineOutput | undefined>();
  /** Events in order of first use. */
  readonly #used = new Map<string, MachineEvent>();

  constructor(context: FieldContext) {
    this.#context = context;
  }

  get states(): readonly State[] {
    return [...this.#states.values()].filter((state) => state !== undefined);
  }

  get timers(): readonly Timer[] {
    return [...this.#timers.values()].filter((timer) => timer !== undefined);
  }

  get outputs(): readonly MachineOutput[] {
    return [...this.#outputs.values()].filter((output) => output !== undefined);
  }

  /** Used events in order of first use, then declared ones that nothing uses. */
  get events(): readonly MachineEvent[] {
    const used = [...this.#used.values()];
    const declared = [...this.#declared.values()].filter((event) => event !== undefined);
    return [...used, ...declared.filter((event) => !used.includes(event))];
  }

  defineTimers(parts: readonly Part<Timer>[]): void {
    this.#define(this.#timers, parts);
  }

  defineStates(parts: readonly Part<State>[]): void {
    this.#define(this.#states, parts);
  }

  defineEvents(parts: readonly Part<MachineEvent>[]): void {
    for (const { name, value } of parts) {
      if (!this.#timers.has(name)) continue;
      this.hasProblem = true;
      const place = this.#context.document.placeOfKey(["events", name]);
      const message = `The name ${name} is taken: a timer has it, and a timer that fires is an event of its name.`;
      this.#context.report(value?.source ?? place, "name-twice", message, "Rename one of the two.");
    }
    this.#define(this.#declared, parts);
  }

  defineOutputs(parts: readonly Part<MachineOutput>[]): void {
    this.#define(this.#outputs, parts);
  }

  state(name: string, path: Path): State | undefined {
    return this.#find(this.#states, name, path, "unknown-state");
  }

  timer(name: string, path: Path): Timer | undefined {
    return this.#find(this.#timers, name, path, "unknown-timer");
  }

  output(name: string, path: Path): MachineOutput | undefined {
    return this.#find(this.#outputs, name, path, "unknown-output");
  }

  message(name: string, path: Path): Message | undefined {
    const { scope, document } = this.#context;
    const message = scope.find("message", name, document.placeOf(path));
    if (message === undefined) this.hasProblem = true;
    return message;
  }

  /** The event that a transition is on: a message, a timer or a declared event. */
  event(name: string, path: Path): MachineEvent | undefined {
    const used = this.#used.get(name);
    if (used !== undefined) return used;
    const event = this.#makeEvent(name, path);
    if (event !== undefined) this.#used.set(name, event);
    return event;
  }

  #makeEvent(name: string, path: Path): MachineEvent | undefined {
    const { scope } = this.#context;
    if (this.#timers.has(name)) {
      const timer = this.timer(name, path);
      return timer && { kind: "timer", name, doc: timer.doc, source: timer.source, timer };
    }
    if (this.#declared.has(name)) return this.#find(this.#declared, name, path, "unknown-event");
    if (scope.has("message", name)) {
      const message = this.message(name, path);
      return (
        message && { kind: "message", name, doc: message.doc, source: message.source, message }
      );
    }
    this.hasProblem = true;
    const isMessage = /^[A-Z]/.test(name);
    if (isMessage && scope.hasGap("message")) return undefined;
    const own = [...this.#timers.keys(), ...this.#declared.keys()];
    const known = isMessage ? scope.names("message") : own;
    const what = isMessage ? "message" : "timer or event";
    this.#report(path, "unknown-event", `There is no ${what} ${name}.`, suggestName(name, known));
    return undefined;
  }

  #define<T>(map: Map<string, T | undefined>, parts: readonly Part<T>[]): void {
    for (const { name, value } of parts) {
      map.set(name, value);
      if (value === undefined) this.hasProblem = true;
    }
  }

  #find<T>(
    map: ReadonlyMap<string, T | undefined>,
    name: string,
    path: Path,
    code: DiagnosticCode,
  ): T | undefined {
    const value = map.get(name);
    if (value === undefined) this.hasProblem = true;
    if (!map.has(name)) {
      const what = code.slice("unknown-".length);
      this.#report(
        path,
        code,
        `The machine has no ${what} ${name}.`,
        suggestName(name, map.keys()),
      );
    }
    return value;
  }

  #report(path: Path, code: DiagnosticCode, message: string, remedy: string): void {
    const { document, report } = this.#context;
    report(document.placeOf(path), code, message, remedy);
  }
}
