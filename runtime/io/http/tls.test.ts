import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { requireOrSkip } from "../../../conformance/require.ts";
import { createTestHub, PASSWORD } from "./testing/test-hub.ts";

test("over TLS of its own the hub's cookies are secure and its URL is https", async (t) => {
  if (!requireOrSkip(t, "openssl")) return;
  const { server } = await createTestHub({ tls: selfSigned() });
  const url = await server.listen({ address: "127.0.0.1", port: 0 });
  try {
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+\/$/);
    const headers = await register(new URL("/registration", url));
    assert.match(String(headers["set-cookie"]), /^__Host-tagwire_session=[^;]+;.*Secure/);
    assert.ok(headers["strict-transport-security"]);
  } finally {
    await server.close();
  }
});

function selfSigned(): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  try {
    const shape = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    const made = spawnSync("openssl", [
      "req",
      "-x509",
      ...shape,
      "-subj",
      "/CN=hub",
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function register(url: URL): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      rejectUnauthorized: false,
      headers: { "content-type": "application/json" },
    };
    const sent = request(url, options, (response) => {
      response.resume();
      assert.equal(response.statusCode, 201);
      resolve(response.headers);
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ login: "ann", password: PASSWORD }));
  });
}
