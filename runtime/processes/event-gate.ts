/** Events that may come before there is somebody to take them; more is a loop of the role. */
const WAITING_MAX = 65_536;

/**
 * Holds a role's events back until their taker exists: a host's sockets hear the network before whoever
 * started it knows the host, and a peer that was waiting for this process to come back is heard at once.
 */
export class EventGate<Event> {
  readonly #waiting: Event[] = [];
  #taker: ((event: Event) => void) | undefined;

  /** Takes an event, now or once the gate is open. */
  readonly take = (event: Event): void => {
    if (this.#taker !== undefined) {
      this.#taker(event);
      return;
    }
    if (this.#waiting.length >= WAITING_MAX) throw new RangeError("too many events wait");
    this.#waiting.push(event);
  };

  /**
   * Hands over what came, and from now on all. Called once. What the taker itself causes meanwhile comes
   * after what was waiting.
   */
  open(taker: (event: Event) => void): void {
    // Taken in rounds: shifting one by one would move all that wait each time.
    while (this.#waiting.length > 0) {
      for (const event of this.#waiting.splice(0)) taker(event);
    }
    this.#taker = taker;
  }
}
