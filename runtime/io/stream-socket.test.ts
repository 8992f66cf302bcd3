import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { StreamSocket } from "./stream-socket.ts";

interface Dialed {
  readonly stream: StreamSocket;
  /** The other end, which nobody reads. */
  readonly peer: Socket;
  /** Whether the end was clean, once the socket is gone. */
  readonly closed: Promise<boolean>;
}

async function dial(t: TestContext): Promise<Dialed> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const opened = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<boolean>();
  const shared = new Uint8Array(1024);
  const stream = StreamSocket.dial({ address: "127.0.0.1", port }, 1000, {
    reader: { nextBuffer: () => shared, take: () => true },
    listener: {
      onOpened: () => {
        opened.resolve(undefined);
      },
      onEnded: () => undefined,
      onClosed: closed.resolve,
    },
    keepAliveMs: 1000,
  });
  const [peer] = await accepted;
  await opened.promise;
  peer.on("error", () => undefined);
  t.after(() => {
    peer.destroy();
    server.close();
  });
  return { stream, peer, closed: closed.promise };
}

test("A socket whose end waits behind bytes that nobody reads is cut, and the peer sees a reset.", async (t) => {
  const { stream, peer, closed } = await dial(t);
  stream.write(new Uint8Array(64 * 1024 * 1024));
  stream.end();
  await delay(20);
  stream.abort();
  const isClean = await Promise.race([closed, delay(2000, "still there", { ref: false })]);
  assert.equal(isClean, false);
  const ended = Promise.race([
    once(peer, "end").then(() => "end"),
    once(peer, "close").then(() => "cut"),
  ]).catch(() => "cut");
  peer.resume();
  assert.equal(await ended, "cut");
});

for (const [when, wait] of Object.entries({
  "at once": () => Promise.resolve(),
  "a moment later": () =>
    new Promise((resolve) => {
      process.nextTick(resolve);
    }),
  "a turn later": () => new Promise(setImmediate),
})) {
  test(`A socket that is cut ${when} after its end is gone.`, async (t) => {
    const { stream, closed } = await dial(t);
    stream.end();
    await wait();
    stream.abort();
    assert.notEqual(
      await Promise.race([closed, delay(2000, "still there", { ref: false })]),
      "still there",
    );
  });
}

test("An end follows all bytes that were written before it, and nothing follows the end.", async (t) => {
  const { stream, peer } = await dial(t);
  const bytes = new Uint8Array(16 * 1024 * 1024).fill(7);
  stream.write(bytes);
  stream.end();
  stream.write(Uint8Array.of(1));
  let received = 0;
  peer.on("data", (chunk: Buffer) => {
    assert.ok(chunk.every((byte) => byte === 7));
    received += chunk.length;
  });
  const ended = once(peer, "end");
  peer.resume();
  await ended;
  assert.equal(received, bytes.length);
});
