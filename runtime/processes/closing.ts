/** What was opened, to be closed in the opposite order, whatever fails on the way. */
export class Closing {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #closed: Promise<void> | undefined;

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Closes all; a second call waits for the first. @throws what the first step that failed threw, after all ran. */
  run(): Promise<void> {
    this.#closed ??= this.#runAll();
    return this.#closed;
  }

  async #runAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Opens things that `closing` then closes; if one cannot be opened, those before it are closed at once. @throws what `open` threw. */
export async function opened<Running>(
  open: (closing: Closing) => Promise<Running>,
): Promise<Running> {
  const closing = new Closing();
  try {
    return await open(closing);
  } catch (error) {
    // What fails now follows from the first failure, which is what the operator needs to hear of.
    await closing.run().catch(() => undefined);
    throw error;
  }
}
