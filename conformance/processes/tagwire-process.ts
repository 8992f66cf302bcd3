import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url));

/** Halves the start of each process: Node keeps there what it made of the sources. */
const COMPILE_CACHE = join(REPOSITORY, "node_modules", ".cache", "tagwire-processes");

/** How long a process may take to start or to end before the test gives up, milliseconds. */
const PATIENCE_MS = 60_000;

/** How a process ended. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All that it wrote to standard output and standard error. */
  readonly out: string;
  readonly err: string;
}

/** What starts a process. */
export interface ProcessOptions {
  /** Program. Default: this Node, with the command `tagwire`. */
  readonly program?: string;
  /** Environment besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether somebody sits there and types. Default false: standard input has nothing. */
  readonly typed?: boolean;
}

/** A process of `tagwire`, as a user starts it. */
export class TagwireProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #out = "";
  #err = "";

  /** @param args what follows `tagwire` on the command line, or the program's name. */
  constructor(args: readonly string[], { program, env = {}, typed = false }: ProcessOptions = {}) {
    const { PATH, HOME } = process.env;
    const all = program === undefined ? [MAIN, ...args] : args;
    this.#child = spawn(program ?? process.execPath, [...all], {
      cwd: REPOSITORY,
      env: { PATH, HOME, NO_COLOR: "1", NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      stdio: [typed ? "pipe" : "ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#child, "close");
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#out += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#err += text));
  }

  /** All that it has written to standard error until now: its log. */
  get log(): string {
    return this.#err;
  }

  /** All that it has written to standard output until now. */
  get printed(): string {
    return this.#out;
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Ends standard input, as Ctrl-D does. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The object that a part of the network prints once it runs. @throws {Error} with its log if it ends before. */
  async ready<Printed>(): Promise<Printed> {
    await waitFor("the process is not ready", () => {
      if (!this.isRunning) throw new Error(`the process ended:\n${this.#out}${this.#err}`);
      return this.#out.includes("\n");
    });
    return JSON.parse(this.#out.slice(0, this.#out.indexOf("\n"))) as Printed;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.signal(signal);
    return this.ended();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Waits for the end. @throws {Error} with its log if it does not end. */
  async ended(): Promise<Ended> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#child.kill("SIGKILL");
      reject(new Error(`the process did not end:\n${this.#err}`));
    }, PATIENCE_MS);
    try {
      await Promise.race([this.#closed, late]);
    } finally {
      clearTimeout(timer);
    }
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, out: this.#out, err: this.#err };
  }
}

/** Runs a command of `tagwire` to its end. */
export function runCommand(args: readonly string[], options?: ProcessOptions): Promise<Ended> {
  return new TagwireProcess(args, options).ended();
}

/** Looks every 50 ms until something is so. @throws {Error} if it is not within the time. */
export async function waitFor(
  problem: string | (() => string),
  look: () => boolean | Promise<boolean>,
  withinMs: number = PATIENCE_MS,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > endMs) {
      const text = typeof problem === "string" ? problem : problem();
      throw new Error(`${text} after ${String(withinMs)} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
