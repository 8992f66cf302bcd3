import { EventEmitter } from "node:events";

/** Calls that wait until a socket is bound. If that fails they never come, as with Node. */
export class DeferredCalls {
  readonly #socket: EventEmitter;
  #calls: (() => void)[] | undefined;

  constructor(socket: EventEmitter) {
    this.#socket = socket;
  }

  /** Adds a call; the first begins to wait. */
  add(call: () => void): void {
    if (this.defer(call)) return;
    this.#calls = [call];
    this.#socket.once(EventEmitter.errorMonitor, this.#onError);
    this.#socket.once("listening", this.#onListening);
  }

  /** Adds a call if others wait; false if none does. */
  defer(call: () => void): boolean {
    this.#calls?.push(call);
    return this.#calls !== undefined;
  }

  readonly #onListening = (): void => {
    this.#socket.removeListener(EventEmitter.errorMonitor, this.#onError);
    const calls = this.#calls ?? [];
    this.#calls = undefined;
    for (const call of calls) call();
  };

  readonly #onError = (): void => {
    this.#socket.removeListener("listening", this.#onListening);
    this.#calls = undefined;
  };
}
