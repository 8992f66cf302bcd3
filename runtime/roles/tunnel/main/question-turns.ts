/** How many questions one user is asked at a time. */
export interface QuestionBounds {
  /** By all others together, >= 1. */
  readonly askingMax: number;
  /** Of these, by one of them, >= 1. */
  readonly perAskerMax: number;
}

/**
 * The questions that one user is to be asked by others: so many at a time and of one of them, and the others in turn, so
 * that whoever asks much waits longest.
 */
export class QuestionTurns<Asker, Question> {
  readonly #bounds: QuestionBounds;
  /** How many questions of each are being asked. */
  readonly #asking = new Map<Asker, number>();
  #askingTotal = 0;
  /** Those that wait, by who asks; who was heard longest ago comes first. */
  readonly #waiting = new Map<Asker, Set<Question>>();

  constructor(bounds: QuestionBounds) {
    this.#bounds = bounds;
  }

  /** Whether there is nothing to ask and nothing being asked. */
  get isEmpty(): boolean {
    return this.#askingTotal === 0 && this.#waiting.size === 0;
  }

  /** Those that wait. */
  *waiting(): Generator<Question> {
    for (const questions of this.#waiting.values()) yield* questions;
  }

  /** A question waits for its turn. */
  add(asker: Asker, question: Question): void {
    const questions = this.#waiting.get(asker);
    if (questions === undefined) this.#waiting.set(asker, new Set([question]));
    else questions.add(question);
  }

  /** The question whose turn has come, which counts from now on; undefined if none may be asked now. */
  next(): Question | undefined {
    if (this.#askingTotal >= this.#bounds.askingMax) return undefined;
    for (const [asker, questions] of this.#waiting) {
      const asking = this.#asking.get(asker) ?? 0;
      // No more askers can be at their bound than the questions that are being asked, so this is soon found.
      if (asking >= this.#bounds.perAskerMax) continue;
      const [question] = questions;
      if (question === undefined) throw new RangeError("who has no question does not wait");
      this.withdraw(asker, question);
      // The asker's other questions wait behind those of all others.
      if (this.#waiting.delete(asker)) this.#waiting.set(asker, questions);
      this.#asking.set(asker, asking + 1);
      this.#askingTotal += 1;
      return question;
    }
    return undefined;
  }

  /** A question waits no more. */
  withdraw(asker: Asker, question: Question): void {
    const questions = this.#waiting.get(asker);
    if (questions?.delete(question) === true && questions.size === 0) this.#waiting.delete(asker);
  }

  /** A question of this asker is answered, or asked no more. */
  done(asker: Asker): void {
    const left = (this.#asking.get(asker) ?? 0) - 1;
    if (left < 0) throw new RangeError("nothing is being asked");
    this.#askingTotal -= 1;
    if (left === 0) this.#asking.delete(asker);
    else this.#asking.set(asker, left);
  }
}
