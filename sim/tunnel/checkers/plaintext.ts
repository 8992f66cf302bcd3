/** The byte at a place of a run: the next differs by `STEP`, but for the places where a block of 256 begins. */
export function byteOf(run: number, at: number): number {
  return (run * 167 + at * STEP + (at >> 8) * 7) & 0xff;
}

const STEP = 31;
/** Ciphertext has so many bytes a step apart in a row by a chance of 2^-184. */
const WINDOW_BYTES = 24;

/** Whether bytes have a piece of what programs say: `WINDOW_BYTES` of a run in their order. */
export function hasPlaintext(bytes: Uint8Array): boolean {
  // A window that lies anywhere holds one of these places and its neighbours.
  for (let at = WINDOW_BYTES / 2; at < bytes.length; at += WINDOW_BYTES / 2) {
    if (!isStep(bytes, at)) continue;
    let [first, last] = [at, at];
    while (first > 1 && isStep(bytes, first - 1)) first -= 1;
    while (last + 1 < bytes.length && isStep(bytes, last + 1)) last += 1;
    if (last - first + 2 >= WINDOW_BYTES) return true;
  }
  return false;
}

function isStep(bytes: Uint8Array, at: number): boolean {
  return (((bytes[at] ?? 0) - (bytes[at - 1] ?? 0)) & 0xff) === STEP;
}
