/** A signal that asks a long command to come to its end; a second one ends the process at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    this.#controller.abort();
    this[Symbol.dispose]();
  };

  constructor() {
    process.on("SIGINT", this.#onSignal).on("SIGTERM", this.#onSignal);
  }

  /** Aborted by the signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it came. */
  get hasCome(): boolean {
    return this.#controller.signal.aborted;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onSignal).off("SIGTERM", this.#onSignal);
  }
}
