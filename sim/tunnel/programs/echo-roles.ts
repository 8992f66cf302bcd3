import type { Effect, Endpoint, Input, Role, StreamId } from "../../../runtime/core/index.ts";
import type { Program } from "../../world/world.ts";

/** The byte at a place of a run: no two runs and no two places near each other have the same bytes. */
function byteOf(run: number, at: number): number {
  return (run * 167 + at * 31 + (at >> 8) * 7) & 0xff;
}

/** What a program that uses a tunnel is told. */
export interface AskerCommand {
  readonly run: number;
  readonly to: Endpoint;
  /** Bytes to send and to get back, >= 1. */
  readonly bytes: number;
}

/** How a run ended. */
export interface AskerEvent {
  readonly type: "ran";
  readonly run: number;
  /** Every byte came back; false if the connection ended before. */
  readonly isWhole: boolean;
  /** Whether what came back was a beginning of what was sent. */
  readonly isRight: boolean;
}

const HEADER_BYTES = 8;
const PIECE_BYTES = 20_000;

interface Run {
  readonly run: number;
  readonly bytes: number;
  received: number;
  isRight: boolean;
}

/** Sends bytes and checks that it gets them back, once each and in order. */
export class Asker implements Role<AskerCommand, AskerEvent> {
  readonly #effects: Effect<AskerEvent>[] = [];
  readonly #runs = new Map<StreamId, Run>();
  #next: StreamId = 1;

  handle(input: Input<AskerCommand>): void {
    if (input.type === "command") this.#begin(input.command);
    else if (input.type === "streamOpened") this.#send(input.stream);
    else if (input.type === "streamData") this.#take(input.stream, input.bytes);
    else if (input.type === "streamClosed") this.#end(input.stream);
  }

  poll(): Effect<AskerEvent> | undefined {
    return this.#effects.shift();
  }

  /** Runs that have not ended. */
  get running(): number {
    return this.#runs.size;
  }

  #begin({ run, to, bytes }: AskerCommand): void {
    const stream = this.#next;
    this.#next += 2;
    this.#runs.set(stream, { run, bytes, received: 0, isRight: true });
    this.#effects.push({ type: "openStream", stream, to });
  }

  #send(stream: StreamId): void {
    const run = this.#runs.get(stream);
    if (run === undefined) return;
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    view.setUint32(0, run.run);
    view.setUint32(4, run.bytes);
    this.#effects.push({ type: "writeStream", stream, bytes: header });
    for (let from = 0; from < run.bytes; from += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, run.bytes - from);
      const bytes = Uint8Array.from({ length }, (_, at) => byteOf(run.run, from + at));
      this.#effects.push({ type: "writeStream", stream, bytes });
    }
  }

  #take(stream: StreamId, bytes: Uint8Array): void {
    const run = this.#runs.get(stream);
    if (run === undefined) return;
    for (const byte of bytes) {
      run.isRight &&= run.received < run.bytes && byte === byteOf(run.run, run.received);
      run.received += 1;
    }
  }

  #end(stream: StreamId): void {
    const run = this.#runs.get(stream);
    if (run === undefined) return;
    this.#runs.delete(stream);
    const isWhole = run.received === run.bytes;
    this.#effects.push({
      type: "event",
      event: { type: "ran", run: run.run, isWhole, isRight: run.isRight },
    });
  }
}

/** What an echo server saw that no tunnel may do. */
export interface EchoEvent {
  readonly type: "wrong";
  readonly run: number;
}

interface Echo {
  header: Uint8Array;
  run: number;
  bytes: number;
  received: number;
}

/** Gives back what it gets and ends when it has given back as much as was announced. */
class EchoServer implements Role<never, EchoEvent> {
  readonly #effects: Effect<EchoEvent>[] = [];
  readonly #echoes = new Map<StreamId, Echo>();

  handle(input: Input<never>): void {
    if (input.type === "streamAccepted") {
      this.#echoes.set(input.stream, { header: new Uint8Array(0), run: 0, bytes: 0, received: 0 });
    } else if (input.type === "streamData") {
      this.#take(input.stream, input.bytes);
    } else if (input.type === "streamClosed") {
      this.#echoes.delete(input.stream);
    }
  }

  poll(): Effect<EchoEvent> | undefined {
    return this.#effects.shift();
  }

  /** Connections that are open. */
  get open(): number {
    return this.#echoes.size;
  }

  #take(stream: StreamId, bytes: Uint8Array): void {
    const echo = this.#echoes.get(stream);
    if (echo === undefined) return;
    const rest = this.#header(echo, bytes);
    for (const [at, byte] of rest.entries()) {
      const isRight = byte === byteOf(echo.run, echo.received + at);
      if (!isRight || echo.received + at >= echo.bytes) {
        this.#effects.push({ type: "event", event: { type: "wrong", run: echo.run } });
        break;
      }
    }
    echo.received += rest.length;
    if (rest.length > 0) this.#effects.push({ type: "writeStream", stream, bytes: rest.slice() });
    if (echo.header.length < HEADER_BYTES || echo.received < echo.bytes) return;
    this.#echoes.delete(stream);
    this.#effects.push({ type: "closeStream", stream, abort: false });
  }

  #header(echo: Echo, bytes: Uint8Array): Uint8Array {
    const missing = HEADER_BYTES - echo.header.length;
    if (missing === 0) return bytes;
    echo.header = Uint8Array.from([...echo.header, ...bytes.subarray(0, missing)]);
    if (echo.header.length === HEADER_BYTES) {
      const view = new DataView(echo.header.buffer);
      echo.run = view.getUint32(0);
      echo.bytes = view.getUint32(4);
    }
    return bytes.subarray(missing);
  }
}

/** The program that uses the tunnel. */
export function askerProgram(): Program<AskerCommand, AskerEvent> {
  return { createRole: () => new Asker() };
}

/** The program that the tunnel leads to. */
export function echoProgram(): Program<never, EchoEvent> {
  return { createRole: () => new EchoServer() };
}
