import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { createTestHub } from "./testing/test-hub.ts";

/** Opens a connection that says nothing. */
async function silent(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  await once(socket, "connect");
  return socket.resume();
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(`${url}healthz`, { headers: { connection: "close" } });
  await response.body?.cancel();
  return response.status;
}

test("silent connections beyond an address's bound are ended, and places that come free are given again", async () => {
  const { server } = await createTestHub({ connectionsPerAddressMax: 3 });
  const url = await server.listen({ address: "127.0.0.1", port: 0 });
  const port = Number(new URL(url).port);
  const held = [await silent(port), await silent(port), await silent(port)];
  try {
    const refused = await silent(port);
    if (!refused.closed) await once(refused, "close", { signal: AbortSignal.timeout(5000) });
    assert.ok(held.every((socket) => !socket.closed));
    await assert.rejects(statusOf(url));
    held[0]?.destroy();
    let status = 0;
    for (const endMs = performance.now() + 5000; status === 0 && performance.now() < endMs;) {
      status = await statusOf(url).catch(() => 0);
    }
    assert.equal(status, 200);
  } finally {
    for (const socket of held) socket.destroy();
    await server.close();
  }
});
