/** Clocks of hosts go wrong by up to 500 ppm; that and what is on its way is no rule broken. */
const CLOCK_SLACK_RATIO = 1.002;
const SLACK_MS = 1_000;

/** What is due, by name. */
export class Deadlines {
  readonly #due = new Map<string, number>();

  /** Names something that must have happened `withinMs` from now; some slack is added. */
  expect(name: string, nowMs: number, withinMs: number): void {
    this.#due.set(name, nowMs + withinMs * CLOCK_SLACK_RATIO + SLACK_MS);
  }

  /** It has happened, or need not happen any more. */
  settle(name: string): void {
    this.#due.delete(name);
  }

  /** Settles all whose names begin so. */
  settleAll(prefix: string): void {
    for (const name of this.#due.keys()) if (name.startsWith(prefix)) this.#due.delete(name);
  }

  /** The first that is overdue, which is then settled. */
  takeOverdue(nowMs: number): string | undefined {
    for (const [name, dueMs] of this.#due) {
      if (dueMs >= nowMs) continue;
      this.#due.delete(name);
      return name;
    }
    return undefined;
  }

  /** What has not happened yet. */
  get open(): readonly string[] {
    return [...this.#due.keys()];
  }
}
