/** What a command's exit code says. */
export const EXIT = {
  /** Done, and nothing is wrong. */
  ok: 0,
  /** The spec has problems, or generated files are not what it says. */
  problems: 1,
  /** The command was called wrongly. */
  usage: 2,
} as const;

/** Exit code of a command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
