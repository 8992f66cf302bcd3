/** A place in code. */
export interface CodePlace {
  /** Path or URL as the engine gives it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Code that runs in a simulation asked the machine for something: time, randomness, a file. What it gets
 * differs from run to run, so the simulation fails. A fault of ours: take what is injected instead.
 */
export class AmbientError extends Error {
  override readonly name = "AmbientError";
  /** What was asked for: `Date.now`. */
  readonly source: string;
  /** Who asked. */
  readonly caller: CodePlace;
  /** What to use instead. */
  readonly alternative: string;

  constructor(source: string, caller: CodePlace, alternative: string) {
    const place = `${caller.file}:${String(caller.line)}:${String(caller.column)}`;
    super(`${source} was used in a simulation by ${place}; use ${alternative} instead`);
    this.source = source;
    this.caller = caller;
    this.alternative = alternative;
  }
}

/** Frames to look through: a library's function may call back through several native ones. */
const FRAMES_MAX = 16;
/** Where Node wraps functions (`promisify`, `deprecate`, `getRandomValues`): what calls the wrapper is what asks. */
const WRAPPERS: readonly string[] = ["node:internal/util", "node:crypto"];

/**
 * The nearest caller of `below` that is a file: frames of native functions (`Array.map`) have none, and Node's wrappers
 * do not count. Undefined if there is none, or the nearest is another part of Node itself.
 */
export function callerOf(below: (...parameters: never[]) => unknown): CodePlace | undefined {
  const { stackTraceLimit } = Error;
  const preparing = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  let sites: readonly NodeJS.CallSite[] = [];
  try {
    Error.stackTraceLimit = FRAMES_MAX;
    Error.prepareStackTrace = (_error, found): string => {
      sites = found;
      return "";
    };
    const holder = {};
    Error.captureStackTrace(holder, below);
    // Reading it is what calls `prepareStackTrace`.
    Reflect.get(holder, "stack");
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Reflect.deleteProperty(Error, "prepareStackTrace");
    if (preparing !== undefined) Object.defineProperty(Error, "prepareStackTrace", preparing);
  }
  for (const site of sites) {
    const file = site.getFileName();
    if (typeof file !== "string" || file === "" || WRAPPERS.includes(file)) continue;
    if (file.startsWith("node:")) return undefined;
    return { file, line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0 };
  }
  return undefined;
}
