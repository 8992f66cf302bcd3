import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { createSilentLog } from "../../runtime/io/log.ts";
import { runTunnelDemo } from "../../runtime/processes/tunnel-demo.ts";
import { requireOrSkip } from "../require.ts";

const MEGABYTE = 1024 * 1024;

test("curl gets 100 MB through three relays, with the hash that they have at their server", async (t) => {
  if (!requireOrSkip(t, "curl")) return;
  const demo = await runTunnelDemo({ relays: 3, pageBytes: 100 * MEGABYTE }, createSilentLog());
  try {
    assert.deepEqual(
      { ...demo.report, openMs: 0 },
      { hops: 3, openMs: 0, bytes: 100 * MEGABYTE, sha256Ok: true },
    );
    const curl = spawn("curl", ["--silent", "--fail", demo.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const hash = createHash("sha256");
    curl.stdout.on("data", (chunk: Buffer) => hash.update(chunk));
    const [code] = (await once(curl, "close")) as [number];
    assert.equal(code, 0);
    assert.equal(hash.digest("hex"), demo.sha256);
  } finally {
    await demo.close();
  }
});

test("several programs at once each have a tunnel of their own, and the port is gone with the network", async () => {
  const demo = await runTunnelDemo({ relays: 1, pageBytes: MEGABYTE }, createSilentLog());
  const port = Number(new URL(demo.url).port);
  try {
    const pages = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const response = await fetch(demo.url);
        const bytes = new Uint8Array(await response.arrayBuffer());
        return createHash("sha256").update(bytes).digest("hex");
      }),
    );
    assert.ok(pages.every((sha256) => sha256 === demo.sha256));
  } finally {
    await demo.close();
  }
  const socket = connect({ host: "127.0.0.1", port });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
});
