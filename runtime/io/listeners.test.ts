import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import type { Effect, StreamPipe } from "../core/role.ts";
import { WireError } from "../core/wire-error.ts";
import { RoleHost } from "./host.ts";
import { createSilentLog } from "./log.ts";
import { ScriptedRole } from "./testing/scripted-role.ts";

const ADDRESS = "127.0.0.1";
const NONE = new Uint8Array(0);

interface Stage {
  readonly role: ScriptedRole;
  readonly host: RoleHost<readonly Effect<string>[], string>;
  readonly sockets: Socket[];
}

async function stageOf(context?: TestContext): Promise<Stage> {
  const role = new ScriptedRole();
  const host = await RoleHost.start({
    role,
    log: createSilentLog(),
    onEvent: () => undefined,
    limits: { drainMs: 50 },
  });
  const stage = { role, host, sockets: [] };
  context?.after(() => close(stage));
  return stage;
}

async function close({ host, sockets }: Stage): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await host.close();
}

/** Has the role listen and gives the port. */
async function listen({ role, host }: Stage, listener: number, unread = false): Promise<number> {
  const count = role.of("listening").length + 1;
  host.command([{ type: "listen", listener, address: ADDRESS, port: 0, unread }]);
  await role.received("listening", count);
  const heard = role.of("listening").find((input) => input.listener === listener);
  assert.ok(heard);
  return heard.port;
}

async function dial({ sockets }: Stage, port: number): Promise<Socket> {
  const socket = connect({ host: ADDRESS, port, allowHalfOpen: true, noDelay: true });
  socket.on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/** Two connections to one listener, with the ids that the role has for them. */
async function pairOf(
  stage: Stage,
  port: number,
): Promise<{ a: Socket; b: Socket; ids: number[] }> {
  const before = stage.role.of("streamAccepted").length;
  const a = await dial(stage, port);
  await stage.role.received("streamAccepted", before + 1);
  const b = await dial(stage, port);
  await stage.role.received("streamAccepted", before + 2);
  const ids = stage.role
    .of("streamAccepted")
    .slice(before)
    .map(({ stream }) => stream);
  return { a, b, ids };
}

function relay(
  [a = 0, b = 0]: readonly number[],
  more: Partial<Extract<Effect<string>, { type: "relayStreams" }>> = {},
): readonly Effect<string>[] {
  return [{ type: "relayStreams", a, b, aFirst: NONE, bFirst: NONE, ...more }];
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // Not `once`, which would take a reset for a failure of the test.
  await new Promise((resolve) => {
    if (socket.closed) resolve(undefined);
    else socket.once("close", resolve);
  });
  return Buffer.concat(chunks);
}

test("A role's listeners have ports of their own, and streams say which they came to.", async (t) => {
  const stage = await stageOf(t);
  const [first, second] = [await listen(stage, 1), await listen(stage, 2)];
  assert.notEqual(first, second);
  await dial(stage, second);
  await stage.role.received("streamAccepted", 1);
  await dial(stage, first);
  await stage.role.received("streamAccepted", 2);
  const accepted = stage.role.of("streamAccepted");
  assert.deepEqual(
    accepted.map(({ listener, stream }) => [listener, stream]),
    [
      [2, 2],
      [1, 4],
    ],
  );
});

test("A closed listener accepts nobody, and its streams stay.", async (t) => {
  const stage = await stageOf(t);
  const port = await listen(stage, 1);
  const socket = await dial(stage, port);
  await stage.role.received("streamAccepted");
  stage.host.command([{ type: "unlisten", listener: 1 }]);
  await assert.rejects(dial(stage, port));
  socket.write("still here");
  await stage.role.when(() => stage.role.bytesOf(2).toString() === "still here");
});

test("A listener that is closed before it is open is never heard of.", async (t) => {
  const stage = await stageOf(t);
  stage.host.command([
    { type: "listen", listener: 1, address: ADDRESS, port: 0, unread: false },
    { type: "unlisten", listener: 1 },
  ]);
  await listen(stage, 2);
  await delay(20);
  assert.deepEqual(
    stage.role.of("listening").map(({ listener }) => listener),
    [2],
  );
});

test("A port that is taken is reported.", async (t) => {
  const stage = await stageOf(t);
  const port = await listen(stage, 1);
  stage.host.command([{ type: "listen", listener: 2, address: ADDRESS, port, unread: false }]);
  await stage.role.received("listenFailed");
  assert.deepEqual(stage.role.of("listenFailed"), [{ type: "listenFailed", listener: 2 }]);
});

test("A stream of an unread listener is not read before it is relayed.", async (t) => {
  const stage = await stageOf(t);
  const [held, other] = [await listen(stage, 1, true), await listen(stage, 2)];
  const program = await dial(stage, held);
  await stage.role.received("streamAccepted", 1);
  const sink = await dial(stage, other);
  await stage.role.received("streamAccepted", 2);
  const received = readAll(sink);
  const megabytes = Buffer.alloc(32 * 1024 * 1024, 7);
  program.end(megabytes);
  await delay(50);
  assert.equal(stage.role.of("streamData").length, 0);
  assert.ok(program.writableLength > 0, "the system's buffers are full, and the program waits");
  stage.host.command(relay([2, 4]));
  sink.end();
  program.resume();
  assert.ok((await received).equals(megabytes));
});

/** Doubles each byte and ends with a mark, so that neither length nor end is the source's. */
const doubling = (): StreamPipe => ({
  push: (bytes) => {
    const doubled = Uint8Array.from({ length: 2 * bytes.length }, (_, at) => bytes[at >> 1] ?? 0);
    return [doubled.subarray(0, 7), doubled.subarray(7)].filter(({ length }) => length > 0);
  },
  end: () => [Uint8Array.of(255)],
});

/** Takes both steps of `doubling` back, whatever the pieces. */
const halving = (): StreamPipe => {
  let seen = 0;
  let held: number | undefined;
  return {
    push: (bytes) => {
      const out: number[] = [];
      for (const byte of bytes) {
        if (held === undefined) held = byte;
        else {
          out.push(held);
          held = undefined;
        }
      }
      seen += bytes.length;
      return out.length === 0 ? [] : [Uint8Array.from(out)];
    },
    end: () => {
      if (held === undefined) throw new WireError("truncated", "pipe", seen);
      return [];
    },
  };
};

test("Bytes through a pipe and back are what they were, and so is their end.", async () => {
  const piece = fc
    .tuple(fc.integer({ min: 1, max: 90_000 }), fc.nat(255))
    .map(([length, value]) => Buffer.alloc(length, value));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
      const stage = await stageOf();
      try {
        const { a, b, ids } = await pairOf(stage, await listen(stage, 1));
        stage.host.command(relay(ids, { pipes: { aToB: doubling(), bToA: halving() } }));
        const all = Buffer.concat(pieces);
        const piped = Buffer.concat([...doubling().push(all), ...doubling().end()]);
        const received = Promise.all([readAll(a), readAll(b)]);
        for (const bytes of pieces) a.write(bytes);
        a.end();
        b.end(piped);
        const [atA, atB] = await received;
        assert.ok(atB.equals(piped));
        assert.ok(atA.equals(all));
        await stage.role.received("streamClosed", 2);
        assert.ok(stage.role.of("streamClosed").every(({ clean }) => clean));
      } finally {
        await close(stage);
      }
    }),
    { numRuns: 15 },
  );
});

test("A pipe that refuses the end cuts both sides.", async (t) => {
  const stage = await stageOf(t);
  const { a, b, ids } = await pairOf(stage, await listen(stage, 1));
  stage.host.command(relay(ids, { pipes: { aToB: halving(), bToA: doubling() } }));
  const ends = Promise.all([readAll(a), readAll(b)]);
  a.end(Uint8Array.of(1, 1, 2, 2));
  await ends;
  await stage.role.received("streamClosed", 2);
  assert.ok(stage.role.of("streamClosed").every(({ clean }) => !clean));
});

test("Closing a stream that is relayed cuts the relay, and the role hears of both ends.", async (t) => {
  const stage = await stageOf(t);
  const { a, b, ids } = await pairOf(stage, await listen(stage, 1));
  stage.host.command(relay(ids));
  const ends = Promise.all([readAll(a), readAll(b)]);
  stage.host.command([{ type: "closeStream", stream: ids[0] ?? 0, abort: true }]);
  await ends;
  await stage.role.received("streamClosed", 2);
});

test("A bounded relay keeps to its rate, and an unbounded one is far faster.", async (t) => {
  const stage = await stageOf(t);
  const port = await listen(stage, 1);
  const bytesPerS = 2 * 1024 * 1024;
  const half = Buffer.alloc(bytesPerS / 2);
  const timeOf = async (bound: { readonly bytesPerS?: number }): Promise<number> => {
    const { a, b, ids } = await pairOf(stage, port);
    stage.host.command(relay(ids, bound));
    const startMs = performance.now();
    const received = readAll(b);
    a.end(half);
    a.resume();
    b.end();
    assert.equal((await received).length, half.length);
    return performance.now() - startMs;
  };
  const boundMs = await timeOf({ bytesPerS });
  assert.ok(boundMs > 300, `half a second's bytes took ${boundMs.toFixed(0)} ms`);
  assert.ok((await timeOf({})) < boundMs / 2);
});
