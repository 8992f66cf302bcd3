import { AsyncLocalStorage } from "node:async_hooks";

/** What stands in for one ambient source: called or constructed as it would be; of a property, called to read it. */
export type AmbientAnswer = (this: unknown, ...parameters: never[]) => unknown;

/**
 * Answers to what code asks of the machine, by the name of the source (`Date.now`, `timers.setTimeout`): what code
 * gets that runs on behalf of one host. A source that is missing throws as it does for all other code.
 */
export type AmbientAnswers = ReadonlyMap<string, AmbientAnswer>;

const storage = new AsyncLocalStorage<AmbientAnswers>();

/** Runs code, and all that it sets off by promises, `process.nextTick` and streams, with these answers. */
export function withAnswers<Result>(answers: AmbientAnswers, code: () => Result): Result {
  return storage.run(answers, code);
}

/** The answer for the code that runs now; undefined if there is none. */
export function answerTo(source: string): AmbientAnswer | undefined {
  return storage.getStore()?.get(source);
}

/** Whether the code that runs now has answers at all. */
export function hasAnswers(): boolean {
  return storage.getStore() !== undefined;
}
