import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { Simulation } from "../../engine/index.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import { pairFaultArbitrary } from "../../network/testing/fault-arbitrary.ts";
import { pair } from "../../network/testing/topologies.ts";
import { NodeHost } from "../index.ts";

/** How one side writes, and how the other reads. */
const plans = fc.record({
  chunks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), { maxLength: 12 }),
  pauseMs: fc.array(fc.nat(400), { minLength: 1, maxLength: 5 }),
  highWaterMark: fc.integer({ min: 1, max: 70_000 }),
});

type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

test("what is written on one side is a beginning of what is read on the other, and all of it without an error", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        up: plans,
        down: plans,
        faults: fc.array(pairFaultArbitrary(), { maxLength: 8 }),
      }),
      async ({ up, down, faults }) => {
        const simulation = new Simulation({ seed: 1 });
        const network = new SimNetwork(simulation, { topology: pair(), faults });
        const [a, b] = ["a", "b"].map((name) => new NodeHost({ network, name }));
        assert.ok(a !== undefined && b !== undefined);
        const ends = [new Half(), new Half()] as const;
        b.run(() => {
          const server = b.modules.net.createServer({ allowHalfOpen: true }, (socket) => {
            ends[1].use(socket, { writes: down, reads: up });
          });
          server.listen(7);
        });
        a.run(() => {
          const { highWaterMark } = down;
          const socket = new a.modules.net.Socket({ allowHalfOpen: true, highWaterMark } as object);
          ends[0].use(socket.connect(7, "192.0.2.2"), { writes: up, reads: down });
        });
        await simulation.runDraining({ forUs: 7_200_000_000 });
        check(ends[0], ends[1]);
        check(ends[1], ends[0]);
      },
    ),
    { numRuns: 40 },
  );
});

/** One direction. Without an error on either side all has arrived. */
function check(writer: Half, reader: Half): void {
  const written = Buffer.concat(writer.written);
  const read = Buffer.concat(reader.read);
  assert.ok(read.equals(written.subarray(0, read.length)), "what is read is what was written");
  if (writer.failed || reader.failed || !reader.isUsed) return;
  assert.equal(read.length, written.length);
  assert.ok(reader.hasEnded && writer.isClosed);
}

/** One end of the connection. */
class Half {
  readonly written: Uint8Array[] = [];
  readonly read: Uint8Array[] = [];
  isUsed = false;
  failed = false;
  hasEnded = false;
  isClosed = false;

  use(socket: Socket, { writes, reads }: { readonly writes: Plan; readonly reads: Plan }): void {
    this.isUsed = true;
    socket.on("error", () => (this.failed = true)).on("close", () => (this.isClosed = true));
    void this.#write(socket, writes).catch(() => undefined);
    void this.#read(socket, reads).catch(() => undefined);
  }

  async #write(socket: Socket, { chunks, pauseMs }: Plan): Promise<void> {
    for (const [at, chunk] of chunks.entries()) {
      this.written.push(chunk.slice());
      const isFull = !socket.write(chunk);
      // A writer may use its bytes again once they are written.
      if (isFull) await once(socket, "drain");
      else await new Promise((resolve) => setTimeout(resolve, pauseMs[at % pauseMs.length]));
    }
    socket.end();
  }

  async #read(socket: Socket, { pauseMs }: Plan): Promise<void> {
    let at = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      this.read.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, pauseMs[at % pauseMs.length]));
      at += 1;
    }
    this.hasEnded = true;
  }
}
