/** The last lines of a log, kept in memory for whoever asks a running process. */
export class LogRing {
  readonly #linesMax: number;
  readonly #lineCharsMax: number;
  readonly #lines: string[] = [];
  #next = 0;

  /** @param options.linesMax default 1000. @param options.lineCharsMax longer lines are cut; default 500. */
  constructor(options: { readonly linesMax?: number; readonly lineCharsMax?: number } = {}) {
    this.#linesMax = options.linesMax ?? 1000;
    this.#lineCharsMax = options.lineCharsMax ?? 500;
  }

  /** Adds one line, without its line end, and forgets the oldest one over the bound. */
  push(line: string): void {
    this.#lines[this.#next] =
      line.length > this.#lineCharsMax ? `${line.slice(0, this.#lineCharsMax - 1)}…` : line;
    this.#next = (this.#next + 1) % this.#linesMax;
  }

  /** The last `lines` lines, oldest first. */
  tail(lines: number): readonly string[] {
    const oldestFirst = [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
    return lines <= 0 ? [] : oldestFirst.slice(-lines);
  }
}
