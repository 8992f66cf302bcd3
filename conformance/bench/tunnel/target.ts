import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { LOOPBACK } from "./way.ts";

/** A program that sends so many bytes to a port. Its bytes begin with a digit. */
const SOURCE = fileURLToPath(new URL("../relay/source.ts", import.meta.url));
const MIB = 1024 * 1024;
const MESSAGE_BYTES = 64;
/** The first byte of a connection whose bytes are to come back. */
const ECHO = "e".charCodeAt(0);
/** Answers of a chain that has just been opened are not counted. */
const WARM_UPS = 100;

/** The program that all chains lead to: it sends back what begins with the letter e, and counts the rest. */
export class Target {
  readonly port: number;
  readonly #server: Server;
  #counted: ((bytes: number, seconds: number) => void) | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (socket) => {
      this.#serve(socket);
    });
  }

  static async open(): Promise<Target> {
    const server = createServer({ noDelay: true }).listen(0, LOOPBACK);
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address !== "string");
    return new Target(server, address.port);
  }

  /** Speed of so many bytes from a process through a port to here, MiB/s; every byte is counted. */
  async bulk(port: number, bytes: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#counted = (counted, seconds) => {
      assert.equal(counted, bytes, "bytes were lost or doubled");
      resolve(counted / MIB / seconds);
    };
    const source = spawn(process.execPath, [SOURCE, String(port), String(bytes)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(source, "exit");
    const mibPerS = await promise;
    await exited;
    return mibPerS;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #serve(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    socket.once("data", (first) => {
      if (first[0] === ECHO) {
        socket.write(first);
        socket.pipe(socket);
        return;
      }
      let bytes = first.length;
      // What it takes to start the source and to open the chain ends with the first byte.
      const startMs = performance.now();
      socket.on("data", (chunk) => (bytes += chunk.length));
      socket.on("close", () => this.#counted?.(bytes, (performance.now() - startMs) / 1000));
    });
  }
}

/** Median time of a message of 64 bytes through a port and back, µs. */
export async function roundTripUs(port: number, rounds: number): Promise<number> {
  const socket = await connected(port);
  const timesUs: number[] = [];
  for (let round = -WARM_UPS; round < rounds; round += 1) {
    const startMs = performance.now();
    await echo(socket);
    if (round >= 0) timesUs.push((performance.now() - startMs) * 1000);
  }
  await ended(socket);
  return median(timesUs);
}

/** Waits until a port leads to the target; a port that nobody listens on yet is tried again. */
export async function untilUsable(port: number): Promise<void> {
  for (const endMs = performance.now() + 20_000; ;) {
    try {
      const socket = await connected(port);
      await echo(socket);
      await ended(socket);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: LOOPBACK, port, noDelay: true });
  await once(socket, "connect");
  // An error is followed by the end, which whoever waits hears of.
  socket.on("error", () => undefined);
  return socket;
}

const MESSAGE: Buffer = Buffer.alloc(MESSAGE_BYTES, "e");

/** @throws {Error} if the connection ends before the answer is whole. */
function echo(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const over = (): void => {
      reject(new Error("the chain ended before the answer"));
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes < MESSAGE_BYTES) return;
      socket.off("data", take).off("close", over);
      resolve();
    };
    socket.on("data", take).once("close", over);
    socket.write(MESSAGE);
  });
}

async function ended(socket: Socket): Promise<void> {
  const closed = once(socket, "close");
  socket.end();
  socket.resume();
  await closed;
}
