import type { MemoryNetwork, Passing } from "./memory-network.ts";

/** Every datagram that is sent from now on, also those that a test drops. */
export class CapturedDatagrams {
  readonly all: Passing[] = [];

  constructor(network: MemoryNetwork) {
    network.observe = (passing) => {
      this.all.push(passing);
    };
  }

  /** Those of one message, in order. */
  of(tag: number): readonly Passing[] {
    return this.all.filter((passing) => tagOf(passing) === tag);
  }
}

/** The tag of a datagram that is long enough to have one; otherwise 0. */
export function tagOf({ bytes }: Pick<Passing, "bytes">): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
