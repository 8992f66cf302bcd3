/** Less than this is not worth the call. */
const RELEASED_BYTES_MIN = 4096;

/**
 * Gives the memory of buffers back at once, which then have no bytes. What passes through a tunnel is 64 KiB in a few small objects: the
 * garbage collector would run for the memory and look at all objects each time, which took more than the encryption
 * (docs/decisions/0126-buffers-are-given-back.md). A buffer that is a part of another is left alone.
 */
export function releaseBuffers(buffers: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of buffers) {
    if (byteLength < RELEASED_BYTES_MIN || byteLength !== buffer.byteLength) continue;
    // Node 20 has no `transfer`, and shared memory never has.
    if ("transfer" in buffer) buffer.transfer(0);
  }
}
