import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import type { Effect, StreamPipe } from "../core/role.ts";
import type { ByteStream, ByteStreamOwner, StreamReader } from "./byte-stream.ts";
import { RoleHost } from "./host.ts";
import type { HostLimits } from "./host.ts";
import { createSilentLog } from "./log.ts";
import { MemoryStream } from "./memory-stream.ts";
import { ProcessLoopback } from "./process-loopback.ts";
import { ScriptedRole } from "./testing/scripted-role.ts";

type Scripted = RoleHost<readonly Effect<string>[], string>;

const LOOPBACK = "127.0.0.1";
const NOTHING = new Uint8Array(0);
/** Of the streams of this test: what a host accepts has even numbers, what it dials odd ones. */
const [ACCEPTED, DIALED] = [2, 1];

interface Party {
  readonly role: ScriptedRole;
  readonly host: Scripted;
  readonly port: number;
}

/** A host with a listener of its own, 7, within the process. */
async function startParty(
  loopback: ProcessLoopback,
  {
    limits = {},
    unread = false,
  }: { readonly limits?: Partial<HostLimits>; readonly unread?: boolean } = {},
): Promise<Party> {
  const role = new ScriptedRole();
  const host = await RoleHost.start({
    role,
    log: createSilentLog(),
    onEvent: () => undefined,
    loopback,
    limits: { drainMs: 100, ...limits },
  });
  host.command([{ type: "listen", listener: 7, address: LOOPBACK, port: 0, unread }]);
  await role.received("listening");
  return { role, host, port: role.of("listening")[0]?.port ?? 0 };
}

interface Chain {
  readonly near: Party;
  readonly far: Party;
  /** Outside of the process of the two hosts, as far as they know. */
  readonly a: Socket;
  readonly b: Socket;
  readonly close: () => Promise<void>;
}

/** a – near – far – b: both hosts relay, and between them is a stream within the process. */
async function createChain(pipes?: {
  readonly aToB: StreamPipe;
  readonly bToA: StreamPipe;
}): Promise<Chain> {
  const loopback = new ProcessLoopback();
  const near = await startParty(loopback, { unread: true });
  const far = await startParty(loopback, { unread: true });
  const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, LOOPBACK);
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const a = connect({ host: LOOPBACK, port: near.port, allowHalfOpen: true, noDelay: true });
  await near.role.received("streamAccepted");
  near.host.command([
    { type: "openStream", stream: DIALED, to: { address: LOOPBACK, port: far.port } },
  ]);
  await Promise.all([near.role.received("streamOpened"), far.role.received("streamAccepted")]);
  const to = { address: LOOPBACK, port: (server.address() as AddressInfo).port };
  far.host.command([{ type: "openStream", stream: DIALED, to }]);
  const [[b]] = await Promise.all([accepted, far.role.received("streamOpened")]);
  for (const socket of [a, b]) socket.on("error", () => undefined);
  for (const { host } of [near, far]) {
    const streams = { a: ACCEPTED, b: DIALED, aFirst: NOTHING, bFirst: NOTHING };
    host.command([{ type: "relayStreams", ...streams, ...(pipes && { pipes }) }]);
  }
  const close = async (): Promise<void> => {
    a.destroy();
    b.destroy();
    server.close();
    await Promise.all([near.host.close(), far.host.close()]);
  };
  return { near, far, a, b, close };
}

async function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}

async function send(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const bytes of pieces) {
    await delay(bytes.length % 2);
    if (!socket.write(bytes)) await once(socket, "drain");
  }
  socket.end();
}

const pieces = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 300_000 }).map((length) => new Uint8Array(length).fill(length)),
  ),
  { maxLength: 6 },
);

/** Two of them in a row give back what went in; each gives its bytes in two pieces. */
function invert(): StreamPipe {
  return {
    push: (bytes) => {
      const half = bytes.length >> 1;
      return [bytes.subarray(0, half), bytes.subarray(half)].map((part) =>
        part.map((byte) => byte ^ 0xff),
      );
    },
    end: () => [],
  };
}

for (const [how, pipes] of [
  ["as they are", undefined],
  ["through pipes", { aToB: invert(), bToA: invert() }],
] as const) {
  test(`Through two hosts of one process bytes pass ${how}, whatever the pieces and whoever ends first.`, async () => {
    await fc.assert(
      fc.asyncProperty(pieces, pieces, async (fromA, fromB) => {
        const chain = await createChain(pipes);
        try {
          const received = Promise.all([collect(chain.a), collect(chain.b)]);
          await Promise.all([send(chain.a, fromA), send(chain.b, fromB)]);
          const [atA, atB] = await received;
          assert.ok(atB.equals(Buffer.concat(fromA)), "a to b");
          assert.ok(atA.equals(Buffer.concat(fromB)), "b to a");
          for (const { role } of [chain.near, chain.far]) {
            await role.received("streamClosed", 2);
            assert.ok(role.of("streamClosed").every(({ clean }) => clean));
          }
        } finally {
          await chain.close();
        }
      }),
      { numRuns: 20 },
    );
  });
}

test("A reader at the far end that stops stops the writer at the near end, and nothing is lost.", async (t) => {
  const chain = await createChain();
  t.after(chain.close);
  const size = 64 * 1024 * 1024;
  const block = Buffer.alloc(1 << 20, "0123456789abcdef!");
  const sent = createHash("sha256");
  let written = 0;
  const writer = (async () => {
    for (; written < size; written += block.length) {
      sent.update(block);
      if (!chain.a.write(block)) await once(chain.a, "drain");
    }
    chain.a.end();
  })();
  await delay(200);
  const stuckAt = written;
  assert.ok(stuckAt < size, "the writer waits for the reader");
  await delay(50);
  assert.equal(written, stuckAt);
  const received = createHash("sha256");
  chain.b.on("data", (chunk: Buffer) => received.update(chunk));
  await once(chain.b, "end");
  await writer;
  assert.equal(received.digest("hex"), sent.digest("hex"));
});

test("A reset passes on as a reset, never as an end that looks complete.", async (t) => {
  const chain = await createChain();
  t.after(chain.close);
  const failed = once(chain.b, "error") as Promise<[NodeJS.ErrnoException]>;
  let ended = false;
  chain.b.on("end", () => {
    ended = true;
  });
  chain.a.write("half a mess");
  await once(chain.b, "data");
  chain.a.resetAndDestroy();
  const [error] = await failed;
  assert.equal(error.code, "ECONNRESET");
  assert.equal(ended, false);
});

/** Two hosts with a stream between them that both roles read. */
async function createPair(t: TestContext): Promise<readonly [near: Party, far: Party]> {
  const loopback = new ProcessLoopback();
  const near = await startParty(loopback);
  const far = await startParty(loopback);
  t.after(() => Promise.all([near.host.close(), far.host.close()]));
  near.host.command([
    { type: "openStream", stream: DIALED, to: { address: LOOPBACK, port: far.port } },
  ]);
  await Promise.all([near.role.received("streamOpened"), far.role.received("streamAccepted")]);
  return [near, far];
}

test("Two roles of one process talk without a connection of the kernel, and hear of the end.", async (t) => {
  const [near, far] = await createPair(t);
  assert.equal(far.role.of("streamAccepted")[0]?.remote.address, LOOPBACK);
  const question = Buffer.alloc(200_000, "question");
  near.host.command([{ type: "writeStream", stream: DIALED, bytes: question }]);
  await far.role.when(() => far.role.bytesOf(ACCEPTED).length === question.length);
  assert.ok(far.role.bytesOf(ACCEPTED).equals(question));
  far.host.command([
    { type: "writeStream", stream: ACCEPTED, bytes: Buffer.from("answer") },
    { type: "closeStream", stream: ACCEPTED, abort: false },
  ]);
  await near.role.received("streamClosed");
  assert.equal(near.role.bytesOf(DIALED).toString(), "answer");
  assert.deepEqual(near.role.of("streamClosed"), [
    { type: "streamClosed", stream: DIALED, clean: true },
  ]);
  await delay(1);
  assert.deepEqual([near.host.counters.openStreams, far.host.counters.openStreams], [0, 0]);
});

test("A stream that is cut is lost to the other role, and one that nobody accepts is not opened.", async (t) => {
  const [near, far] = await createPair(t);
  far.host.command([{ type: "closeStream", stream: ACCEPTED, abort: true }]);
  await near.role.received("streamClosed");
  assert.equal(near.role.of("streamClosed")[0]?.clean, false);
  near.host.command([{ type: "openStream", stream: 3, to: { address: LOOPBACK, port: far.port } }]);
  far.host.command([{ type: "unlisten", listener: 7 }]);
  await near.role.received("streamClosed", 2);
  assert.equal(near.role.of("streamOpened").length, 1);
  await far.host.close();
  near.host.command([{ type: "openStream", stream: 5, to: { address: LOOPBACK, port: far.port } }]);
  await near.role.received("streamClosed", 3);
});

/** The two ends of a stream that is open, of which nobody hears a notice. */
async function createEnds(
  reader: StreamReader,
): Promise<{ readonly near: ByteStream; readonly far: ByteStream }> {
  const far = Promise.withResolvers<ByteStream>();
  const owner = { reader, listener: SILENT };
  const way = {
    to: { address: LOOPBACK, port: 1 },
    from: { address: LOOPBACK, port: 2 },
  };
  const near = MemoryStream.dial(way, owner, (open) => {
    far.resolve(open(owner));
  });
  return { near, far: await far.promise };
}

const SILENT: ByteStreamOwner["listener"] = {
  onEnded: () => undefined,
  onClosed: () => undefined,
};

test("What is written while a reader hands over to one that passes pieces on waits for what came before.", async () => {
  const seen: string[] = [];
  const buffer = new Uint8Array(8);
  const takesOnly: StreamReader = { nextBuffer: () => buffer, take: () => true };
  const passes: StreamReader = {
    ...takesOnly,
    pass: (given, onPassed) => {
      seen.push(...given.map((piece) => Buffer.from(piece).toString()));
      onPassed();
      return true;
    },
  };
  const { near, far } = await createEnds({
    nextBuffer: () => buffer,
    take: (bytes) => {
      seen.push(Buffer.from(buffer.subarray(0, bytes)).toString());
      far.handOver({ reader: passes, listener: SILENT });
      near.write(Buffer.from("third"));
      return true;
    },
  });
  near.writeAll([Buffer.from("first"), Buffer.from("second")], () => undefined);
  await delay(1);
  assert.deepEqual(seen, ["first", "second", "third"]);
  assert.equal(near.pendingBytes, 0);
});

test("A reader is not woken for pieces without a byte, which count as written all the same.", async () => {
  const reads: number[] = [];
  const buffer = new Uint8Array(8);
  const { near } = await createEnds({
    nextBuffer: () => buffer,
    take: (bytes) => {
      reads.push(bytes);
      return true;
    },
  });
  let written = 0;
  near.write(NOTHING, () => (written += 1));
  near.writeAll([NOTHING, Buffer.from("text"), NOTHING], () => (written += 1));
  await delay(1);
  assert.deepEqual(reads, [4]);
  assert.equal(written, 2);
});
