import assert from "node:assert/strict";
import { test } from "node:test";
import type { LightMyRequestResponse as Response } from "fastify";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import type { OperationName } from "./operation-handler.ts";
import { assertFits, PAGE } from "./testing/hub-session.ts";
import { createTestHub, PASSWORD, registered } from "./testing/test-hub.ts";

test("credentials are taken from the query, a JSON body and a form", async () => {
  const { server } = await createTestHub();
  const secret = encodeURIComponent(PASSWORD);
  const made = await server.app.inject({
    method: "POST",
    url: `/registation?login=Ann&password=${secret}`,
  });
  assertFits("register", made);
  assert.equal(made.statusCode, 201);
  assert.equal(made.json<{ login: string }>().login, "ann");
  for (const request of [
    { url: `/auth?login=ann&password=${secret}` },
    { url: "/auth", payload: { login: "ANN", password: PASSWORD } },
    {
      url: "/auth",
      payload: new URLSearchParams({ login: "ann", password: PASSWORD }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
  ]) {
    const response = await server.app.inject({ method: "POST", ...request });
    assert.equal(response.statusCode, 200, response.body);
    assertFits("login", response);
  }
});

test("a cookie that a login sets opens the account, and a logout ends it for every copy of the cookie", async () => {
  const hub = await createTestHub();
  await registered(hub);
  const { app } = hub.server;
  const login = await app.inject({
    method: "POST",
    url: "/auth",
    payload: { login: "ann", password: PASSWORD },
  });
  const [cookie] = login.cookies;
  assert.ok(cookie);
  assert.deepEqual(
    {
      name: cookie.name,
      httpOnly: cookie.httpOnly,
      sameSite: cookie.sameSite,
      path: cookie.path,
      secure: cookie.secure,
    },
    { name: "tagwire_session", httpOnly: true, sameSite: "Lax", path: "/", secure: undefined },
  );
  const cookies = { tagwire_session: cookie.value };
  assertFits("devices", await app.inject({ url: "/devices", cookies }));
  const out = await app.inject({ method: "POST", url: "/logout", cookies });
  assertFits("logout", out);
  assert.equal(out.statusCode, 204);
  assert.equal((await app.inject({ url: "/devices", cookies })).statusCode, 401);
});

test("over TLS the cookie is secure and bound to the host", async () => {
  const hub = await createTestHub({ behindTls: true });
  const response = await hub.server.app.inject({
    method: "POST",
    url: "/registration",
    payload: { login: "ann", password: PASSWORD },
  });
  assert.match(String(response.headers["set-cookie"]), /^__Host-tagwire_session=.*Secure/);
  assert.ok(response.headers["strict-transport-security"]);
});

test("a login ends the session that the request came with", async () => {
  const hub = await createTestHub();
  const planted = await registered(hub);
  const { app } = hub.server;
  const response = await app.inject({
    method: "POST",
    url: "/auth",
    cookies: { tagwire_session: planted },
    payload: { login: "ann", password: PASSWORD },
  });
  assert.notEqual(response.json<{ token: string }>().token, planted);
  assert.equal(
    (await app.inject({ url: "/", cookies: { tagwire_session: planted } })).statusCode,
    401,
  );
});

test("the store holds neither passwords nor tokens", async () => {
  const hub = await createTestHub();
  const token = await registered(hub);
  const kept = JSON.stringify([[...hub.store.accounts.values()], [...hub.store.sessions.values()]]);
  assert.ok(!kept.includes(token));
  assert.ok(!kept.includes(PASSWORD));
});

test("an unknown login and a wrong password get the same answer", async () => {
  const hub = await createTestHub();
  await registered(hub);
  const tries = await Promise.all(
    ["ann", "nobody"].map((login) =>
      hub.server.app.inject({
        method: "POST",
        url: "/auth",
        payload: { login, password: "not the password" },
      }),
    ),
  );
  assert.deepEqual(
    tries.map(({ statusCode }) => statusCode),
    [401, 401],
  );
  assert.equal(tries[0]?.body, tries[1]?.body);
  assertFits("login", tries[0]);
});

test("failed logins are answered 429 with Retry-After, also for the right password", async () => {
  const hub = await createTestHub();
  await registered(hub);
  const attempt = (password: string): Promise<Response> =>
    hub.server.app.inject({ method: "POST", url: "/auth", payload: { login: "ann", password } });
  for (let count = 0; count < 6; count += 1)
    assert.equal((await attempt("wrong password")).statusCode, 401);
  const blocked = await attempt(PASSWORD);
  assert.equal(blocked.statusCode, 429);
  assert.equal(blocked.headers["retry-after"], "1");
  assertFits("login", blocked);
});

test("everything that asks for a session says 401 to programs and sends browsers to the login", async () => {
  const { server } = await createTestHub();
  const guarded = Object.entries(HUB_HTTP).filter(([, { auth }]) => auth === "session");
  assert.ok(guarded.length >= 8);
  for (const [name, { method, path }] of guarded) {
    const program = await server.app.inject({ method, url: path });
    assert.equal(program.statusCode, 401, name);
    assertFits(name as OperationName, program);
    const browser = await server.app.inject({ method, url: path, headers: { accept: PAGE } });
    assert.deepEqual([browser.statusCode, browser.headers.location], [303, "/auth"], name);
  }
});

test("a hub at its bound of password digests answers 503", async () => {
  const { server } = await createTestHub({ account: { cost: { log2N: 12, r: 8, p: 1 } } });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      server.app.inject({
        method: "POST",
        url: "/auth",
        remoteAddress: `192.0.2.${String(index)}`,
        payload: { login: `login${String(index)}`, password: "not the password" },
      }),
    ),
  );
  const statuses = new Set(answers.map(({ statusCode }) => statusCode));
  assert.deepEqual([...statuses].sort(), [401, 503]);
  const busy = answers.find(({ statusCode }) => statusCode === 503);
  assert.equal(busy?.headers["retry-after"], "2");
});

test("a closed hub refuses registration", async () => {
  const { server } = await createTestHub({ account: { registration: false } });
  const response = await server.app.inject({
    method: "POST",
    url: "/registration",
    payload: { login: "ann", password: PASSWORD },
  });
  assert.equal(response.statusCode, 403);
  assertFits("register", response);
  const page = await server.app.inject({ url: "/registration", headers: { accept: PAGE } });
  assert.ok(!page.body.includes("<form"));
});

test("a taken login, a short password and an unfit login are refused", async () => {
  const hub = await createTestHub();
  await registered(hub);
  const register = async (login: string, password: string): Promise<number> => {
    const response = await hub.server.app.inject({
      method: "POST",
      url: "/registration",
      payload: { login, password },
    });
    assertFits("register", response);
    return response.statusCode;
  };
  assert.equal(await register("ANN", PASSWORD), 409);
  assert.equal(await register("bob", "short"), 400);
  assert.equal(await register("bob", "password123"), 400);
  assert.equal(await register("robert", "robert-2024!"), 400);
  assert.equal(await register("../bob", PASSWORD), 400);
});
