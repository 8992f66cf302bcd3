import type { TcpEnd, TcpOwner } from "../tcp.ts";

/** Keeps what the owner of a connection hears. */
export class StreamRecorder implements TcpOwner {
  readonly pieces: number[][] = [];
  isOpened = false;
  hasEnded = false;
  end: TcpEnd | undefined;
  onMore: () => void = () => undefined;

  get bytes(): number[] {
    return this.pieces.flat();
  }

  onOpened(): void {
    this.isOpened = true;
    this.onMore();
  }

  onData(bytes: Uint8Array): void {
    this.pieces.push([...bytes]);
    this.onMore();
  }

  onEnded(): void {
    this.hasEnded = true;
    this.onMore();
  }

  onClosed(end: TcpEnd): void {
    this.end = end;
    this.onMore();
  }
}
