import { syncBuiltinESMExports } from "node:module";
import { promisify } from "node:util";
import { answerTo, hasAnswers } from "./ambient-answers.ts";
import { AmbientError, callerOf } from "./ambient-error.ts";
import { ambientSources } from "./ambient-sources.ts";
import type { AmbientSource } from "./ambient-sources.ts";

/** One property, before and while a simulation runs. */
interface Trap {
  readonly source: AmbientSource;
  readonly original: PropertyDescriptor;
  readonly trap: PropertyDescriptor;
}

/** Taken when this file loads, for both are trapped. */
const nextTurn = setImmediate;
const cancelTurn = clearImmediate;

type AnyFunction = (...parameters: unknown[]) => unknown;

/** Whom the traps are for. */
export interface TrapOptions {
  /** Whether code without answers of its own is let through, as while hosts load their modules. Default false. */
  readonly lenient?: boolean;
}

let sources: readonly AmbientSource[] | undefined;
/** By source, made when first needed and then kept: a campaign runs thousands of simulations. */
const known = new Map<AmbientSource, Trap>();
/** Whether they stand where the originals were. */
let areSet = false;
/** The removal that waits for the end of this turn of Node's loop. */
let removal: NodeJS.Immediate | undefined;
/** The run that they are in force for. One of one process at a time: what is trapped is there only once. */
let active: InstalledTraps | undefined;

/**
 * Makes code that asks the machine for time, randomness, files or the network throw an `AmbientError`
 * that names it, unless it runs with answers (`withAnswers`). Node's own code is let through. What code took hold of before, such as a function of
 * `node:crypto` in a constant of a module, is not trapped; imported names are.
 * @throws {Error} if a simulation runs already, in this process.
 */
export function installTraps({ lenient = false }: TrapOptions = {}): InstalledTraps {
  if (active !== undefined) {
    throw new Error("a simulation is running already, and only one can run in a process at a time");
  }
  const installed = new InstalledTraps(lenient);
  active = installed;
  if (removal !== undefined) cancelTurn(removal);
  removal = undefined;
  if (areSet) return installed;
  areSet = true;
  sources ??= ambientSources();
  for (const source of sources) {
    const trap = trapOf(source);
    if (trap !== undefined) Object.defineProperty(source.owner, source.name, trap.trap);
  }
  syncBuiltinESMExports();
  return installed;
}

/** Puts everything back, unless another run goes on. What somebody set in the meantime stays. */
function putBack(): void {
  removal = undefined;
  if (active !== undefined) return;
  areSet = false;
  for (const { source, original, trap } of known.values()) {
    const { owner, name } = source;
    if (isSame(Object.getOwnPropertyDescriptor(owner, name), trap)) {
      Object.defineProperty(owner, name, original);
    }
  }
  syncBuiltinESMExports();
}

/** Traps from when a run begins to its end. */
export class InstalledTraps {
  /** Whether only code that has answers meets them. */
  readonly isLenient: boolean;
  #violation: AmbientError | undefined = undefined;

  constructor(isLenient: boolean) {
    this.isLenient = isLenient;
  }

  /** The first that a trap threw, also if the code that ran into it caught it. */
  get violation(): AmbientError | undefined {
    return this.#violation;
  }

  /**
   * Ends them: at once they let everything through, and at the end of this turn of Node's loop everything is put back.
   * The next run of a scenario mostly begins before; setting them costs it 0.5 ms, and the engine the code that it has
   * compiled, since they change what all code stands on. Nothing the second time.
   */
  remove(): void {
    if (active !== this) return;
    active = undefined;
    removal ??= nextTurn(putBack);
  }

  /** Notes what a trap is about to throw. */
  report(error: AmbientError): void {
    this.#violation ??= error;
  }
}

/** The trap for what a source is now: that of the last run unless somebody, such as a test, put another in its place. */
function trapOf(source: AmbientSource): Trap | undefined {
  const original = Object.getOwnPropertyDescriptor(source.owner, source.name);
  if (original?.configurable !== true) return undefined;
  const before = known.get(source);
  if (before !== undefined && isSame(original, before.original)) return before;
  const value: unknown = original.value;
  const trap =
    typeof value === "function"
      ? { ...original, value: trappedFunction(value as AnyFunction, source) }
      : trappedProperty(original, source);
  const made = { source, original, trap };
  known.set(source, made);
  return made;
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor): boolean {
  return one !== undefined && one.value === other.value && one.get === other.get;
}

/** The function itself but for being called: its members, and being an instance of it, stay. */
function trappedFunction(
  original: AnyFunction,
  source: AmbientSource,
  answered: string = source.source,
): AnyFunction {
  const { isHarmless = (): boolean => false } = source;
  const proxy: AnyFunction = new Proxy(original, {
    apply: function onCall(target, self, parameters: unknown[]): unknown {
      const answer = active === undefined ? undefined : answerTo(answered);
      if (answer !== undefined) return Reflect.apply(answer, self, parameters);
      // `Date()` without `new` is the time as text, whatever it is given.
      if (source.owner === globalThis && source.name === "Date") refuse(source, onCall);
      else if (!isHarmless(parameters)) refuse(source, onCall);
      return Reflect.apply(target, self, parameters);
    },
    construct: function onNew(target, parameters: unknown[], made): object {
      const maker = made === proxy ? target : made;
      const answer = active === undefined ? undefined : answerTo(answered);
      if (answer !== undefined) return Reflect.construct(answer, parameters, maker) as object;
      if (!isHarmless(parameters)) refuse(source, onNew);
      return Reflect.construct(target, parameters, maker) as object;
    },
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (name !== promisify.custom || typeof value !== "function") return value;
      return trappedFunction(value as AnyFunction, source, `${answered} promisified`);
    },
  });
  return proxy;
}

function trappedProperty(original: PropertyDescriptor, source: AmbientSource): PropertyDescriptor {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- they are called with the owner that is read
  const { get: read, set: write } = original;
  const get = function onRead(this: unknown): unknown {
    const answer = active === undefined ? undefined : answerTo(source.source);
    if (answer !== undefined) return Reflect.apply(answer, this, []);
    // Where some calls of a function are harmless, reading it is.
    if (source.isHarmless === undefined) refuse(source, onRead);
    const value: unknown = read === undefined ? original.value : Reflect.apply(read, this, []);
    const isAsked = source.isHarmless !== undefined && typeof value === "function";
    return isAsked ? trappedFunction(value as AnyFunction, source) : value;
  };
  const overwrite = (value: unknown): void => {
    Object.defineProperty(source.owner, source.name, { ...original, value });
  };
  const set = original.writable === true ? overwrite : write;
  const enumerable = original.enumerable ?? false;
  return { configurable: true, enumerable, get, ...(set && { set }) };
}

/** @throws {AmbientError} unless the caller is Node itself or let through, or nobody's simulation runs any more. */
function refuse(source: AmbientSource, below: (...parameters: never[]) => unknown): void {
  if (active === undefined || (active.isLenient && !hasAnswers())) return;
  const caller = callerOf(below);
  if (caller === undefined) return;
  const error = new AmbientError(source.source, caller, source.alternative);
  active.report(error);
  throw error;
}
