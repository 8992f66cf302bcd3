import { createInterface } from "node:readline";
import type { Interface } from "node:readline";

/** What a line may be that answers a question. */
const ANSWERS: ReadonlyMap<string, boolean> = new Map([
  ["y", true],
  ["yes", true],
  ["n", false],
  ["no", false],
]);

/** A code that the user sees. */
interface Question extends PromiseWithResolvers<boolean> {
  /** Whom it is about. */
  readonly about: string;
}

/** Lines of standard input: those that answer questions, and what the user says otherwise. */
export class PeerQuestions {
  readonly #onLine: (line: string) => void;
  readonly #onUnanswerable: () => void;
  readonly #ended = Promise.withResolvers<undefined>();
  #questions: readonly Question[] = [];
  #lines: Interface | undefined;
  #isOver = false;

  /**
   * @param onLine takes what answers no question.
   * @param onUnanswerable hears that there is a question, and that standard input has ended.
   */
  constructor(onLine: (line: string) => void, onUnanswerable: () => void) {
    this.#onLine = onLine;
    this.#onUnanswerable = onUnanswerable;
  }

  /** Settles after the last line. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** Reads from now on. */
  read(): void {
    if (this.#lines !== undefined) return;
    this.#lines = createInterface({ input: process.stdin });
    this.#lines.on("line", (line) => {
      this.#take(line.trim());
    });
    this.#lines.once("close", () => {
      this.#isOver = true;
      if (this.#questions.length > 0) this.#onUnanswerable();
      this.#ended.resolve(undefined);
    });
  }

  /** Settles with yes or no; never if nobody says either. */
  ask(about: string): Promise<boolean> {
    const question = { about, ...Promise.withResolvers<boolean>() };
    this.#questions = [...this.#questions, question];
    this.read();
    if (this.#isOver) this.#onUnanswerable();
    return question.promise;
  }

  /** Nobody wants to know any more. */
  forget(about: string): void {
    this.#questions = this.#questions.filter((question) => question.about !== about);
  }

  close(): void {
    this.#lines?.close();
  }

  #take(line: string): void {
    const [question, ...others] = this.#questions;
    const answer = ANSWERS.get(line.toLowerCase());
    if (question === undefined || answer === undefined) {
      this.#onLine(line);
      return;
    }
    this.#questions = others;
    question.resolve(answer);
  }
}
