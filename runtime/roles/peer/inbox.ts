import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { Message } from "../../../generated/peer/messages/content.ts";
import { TakenNumbers } from "./taken-numbers.ts";
import type { TakenNumbersState } from "./taken-numbers.ts";

/** What an inbox asks of the contact that it is for. */
export interface InboxOffice {
  readonly limits: PeerLimits;
  count(code: string): void;
  /** Gives a message to the application; `numbers` is to be kept with it. */
  deliver(message: Message, numbers: TakenNumbersState): void;
  /** @param isRepeated whether it was before, and the sender does not know. */
  acknowledge(number: number, isRepeated: boolean): void;
}

/**
 * Messages of one peer: each reaches the application once. One at a time, so that what the application keeps with a
 * message says exactly which it has.
 */
export class Inbox {
  readonly #office: InboxOffice;
  readonly #taken: TakenNumbers;
  readonly #waiting: Message[] = [];

  /** @param taken what was kept with the last message. */
  constructor(office: InboxOffice, taken: TakenNumbersState | undefined) {
    this.#office = office;
    this.#taken = new TakenNumbers(office.limits.takenRunsMax, taken);
  }

  /** Messages that wait for the application. */
  get length(): number {
    return this.#waiting.length;
  }

  take(message: Message): void {
    const { number } = message;
    switch (this.#taken.check(number)) {
      case "taken":
        // Its receipt was lost.
        this.#office.acknowledge(number, true);
        return;
      case "stale":
        // Nobody knows whether it was here: its sender reports it failed.
        this.#office.count("stale-message");
        return;
      case "new":
        break;
    }
    if (this.#waiting.some((waiting) => waiting.number === number)) return;
    if (this.#waiting.length >= this.#office.limits.deliveriesMax) {
      this.#office.count("inbox-full");
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.#deliver();
  }

  /** The application has the message, or could not take it, and then gets it again when it comes again. */
  taken(number: number, good: boolean): void {
    if (this.#waiting[0]?.number !== number) return;
    this.#waiting.shift();
    if (good) {
      this.#taken.accept(number);
      this.#office.acknowledge(number, false);
    }
    this.#deliver();
  }

  #deliver(): void {
    const message = this.#waiting[0];
    if (message === undefined) return;
    if (this.#taken.check(message.number) !== "new") {
      // It waited so long that it cannot be told apart any more.
      this.#waiting.shift();
      this.#office.count("stale-message");
      this.#deliver();
      return;
    }
    this.#office.deliver(message, this.#taken.after(message.number));
  }
}
