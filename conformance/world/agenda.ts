/** What is to happen at some time. */
interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** What is to happen, by time; what is due at the same time happens in the order in which it was asked for. */
export class Agenda {
  /** A binary heap: each entry is due no later than its two children, at 2i + 1 and 2i + 2. */
  readonly #heap: Entry[] = [];
  #order = 0;

  /** When the first entry is due; undefined if there is none. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  add(atMs: number, run: () => void): void {
    this.#order += 1;
    const entry = { atMs, order: this.#order, run };
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapUnlessOrdered(parent, at)) return;
      at = parent;
    }
  }

  /** Takes the first entry off. */
  take(): (() => void) | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || last === first) return first?.run;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#isBefore(right, left) ? right : left;
      if (child >= this.#heap.length || !this.#swapUnlessOrdered(at, child)) return first?.run;
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #swapUnlessOrdered(parent: number, child: number): boolean {
    const [upper, lower] = [this.#heap[parent], this.#heap[child]];
    if (upper === undefined || lower === undefined || !this.#isBefore(child, parent)) return false;
    this.#heap[parent] = lower;
    this.#heap[child] = upper;
    return true;
  }
}
