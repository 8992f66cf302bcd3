import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFits, session } from "./testing/hub-session.ts";
import { createTestHub } from "./testing/test-hub.ts";

test("requests that break a schema are told each member", async () => {
  const { server, authorization } = await session();
  const response = await server.app.inject({
    method: "POST",
    url: "/?mac=nonsense",
    headers: { authorization },
    payload: { clientFingerprint: "short", more: 1 },
  });
  assertFits("connect", response);
  const { errors } = response.json<{ errors: { in: string; pointer: string }[] }>();
  assert.deepEqual(errors.map((error) => `${error.in} ${error.pointer}`).sort(), [
    "body /clientFingerprint",
    "body /more",
    "query /mac",
  ]);
});

test("JSON with a prototype key, too deep or malformed is refused", async () => {
  const { server } = await createTestHub();
  const nested = "[".repeat(40) + "]".repeat(40);
  for (const payload of [
    '{"__proto__":{"login":"x"}}',
    '{"a":{"constructor":{}}}',
    nested,
    "{",
    '"\ud800"',
  ]) {
    const response = await server.app.inject({
      method: "POST",
      url: "/auth",
      headers: { "content-type": "application/json" },
      payload,
    });
    assert.equal(response.statusCode, 400, payload.slice(0, 40));
    assertFits("login", response);
  }
});

test("a body over 64 KiB and an unknown media type are refused", async () => {
  const { server } = await createTestHub();
  const large = await server.app.inject({
    method: "POST",
    url: "/auth",
    payload: { login: "x".repeat(70_000), password: "" },
  });
  assert.equal(large.statusCode, 413);
  assert.equal(large.headers["content-type"], "application/problem+json; charset=utf-8");
  const odd = await server.app.inject({
    method: "POST",
    url: "/auth",
    headers: { "content-type": "text/xml" },
    payload: "<a/>",
  });
  assert.equal(odd.statusCode, 415);
});
