/** The largest frame that a role encodes at once, bytes. */
const SCRATCH_BYTES = 65_600;

/**
 * The memory of all scratches. A role handles one input at a time and keeps nothing here from one to the next, so all
 * roles of a process may share it: a simulation has a hundred thousand of them.
 */
const SHARED: Uint8Array<ArrayBuffer> = new Uint8Array(SCRATCH_BYTES);
const SHARED_VIEW = new DataView(SHARED.buffer);

/** A buffer with a permanent view, because making a DataView for each packet would cost more than reading it. */
export class Scratch {
  readonly bytes: Uint8Array = SHARED;
  readonly view: DataView = SHARED_VIEW;

  /**
   * What `encode` wrote, in bytes of its own.
   * @param encode writes from the offset it is given and returns the offset after.
   */
  take(encode: (bytes: Uint8Array, view: DataView, offset: number) => number): Uint8Array {
    const end = encode(this.bytes, this.view, 0);
    return this.bytes.slice(0, end);
  }

  /**
   * Copies what came from outside into the scratch, so that the permanent view shows it; gives its length.
   * @throws {RangeError} if it is larger than any frame may be: the transport must not let that through.
   */
  load(bytes: Uint8Array): number {
    this.bytes.set(bytes);
    return bytes.length;
  }
}
