const CAPACITY_MIN = 64;

/**
 * A 4-ary heap of (time, sequence number, slot), ordered by time and then by sequence number, in typed
 * arrays: nothing is allocated once it has grown to its working size. Four children instead of two
 * halve the levels, and siblings lie side by side: sinking reads one cache line or two a level.
 */
export class EventHeap {
  /** Time and sequence number of each entry, side by side. */
  #keys: Float64Array<ArrayBuffer> = new Float64Array(CAPACITY_MIN * 2);
  #slots: Int32Array<ArrayBuffer> = new Int32Array(CAPACITY_MIN);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Time of the first entry. Only if there is one, as for the other two. */
  get firstTime(): number {
    return this.#keys[0] as number;
  }

  get firstSequence(): number {
    return this.#keys[1] as number;
  }

  get firstSlot(): number {
    return this.#slots[0] as number;
  }

  add(time: number, sequence: number, slot: number): void {
    if (this.#length === this.#slots.length) this.#grow();
    const keys = this.#keys;
    const slots = this.#slots;
    let at = this.#length;
    this.#length = at + 1;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentTime = keys[2 * parent] as number;
      // What was added before has the lower sequence number, so that equal times need no comparison of it.
      if (parentTime <= time) break;
      keys[2 * at] = parentTime;
      keys[2 * at + 1] = keys[2 * parent + 1] as number;
      slots[at] = slots[parent] as number;
      at = parent;
    }
    keys[2 * at] = time;
    keys[2 * at + 1] = sequence;
    slots[at] = slot;
  }

  removeFirst(): void {
    const last = this.#length - 1;
    this.#length = last;
    if (last > 0) this.#sink(0, last);
  }

  /** Takes out what `isWanted` refuses, and hands their slots to `isWanted` in no particular order. */
  retain(isWanted: (slot: number) => boolean): void {
    const keys = this.#keys;
    const slots = this.#slots;
    let kept = 0;
    for (let from = 0; from < this.#length; from += 1) {
      if (!isWanted(slots[from] as number)) continue;
      keys[2 * kept] = keys[2 * from] as number;
      keys[2 * kept + 1] = keys[2 * from + 1] as number;
      slots[kept] = slots[from] as number;
      kept += 1;
    }
    this.#length = kept;
    for (let at = (kept - 2) >> 2; at >= 0; at -= 1) this.#sink(at, at);
  }

  /** Puts the entry that lies at `from` at `hole`, or as far below it as the order asks. */
  #sink(hole: number, from: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    const length = this.#length;
    const time = keys[2 * from] as number;
    const sequence = keys[2 * from + 1] as number;
    const slot = slots[from] as number;
    let at = hole;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= length) break;
      const end = first + 4 < length ? first + 4 : length;
      let least = first;
      let leastTime = keys[2 * first] as number;
      for (let child = first + 1; child < end; child += 1) {
        const childTime = keys[2 * child] as number;
        if (
          childTime < leastTime ||
          (childTime === leastTime &&
            (keys[2 * child + 1] as number) < (keys[2 * least + 1] as number))
        ) {
          least = child;
          leastTime = childTime;
        }
      }
      const leastSequence = keys[2 * least + 1] as number;
      if (time < leastTime || (time === leastTime && sequence < leastSequence)) break;
      keys[2 * at] = leastTime;
      keys[2 * at + 1] = leastSequence;
      slots[at] = slots[least] as number;
      at = least;
    }
    keys[2 * at] = time;
    keys[2 * at + 1] = sequence;
    slots[at] = slot;
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const slots = new Int32Array(this.#slots.length * 2);
    slots.set(this.#slots);
    this.#slots = slots;
  }
}
