/**
 * The operator's fault, or their machine's: a setting, a file, a port. It says what is wrong, where, and
 * how to mend it, and ends the program without a stack trace.
 */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  /** What is at fault: a file, a file with a JSON pointer, an address. */
  readonly place: string;
  /** What the operator can do. One sentence. */
  readonly remedy: string;

  /** @param options.problem one sentence without the place. */
  constructor(options: {
    readonly place: string;
    readonly problem: string;
    readonly remedy: string;
    readonly cause?: unknown;
  }) {
    super(`${options.place}: ${options.problem} ${options.remedy}`, { cause: options.cause });
    this.place = options.place;
    this.remedy = options.remedy;
  }
}
