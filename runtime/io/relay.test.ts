import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import type { Effect } from "../core/role.ts";
import { RoleHost } from "./host.ts";
import type { HostLimits } from "./host.ts";
import { createSilentLog } from "./log.ts";
import { ScriptedRole } from "./testing/scripted-role.ts";

interface RelayWorld {
  readonly role: ScriptedRole;
  readonly host: RoleHost<readonly Effect<string>[], string>;
  readonly a: Socket;
  readonly b: Socket;
  readonly close: () => Promise<void>;
}

/** Two connections to a host, not yet joined; a has stream 2 and b stream 4. */
async function createWorld(limits: Partial<HostLimits> = {}): Promise<RelayWorld> {
  const role = new ScriptedRole();
  const host = await RoleHost.start({
    role,
    log: createSilentLog(),
    tcp: { address: "127.0.0.1", port: 0 },
    onEvent: () => undefined,
    limits: { drainMs: 100, ...limits },
  });
  const port = host.tcpAddress?.port ?? 0;
  const dial = async (count: number): Promise<Socket> => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    await role.received("streamAccepted", count);
    return socket;
  };
  const a = await dial(1);
  const b = await dial(2);
  const close = async (): Promise<void> => {
    a.destroy();
    b.destroy();
    await host.close();
  };
  return { role, host, a, b, close };
}

function join({ host, role }: RelayWorld): void {
  // As a server does: what each side sent before both were there goes to the other side first.
  host.command([
    { type: "relayStreams", a: 2, b: 4, aFirst: role.bytesOf(4), bFirst: role.bytesOf(2) },
  ]);
}

/** Reads to the end without closing the other direction, which `for await` would. */
async function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly waits: boolean;
}

async function send(socket: Socket, pieces: readonly Piece[]): Promise<void> {
  for (const { bytes, waits } of pieces) {
    if (waits) await delay(1);
    if (!socket.write(bytes)) await once(socket, "drain");
  }
  socket.end();
}

const pieces = fc.array(
  fc.record({
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 300_000 }).map((length) => new Uint8Array(length).fill(length)),
    ),
    waits: fc.boolean(),
  }),
  { maxLength: 6 },
);

test("Whatever the pieces, the early bytes and who ends first, both directions arrive byte for byte.", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ early: fc.tuple(pieces, pieces), fromA: pieces, fromB: pieces }),
      async ({ early: [earlyA, earlyB], fromA, fromB }) => {
        const world = await createWorld();
        try {
          await sendEarly(world, earlyA, earlyB);
          join(world);
          const received = Promise.all([collect(world.a), collect(world.b)]);
          await Promise.all([send(world.a, fromA), send(world.b, fromB)]);
          const [atA, atB] = await received;
          assert.ok(atB.equals(joined([...earlyA, ...fromA])), "a to b");
          assert.ok(atA.equals(joined([...earlyB, ...fromB])), "b to a");
          await world.role.received("streamClosed", 2);
          assert.deepEqual(world.role.of("streamClosed"), [
            { type: "streamClosed", stream: 2, clean: true },
            { type: "streamClosed", stream: 4, clean: true },
          ]);
          const relayed = world.host.counters.streams.relayedBytes;
          assert.equal(relayed, joined([...fromA, ...fromB]).length);
        } finally {
          await world.close();
        }
      },
    ),
    { numRuns: 40 },
  );
});

function joined(all: readonly Piece[]): Buffer {
  return Buffer.concat(all.map(({ bytes }) => bytes));
}

/** Sends pieces that the role, not the relay, reads. */
async function sendEarly(
  { role, a, b }: RelayWorld,
  earlyA: readonly Piece[],
  earlyB: readonly Piece[],
): Promise<void> {
  for (const { bytes } of earlyA) a.write(bytes);
  for (const { bytes } of earlyB) b.write(bytes);
  const [bytesA, bytesB] = [joined(earlyA).length, joined(earlyB).length];
  await role.when(() => role.bytesOf(2).length === bytesA && role.bytesOf(4).length === bytesB);
}

test("After one side has ended, the other can still send for as long as it likes.", async (t) => {
  const world = await createWorld();
  t.after(world.close);
  join(world);
  const atB = collect(world.b);
  world.a.end("question");
  assert.equal((await atB).toString(), "question");
  const atA = collect(world.a);
  for (let part = 0; part < 5; part++) {
    await delay(5);
    world.b.write(`answer ${String(part)};`);
  }
  world.b.end();
  assert.equal((await atA).toString(), "answer 0;answer 1;answer 2;answer 3;answer 4;");
});

test("A reader that stops for a while stops the writer and loses nothing.", async (t) => {
  const world = await createWorld();
  t.after(world.close);
  join(world);
  const size = 64 * 1024 * 1024;
  const block = Buffer.alloc(1 << 20, "0123456789abcdef!");
  const sent = createHash("sha256");
  let written = 0;
  const writer = (async () => {
    for (; written < size; written += block.length) {
      sent.update(block);
      if (!world.a.write(block)) await once(world.a, "drain");
    }
    world.a.end();
  })();
  await delay(150);
  const stuckAt = written;
  assert.ok(stuckAt < size, "the writer waits for the reader");
  await delay(50);
  assert.equal(written, stuckAt);
  const received = createHash("sha256");
  world.b.on("data", (chunk: Buffer) => received.update(chunk));
  await once(world.b, "end");
  await writer;
  assert.equal(received.digest("hex"), sent.digest("hex"));
});

test("A reset on one side is a reset on the other, never an end that looks complete.", async (t) => {
  const world = await createWorld();
  t.after(world.close);
  join(world);
  const failed = once(world.b, "error") as Promise<[NodeJS.ErrnoException]>;
  world.b.resume();
  let ended = false;
  world.b.on("end", () => {
    ended = true;
  });
  world.a.write("half a mess");
  await once(world.b, "data");
  world.a.resetAndDestroy();
  const [error] = await failed;
  assert.equal(error.code, "ECONNRESET");
  assert.equal(ended, false);
  await world.role.received("streamClosed", 2);
  assert.deepEqual(
    world.role.of("streamClosed").map(({ clean }) => clean),
    [false, false],
  );
});

test("A relay through which nothing passes is cut; one in use is not.", async (t) => {
  const world = await createWorld({ relayIdleMs: 60 });
  t.after(world.close);
  join(world);
  world.a.resume();
  world.b.resume();
  for (let beat = 0; beat < 10; beat++) {
    await delay(20);
    world.a.write("x");
  }
  assert.equal(world.role.of("streamClosed").length, 0);
  await world.role.received("streamClosed", 2);
  assert.equal(world.host.counters.streams.idleRelays, 1);
});

test("A stream that is over when it is to be relayed takes its partner with it.", async (t) => {
  const world = await createWorld();
  t.after(world.close);
  world.a.end();
  await world.role.received("streamClosed");
  join(world);
  assert.deepEqual(
    world.role.of("streamClosed").map(({ stream, clean }) => [stream, clean]),
    [
      [2, true],
      [4, false],
    ],
  );
});
