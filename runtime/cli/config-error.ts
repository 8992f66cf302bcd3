import { OperatorError } from "../core/index.ts";

/** Everything that is wrong with how a command was called: nothing was done. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** At least one. */
  readonly faults: readonly OperatorError[];

  constructor(faults: readonly OperatorError[]) {
    super(faults.map(({ message }) => message).join("\n"));
    this.faults = faults;
  }
}

/** A `ConfigError` with one fault. */
export function configError(place: string, problem: string, remedy: string): ConfigError {
  return new ConfigError([new OperatorError({ place, problem, remedy })]);
}
