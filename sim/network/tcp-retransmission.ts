import type { EventHandler, EventId } from "../engine/index.ts";
import type { TcpHost } from "./tcp.ts";

/** Calls when a time has come that often moves: it waits with one event and looks when that is due. */
export class TcpRetransmission implements EventHandler<undefined> {
  readonly label: string;
  readonly #host: TcpHost;
  readonly #onDue: () => void;
  readonly #dueUs: () => number;
  #wakeUs = Infinity;
  #wake: EventId | undefined;

  /** @param dueUs when, as of now; Infinity for never. */
  constructor(host: TcpHost, dueUs: () => number, onDue: () => void) {
    this.label = `${host.name} tcp retransmission`;
    this.#host = host;
    this.#dueUs = dueUs;
    this.#onDue = onDue;
  }

  /** Sees to it that it wakes no later than it is due. */
  arm(): void {
    const dueUs = this.#dueUs();
    if (dueUs === Infinity || this.#wakeUs <= dueUs) return;
    this.cancel();
    this.#wakeUs = dueUs;
    this.#wake = this.#host.simulation.scheduleAt(dueUs, this, undefined);
  }

  cancel(): void {
    if (this.#wake !== undefined) this.#host.simulation.cancel(this.#wake);
    this.#wake = undefined;
    this.#wakeUs = Infinity;
  }

  handle(): void {
    this.#wake = undefined;
    this.#wakeUs = Infinity;
    if (this.#host.simulation.nowUs >= this.#dueUs()) this.#onDue();
    else this.arm();
  }
}
