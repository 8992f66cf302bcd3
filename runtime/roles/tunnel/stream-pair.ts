import type { StreamId, StreamPipe } from "../../core/index.ts";
import type { RoleKernel, StreamOwner } from "../kernel/kernel.ts";

/** Two streams to join. */
export interface StreamPairOptions {
  readonly kernel: RoleKernel;
  readonly a: StreamId;
  readonly b: StreamId;
  /** What a gets before anything of b's. */
  readonly aFirst: Uint8Array;
  readonly bFirst: Uint8Array;
  readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe };
  readonly bytesPerS?: number | undefined;
  /** Both are over; said once, not after `cut`. `clean`: both ended and nothing was lost. */
  readonly ended: (clean: boolean) => void;
}

/** Joins two streams: the host passes the bytes from here on. Gives what cuts them. */
export function joinStreams(options: StreamPairOptions): () => void {
  const { kernel, a, b, aFirst, bFirst, pipes, bytesPerS, ended } = options;
  const owner: StreamOwner = {
    streamOpened: () => undefined,
    streamData: () => undefined,
    streamClosed: (clean) => {
      // They end together: the first word is about both.
      kernel.disown(a);
      kernel.disown(b);
      ended(clean);
    },
  };
  kernel.own(a, owner);
  kernel.own(b, owner);
  kernel.relay({
    a,
    b,
    aFirst,
    bFirst,
    ...(pipes === undefined ? {} : { pipes }),
    ...(bytesPerS === undefined ? {} : { bytesPerS }),
  });
  return () => {
    kernel.closeStream(a, true);
    kernel.closeStream(b, true);
  };
}
