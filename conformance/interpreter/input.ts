/** The interpreter's verdict on bytes that do not follow the spec. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Bytes that are taken from the front, one after another. */
export class Input {
  readonly #bytes: readonly number[];
  #taken = 0;

  constructor(bytes: Iterable<number>) {
    this.#bytes = [...bytes];
  }

  get left(): number {
    return this.#bytes.length - this.#taken;
  }

  /** Takes the next `count` bytes. @throws {Refusal} if there are fewer. */
  take(count: number): readonly number[] {
    if (count > this.left)
      throw new Refusal(`${String(count)} bytes wanted, ${String(this.left)} left`);
    const bytes = this.#bytes.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return bytes;
  }

  /** Takes all that is left. */
  rest(): readonly number[] {
    return this.take(this.left);
  }

  /** Takes an unsigned integer of `count` bytes. */
  unsigned(count: number, order: "big" | "little"): bigint {
    const bytes = [...this.take(count)];
    if (order === "little") bytes.reverse();
    return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  }
}
