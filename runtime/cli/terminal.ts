/** Where a command writes: standard output or error, or what stands in for it. */
export type TextOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  /** Characters that fit on a line; missing where lines have no end. */
  readonly columns?: number;
};

/** What surrounds a command: of its process, or of a program that runs it as a function. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets results. */
  readonly out: TextOutput;
  /** Gets messages and the log. */
  readonly err: TextOutput;
}

/** That of this process. */
export const PROCESS_TERMINAL: Terminal = {
  env: process.env,
  out: process.stdout,
  err: process.stderr,
};
