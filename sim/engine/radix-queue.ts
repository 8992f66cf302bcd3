const WORD = 2 ** 32;
/** Bits of a digit: 6 digits make the 53 bits of a time, the lower 3 of them lie in its low word. */
const DIGIT_BITS = 10;
const DIGITS = 2 ** DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;
const LEVELS = 6;
const LOW_LEVELS = 3;
/** Words of 32 bits that tell which of a level's buckets hold something: as many as a word has bits. */
const WORDS_A_LEVEL = DIGITS / 32;
const NONE = -1;
/** Cells that lie side by side, so that a bucket is read through without a miss of the cache for each. */
const BLOCK_BITS = 3;
const BLOCK_CELLS = 1 << BLOCK_BITS;
const BLOCK_MASK = BLOCK_CELLS - 1;
const BLOCKS_MIN = 64;
const NODES_MIN = 64;
/** A cell as floats: time, sequence, and slot and mark together as one. */
const FLOATS = 3;
/** The same cell as integers: where slot and mark lie. */
const INTEGERS = 2 * FLOATS;
const SLOT = 4;
const MARK = 5;

/**
 * Slots in order of their times, and of their adding where times are equal, for times that never lie before the
 * last one taken: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) in typed arrays.
 *
 * A slot lies at the level of the highest digit in which its time differs from the last one taken, in the
 * bucket of its own digit there. What is next lies in the first bucket of the lowest level that has any; its
 * slots move to lower levels, until one bucket holds one time only. So a slot moves a few times whatever the
 * number of others, where a heap compares it all the way down; and a bucket keeps the order of adding,
 * for all levels below are empty when its slots move there.
 *
 * At level 0 a bucket is a list of nodes, few and used again at once; above, where all that waits long lies, a list of
 * blocks of cells.
 */
export class RadixQueue {
  /** First node or cell of each bucket. */
  readonly #heads: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * DIGITS).fill(NONE);
  /** At level 0 the last node of each bucket; above, the cell behind the last. */
  readonly #tails: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * DIGITS);
  /** A bit for each bucket that holds something; a bit for each such word of a level; a bit for each such level. */
  readonly #bucketBits: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * WORDS_A_LEVEL);
  readonly #wordBits: Int32Array<ArrayBuffer> = new Int32Array(LEVELS);
  #levelBits = 0;

  #cells: Float64Array<ArrayBuffer> = new Float64Array(BLOCKS_MIN * BLOCK_CELLS * FLOATS);
  #cellIntegers: Int32Array<ArrayBuffer> = new Int32Array(this.#cells.buffer);
  /** Of each block the one behind it in its bucket, or among those that are free. */
  #blockNext: Int32Array<ArrayBuffer> = new Int32Array(BLOCKS_MIN);
  #freeBlock = NONE;
  #blocks = 0;

  #nodeSequences: Float64Array<ArrayBuffer> = new Float64Array(NODES_MIN);
  /** Of each node: slot, mark, the one behind it in its bucket or among those that are free, and nothing. */
  #nodes: Int32Array<ArrayBuffer> = new Int32Array(NODES_MIN * 4);
  #freeNode = NONE;
  #nodeCount = 0;

  /** The last time taken, or a lower bound of all that is here: the low word, and the rest. */
  #lastLow = 0;
  #lastRest = 0;

  /** Time of the slot taken last. */
  takenTime = 0;
  /** What was added with it. */
  takenSequence = 0;
  takenMark = 0;

  /** No time here or added later may lie before this one. */
  get lastTime(): number {
    return this.#lastRest + (this.#lastLow >>> 0);
  }

  /**
   * Adds a slot that is not in here. The time is a safe integer, not before the last one taken.
   * @param mark 32 bits that are given back with it, signed.
   */
  add(slot: number, time: number, sequence: number, mark: number): void {
    const bucket = this.#bucketOf(time);
    if (bucket < DIGITS) {
      this.#addNode(bucket, slot, sequence, mark);
      return;
    }
    const cell = this.#takeCell(bucket);
    this.#cells[cell * FLOATS] = time;
    this.#cells[cell * FLOATS + 1] = sequence;
    this.#cellIntegers[cell * INTEGERS + SLOT] = slot;
    this.#cellIntegers[cell * INTEGERS + MARK] = mark;
  }

  /** Takes the next slot out if its time is no later than `limit`; -1 otherwise. */
  takeUntil(limit: number): number {
    while ((this.#levelBits & 1) === 0) {
      if (this.#levelBits === 0) return NONE;
      const level = lowestBit(this.#levelBits);
      const word = level * WORDS_A_LEVEL + lowestBit(this.#wordBits[level] as number);
      const bucket = word * 32 + lowestBit(this.#bucketBits[word] as number);
      const cell = this.#heads[bucket] as number;
      const end = this.#tails[bucket] as number;
      // Alone in the first bucket of all, a slot is the next one, and need not move down first.
      if (end === cell + 1) return this.#takeAlone(bucket, cell, limit);
      if (!this.#advance(level, bucket & DIGIT_MASK, limit)) return NONE;
      this.#clear(bucket);
      if (level === 1) this.#openLowest(cell, end);
      else this.#open(cell, end);
    }
    return this.#takeLowest(limit);
  }

  /** Takes out every slot that `isWanted` refuses. */
  retain(isWanted: (slot: number) => boolean): void {
    for (let bucket = 0; bucket < this.#heads.length; bucket += 1) {
      const first = this.#heads[bucket] as number;
      if (first === NONE) continue;
      const end = this.#tails[bucket] as number;
      this.#clear(bucket);
      if (bucket < DIGITS) this.#retainNodes(bucket, first, isWanted);
      else this.#retainCells(first, end, isWanted);
    }
  }

  /** Takes the first slot of level 0, which has one. */
  #takeLowest(limit: number): number {
    const word = lowestBit(this.#wordBits[0] as number);
    const digit = word * 32 + lowestBit(this.#bucketBits[word] as number);
    const low = (this.#lastLow & ~DIGIT_MASK) | digit;
    const time = this.#lastRest + (low >>> 0);
    if (time > limit) return NONE;
    this.#lastLow = low;
    const node = this.#heads[digit] as number;
    const next = this.#nodes[node * 4 + 2] as number;
    if (next === NONE) this.#clear(digit);
    else this.#heads[digit] = next;
    this.takenTime = time;
    this.takenSequence = this.#nodeSequences[node] as number;
    this.takenMark = this.#nodes[node * 4 + 1] as number;
    this.#freeNodeAt(node);
    return this.#nodes[node * 4] as number;
  }

  /** Takes the only slot of a higher bucket, while all lower levels are empty. */
  #takeAlone(bucket: number, cell: number, limit: number): number {
    const time = this.#cells[cell * FLOATS] as number;
    if (time > limit) return NONE;
    this.#clear(bucket);
    this.#lastLow = time | 0;
    if (bucket >= LOW_LEVELS * DIGITS) this.#lastRest = time - (time % WORD);
    this.takenTime = time;
    this.takenSequence = this.#cells[cell * FLOATS + 1] as number;
    this.takenMark = this.#cellIntegers[cell * INTEGERS + MARK] as number;
    this.#freeBlockOf(cell);
    return this.#cellIntegers[cell * INTEGERS + SLOT] as number;
  }

  /** Makes the first time of a bucket the lower bound of all; false if it is later than `limit`. */
  #advance(level: number, digit: number, limit: number): boolean {
    let start: number;
    if (level < LOW_LEVELS) {
      const shift = level * DIGIT_BITS;
      const low = (this.#lastLow & (-1 << (shift + DIGIT_BITS))) | (digit << shift);
      start = this.#lastRest + (low >>> 0);
      if (start > limit) return false;
    } else {
      const unit = DIGITS ** level;
      start = (Math.floor(this.lastTime / (unit * DIGITS)) * DIGITS + digit) * unit;
      if (start > limit) return false;
      this.#lastRest = start - (start % WORD);
    }
    this.#lastLow = start | 0;
    return true;
  }

  #bucketOf(time: number): number {
    const low = time | 0;
    const differing = low ^ this.#lastLow;
    if (differing >>> 30 !== 0 || time - this.#lastRest >= WORD) return this.#farBucketOf(time);
    if (differing >>> DIGIT_BITS === 0) return low & DIGIT_MASK;
    return differing >>> (2 * DIGIT_BITS) === 0
      ? DIGITS + ((low >>> DIGIT_BITS) & DIGIT_MASK)
      : 2 * DIGITS + ((low >>> (2 * DIGIT_BITS)) & DIGIT_MASK);
  }

  /** The bucket of a time that differs from the last one above the digits of the low levels: seldom used. */
  #farBucketOf(time: number): number {
    const last = this.lastTime;
    let level = LEVELS - 1;
    while (Math.floor(time / DIGITS ** level) === Math.floor(last / DIGITS ** level)) level -= 1;
    return level * DIGITS + (Math.floor(time / DIGITS ** level) % DIGITS);
  }

  /** Moves the cells of a bucket of level 1, each time to a bucket of its own. */
  #openLowest(first: number, end: number): void {
    for (let cell = first; cell !== NONE; cell = this.#cellBehind(cell, end)) {
      const digit = (this.#cells[cell * FLOATS] as number) & DIGIT_MASK;
      const slot = this.#cellIntegers[cell * INTEGERS + SLOT] as number;
      const mark = this.#cellIntegers[cell * INTEGERS + MARK] as number;
      this.#addNode(digit, slot, this.#cells[cell * FLOATS + 1] as number, mark);
    }
  }

  /** Moves the cells of a bucket to lower levels. */
  #open(first: number, end: number): void {
    for (let cell = first; cell !== NONE; cell = this.#cellBehind(cell, end)) {
      const slot = this.#cellIntegers[cell * INTEGERS + SLOT] as number;
      const mark = this.#cellIntegers[cell * INTEGERS + MARK] as number;
      const time = this.#cells[cell * FLOATS] as number;
      this.add(slot, time, this.#cells[cell * FLOATS + 1] as number, mark);
    }
  }

  /** The next cell of a bucket that is being emptied; the block of the last one is free when all of it is read. */
  #cellBehind(cell: number, end: number): number {
    const next = cell + 1;
    if (next !== end && (next & BLOCK_MASK) !== 0) return next;
    const block = this.#blockNext[cell >> BLOCK_BITS] as number;
    this.#freeBlockOf(cell);
    return next === end ? NONE : block << BLOCK_BITS;
  }

  #retainNodes(digit: number, first: number, isWanted: (slot: number) => boolean): void {
    let node = first;
    while (node !== NONE) {
      const slot = this.#nodes[node * 4] as number;
      const mark = this.#nodes[node * 4 + 1] as number;
      const next = this.#nodes[node * 4 + 2] as number;
      const sequence = this.#nodeSequences[node] as number;
      this.#freeNodeAt(node);
      if (isWanted(slot)) this.#addNode(digit, slot, sequence, mark);
      node = next;
    }
  }

  /** What is wanted comes back to where it was, for the last time taken is the same. */
  #retainCells(first: number, end: number, isWanted: (slot: number) => boolean): void {
    for (let cell = first; cell !== NONE; cell = this.#cellBehind(cell, end)) {
      const slot = this.#cellIntegers[cell * INTEGERS + SLOT] as number;
      if (!isWanted(slot)) continue;
      const mark = this.#cellIntegers[cell * INTEGERS + MARK] as number;
      const time = this.#cells[cell * FLOATS] as number;
      this.add(slot, time, this.#cells[cell * FLOATS + 1] as number, mark);
    }
  }

  #addNode(digit: number, slot: number, sequence: number, mark: number): void {
    let node = this.#freeNode;
    if (node === NONE) node = this.#makeNode();
    else this.#freeNode = this.#nodes[node * 4 + 2] as number;
    this.#nodeSequences[node] = sequence;
    this.#nodes[node * 4] = slot;
    this.#nodes[node * 4 + 1] = mark;
    this.#nodes[node * 4 + 2] = NONE;
    if (this.#heads[digit] === NONE) {
      this.#heads[digit] = node;
      this.#note(digit);
    } else {
      this.#nodes[(this.#tails[digit] as number) * 4 + 2] = node;
    }
    this.#tails[digit] = node;
  }

  /** A cell behind the last one of a bucket. */
  #takeCell(bucket: number): number {
    let cell: number;
    if (this.#heads[bucket] === NONE) {
      cell = this.#takeBlock() << BLOCK_BITS;
      this.#heads[bucket] = cell;
      this.#note(bucket);
    } else {
      cell = this.#tails[bucket] as number;
      if ((cell & BLOCK_MASK) === 0) {
        const block = this.#takeBlock();
        this.#blockNext[(cell - 1) >> BLOCK_BITS] = block;
        cell = block << BLOCK_BITS;
      }
    }
    this.#tails[bucket] = cell + 1;
    return cell;
  }

  /** Notes that a bucket holds something. */
  #note(bucket: number): void {
    const word = bucket >> 5;
    const level = bucket >> DIGIT_BITS;
    this.#bucketBits[word] = (this.#bucketBits[word] as number) | (1 << (bucket & 31));
    this.#wordBits[level] = (this.#wordBits[level] as number) | (1 << (word & 31));
    this.#levelBits |= 1 << level;
  }

  /** Makes a bucket empty. */
  #clear(bucket: number): void {
    this.#heads[bucket] = NONE;
    const word = bucket >> 5;
    const bits = (this.#bucketBits[word] as number) & ~(1 << (bucket & 31));
    this.#bucketBits[word] = bits;
    if (bits !== 0) return;
    const level = bucket >> DIGIT_BITS;
    const words = (this.#wordBits[level] as number) & ~(1 << (word & 31));
    this.#wordBits[level] = words;
    if (words === 0) this.#levelBits &= ~(1 << level);
  }

  #freeNodeAt(node: number): void {
    this.#nodes[node * 4 + 2] = this.#freeNode;
    this.#freeNode = node;
  }

  #freeBlockOf(cell: number): void {
    const block = cell >> BLOCK_BITS;
    this.#blockNext[block] = this.#freeBlock;
    this.#freeBlock = block;
  }

  #takeBlock(): number {
    const block = this.#freeBlock;
    if (block === NONE) return this.#makeBlock();
    this.#freeBlock = this.#blockNext[block] as number;
    return block;
  }

  #makeBlock(): number {
    if (this.#blocks === this.#blockNext.length) {
      const cells = new Float64Array(this.#cells.length * 2);
      cells.set(this.#cells);
      this.#cells = cells;
      this.#cellIntegers = new Int32Array(cells.buffer);
      this.#blockNext = doubled(this.#blockNext);
    }
    this.#blocks += 1;
    return this.#blocks - 1;
  }

  #makeNode(): number {
    if (this.#nodeCount === this.#nodeSequences.length) {
      const sequences = new Float64Array(this.#nodeSequences.length * 2);
      sequences.set(this.#nodeSequences);
      this.#nodeSequences = sequences;
      this.#nodes = doubled(this.#nodes);
    }
    this.#nodeCount += 1;
    return this.#nodeCount - 1;
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}

/** Number of the lowest bit that is set; of at least one. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
