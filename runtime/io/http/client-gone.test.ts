import assert from "node:assert/strict";
import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { connect, Socket } from "node:net";
import { test } from "node:test";
import { pino } from "pino";
import { awaitedWork } from "./awaited-work.ts";
import { Problem } from "./problem.ts";
import type { TestHub } from "./testing/test-hub.ts";
import { createTestHub, registered } from "./testing/test-hub.ts";

const CONNECT = { clientFingerprint: "F".repeat(42) + "A" };
const MAC = "02:00:5e:10:00:01";

/** A hub on a port of its own, a session, and the log's lines. */
async function listening(): Promise<TestHub & { port: number; token: string; lines: string[] }> {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
  const hub = await createTestHub({ log });
  const url = await hub.server.listen({ address: "127.0.0.1", port: 0 });
  return { ...hub, port: Number(new URL(url).port), token: await registered(hub), lines };
}

/** Posts JSON on a connection of its own, which stays open. */
async function posted(port: number, path: string, token: string, body: object): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const text = JSON.stringify(body);
  socket.write(
    [
      `POST ${path} HTTP/1.1`,
      "host: 127.0.0.1",
      `authorization: Bearer ${token}`,
      "content-type: application/json",
      `content-length: ${String(text.length)}`,
      "",
      text,
    ].join("\r\n"),
  );
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 5000; !condition();) {
    assert.ok(performance.now() < endMs, "nothing happened within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a client that disconnects while it waits for a router ends its request in the hub at once", async () => {
  const { server, hub, port, token, lines } = await listening();
  try {
    hub.connectOutcome = "never";
    hub.callOutcome = "never";
    const connecting = await posted(port, `/?mac=${MAC}`, token, CONNECT);
    const calling = await posted(port, "/call", token, { mac: MAC });
    await until(() => hub.connects.length === 1 && hub.calls.length === 1);
    assert.deepEqual(
      [...hub.connects, ...hub.calls].map(({ signal }) => signal?.aborted),
      [false, false],
    );
    connecting.destroy();
    await until(() => hub.connects[0]?.signal?.aborted === true);
    assert.equal(hub.calls[0]?.signal?.aborted, false);
    calling.destroy();
    await until(() => hub.calls[0]?.signal?.aborted === true);
    await until(() => lines.filter((line) => line.includes('"status":499')).length === 2);
    assert.ok(!lines.some((line) => line.includes('"level":50')), lines.join(""));
  } finally {
    await server.close();
  }
});

test("requests that clients gave up are not counted among those under way", async () => {
  const { server, hub, port, token } = await listening();
  try {
    hub.connectOutcome = "never";
    for (let round = 1; round <= 12; round += 1) {
      const socket = await posted(port, `/?mac=${MAC}`, token, CONNECT);
      await until(() => hub.connects.length === round);
      socket.destroy();
      await until(() => hub.connects[round - 1]?.signal?.aborted === true);
    }
  } finally {
    await server.close();
  }
});

test("work that takes too long is told so, ends as busy, and does not keep the process", async () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  let told: AbortSignal | undefined;
  const work = awaitedWork(response, 20, (signal) => {
    told = signal;
    return new Promise(() => undefined);
  });
  await assert.rejects(work, (error) => error instanceof Problem && error.problem === "busy");
  assert.equal(told?.aborted, true);
  assert.equal(response.listenerCount("close"), 0);
  assert.equal(await awaitedWork(response, 1, () => "done"), "done");
  await assert.rejects(
    awaitedWork(response, 1, () => {
      throw new RangeError("broken");
    }),
    /broken/,
  );
  assert.equal(response.listenerCount("close"), 0);
});
