import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { LightMyRequestResponse as Response } from "fastify";
import { pino } from "pino";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import type { OperationName } from "./operation-handler.ts";
import { DEVICES, fingerprintOf } from "./testing/fake-hub-port.ts";
import type { TestHub } from "./testing/test-hub.ts";
import { createTestHub, PASSWORD, registered } from "./testing/test-hub.ts";

const FINGERPRINT = "F".repeat(42) + "A";
const MAC = "02:00:5e:10:00:01";
const PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

function assertFits(operation: OperationName, response: Response | undefined): void {
  assert.ok(response);
  const stated = HUB_HTTP[operation].responses.find(({ status }) => status === response.statusCode);
  assert.ok(stated, `${operation} states no ${String(response.statusCode)}: ${response.body}`);
  if (stated.schema === undefined) {
    assert.equal(response.body, "");
    return;
  }
  const ajv = new Ajv2020({ strict: true });
  const type = response.statusCode < 400 ? "application/json" : "application/problem+json";
  assert.equal(response.headers["content-type"], `${type}; charset=utf-8`);
  assert.ok(ajv.validate(stated.schema, response.json()), `${response.body}: ${ajv.errorsText()}`);
}

async function session(
  options?: Parameters<typeof createTestHub>[0],
): Promise<TestHub & { authorization: string }> {
  const hub = await createTestHub(options);
  return { ...hub, authorization: `Bearer ${await registered(hub)}` };
}

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

test("connect answers with everything that a client needs, binary values as base64url", async () => {
  const { server, hub, authorization } = await session();
  hub.connectOutcome = {
    kind: "connected",
    mac: 0x02005e100001,
    server: { address: "192.0.2.7", port: 7410, fingerprint: new Uint8Array(32).fill(1) },
    sessionId: new Uint8Array(16).fill(2),
    ticket: new Uint8Array(48).fill(0xfb),
    routerFingerprint: new Uint8Array(32).fill(4),
    grant: new Uint8Array(40).fill(5),
    expiresInS: 30,
  };
  const response = await server.app.inject({
    method: "POST",
    url: "/?mac=02-00-5E-10-00-01",
    headers: { authorization },
    payload: { clientFingerprint: FINGERPRINT },
  });
  assert.equal(response.statusCode, 200, response.body);
  assertFits("connect", response);
  const body = response.json<Record<string, unknown>>();
  assert.equal(body["routerMac"], MAC);
  assert.equal(body["ticket"], Buffer.alloc(48, 0xfb).toString("base64url"));
  assert.deepEqual(
    hub.connects.map(({ account, mac, clientFingerprint }) => [
      account,
      mac,
      Buffer.from(clientFingerprint).toString("base64url"),
    ]),
    [["ann", 0x02005e100001, FINGERPRINT]],
  );
});

test("a router that cannot be had is told by status, and an unknown one always in the same bytes", async () => {
  const { server, hub, authorization } = await session();
  const connect = (mac: string): Promise<Response> =>
    server.app.inject({
      method: "POST",
      url: `/?mac=${mac}`,
      headers: { authorization },
      payload: { clientFingerprint: FINGERPRINT },
    });
  const absent = [await connect(MAC), await connect("ffffffffffff")];
  for (const response of absent) assertFits("connect", response);
  assert.deepEqual(
    absent.map(({ statusCode }) => statusCode),
    [404, 404],
  );
  assert.equal(absent[0]?.body, absent[1]?.body);
  assert.deepEqual(
    Object.entries({ ...absent[0]?.headers, date: "" }),
    Object.entries({ ...absent[1]?.headers, date: "" }),
  );
  hub.connectOutcome = { kind: "busy", retryAfterS: 5 };
  const full = await connect(MAC);
  assertFits("connect", full);
  assert.deepEqual([full.statusCode, full.headers["retry-after"]], [503, "5"]);
  hub.connectOutcome = { kind: "failed", reason: "notComing" };
  const late = await connect(MAC);
  assertFits("connect", late);
  assert.deepEqual([late.statusCode, late.json<{ reason: string }>().reason], [504, "notComing"]);
});

test("a search through macs is slowed down, and a found router is not counted", async () => {
  const { server, hub, authorization } = await session();
  const call = (): Promise<Response> =>
    server.app.inject({
      method: "POST",
      url: "/call",
      headers: { authorization },
      payload: { mac: MAC },
    });
  hub.callOutcome = {
    kind: "answered",
    mac: 0x02005e100001,
    server: "s:1",
    connectMs: 3,
    answers: [{ method: "m", result: 1 }],
  };
  for (let count = 0; count < 30; count += 1) assert.equal((await call()).statusCode, 200);
  hub.callOutcome = { kind: "unknown" };
  for (let count = 0; count < 21; count += 1) assert.equal((await call()).statusCode, 404);
  const slowed = await call();
  assert.equal(slowed.statusCode, 429);
  assertFits("call", slowed);
});

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

test("a form that another site posts is refused; those of the hub's own pages and of programs are not", async () => {
  const { server, authorization } = await session();
  const logout = async (headers: Record<string, string>): Promise<number> =>
    (
      await server.app.inject({
        method: "POST",
        url: "/claims",
        headers: { authorization, host: "hub.example:7480", ...headers },
      })
    ).statusCode;
  assert.equal(await logout({ "sec-fetch-site": "cross-site" }), 403);
  assert.equal(await logout({ "sec-fetch-site": "same-site" }), 403);
  assert.equal(await logout({ origin: "http://evil.example" }), 403);
  assert.equal(await logout({ origin: "http://hub.example:7481" }), 403);
  assert.equal(await logout({ origin: "null" }), 403);
  assert.equal(await logout({ "sec-fetch-site": "same-origin" }), 201);
  assert.equal(await logout({ origin: "http://hub.example:7480" }), 201);
  assert.equal(await logout({}), 201);
});

test("GET changes nothing: no operation that changes something answers it", async () => {
  const { server, authorization } = await session();
  for (const url of ["/logout", "/call", "/claims/revoke"]) {
    const response = await server.app.inject({ url, headers: { authorization } });
    assert.equal(response.statusCode, 405, url);
    assert.equal(response.headers["allow"], "POST");
  }
  const missing = await server.app.inject({ url: "/none" });
  assert.equal(missing.statusCode, 404);
  assert.equal(missing.headers["content-type"], "application/problem+json; charset=utf-8");
});

test("a claim code is made, listed without the code, revoked once", async () => {
  const { server, authorization } = await session();
  const headers = { authorization, host: "hub.example:7480" };
  const made = await server.app.inject({
    method: "POST",
    url: "/claims",
    headers,
    payload: { label: "Attic", expiresInS: 3600 },
  });
  assert.equal(made.statusCode, 201);
  assertFits("createClaim", made);
  const { claim, code, command } = made.json<{
    claim: { id: string };
    code: string;
    command: string;
  }>();
  assert.equal(
    command,
    `tagwire router --hub hub.example:7400 --hub-fingerprint ${"H".repeat(42)}A --claim ${code}`,
  );
  const listed = await server.app.inject({ url: "/claims", headers });
  assertFits("claims", listed);
  assert.ok(!listed.body.includes(code));
  const revoke = (): Promise<Response> =>
    server.app.inject({ method: "DELETE", url: `/claims?id=${claim.id}`, headers });
  assert.equal((await revoke()).statusCode, 204);
  const again = await revoke();
  assert.equal(again.statusCode, 404);
  assertFits("revokeClaim", again);
});

test("a Host header that is not a name does not get into the command", async () => {
  const { server, authorization } = await session();
  const made = await server.app.inject({
    method: "POST",
    url: "/claims",
    headers: { authorization, host: "x;rm -rf $HOME" },
  });
  assert.match(made.json<{ command: string }>().command, /--hub hub:7400 /);
});

test("calling through the hub can be turned off", async () => {
  const { server, hub, authorization } = await session({ gateway: false });
  hub.owned.set("ann", DEVICES);
  const response = await server.app.inject({
    method: "POST",
    url: "/call",
    headers: { authorization },
    payload: { mac: MAC },
  });
  assert.equal(response.statusCode, 403);
  assertFits("call", response);
  assert.equal(hub.calls.length, 0);
  const page = await server.app.inject({ url: "/", headers: { authorization, accept: PAGE } });
  assert.ok(!page.body.includes('action="/call"'));
});

test("the device list as JSON has macs as text and leaves out what was not heard", async () => {
  const { server, hub, authorization } = await session();
  hub.owned.set("ann", DEVICES);
  for (const url of ["/", "/devices"]) {
    const response = await server.app.inject({ url, headers: { authorization } });
    assertFits("devices", response);
    const { devices } = response.json<{ devices: unknown[] }>();
    assert.deepEqual(devices[2], {
      mac: "02:00:5e:10:00:03",
      label: "Boat <summer & winter>",
      fingerprint: Buffer.alloc(32, 3).toString("base64url"),
      online: false,
      lastSeenS: 180_000,
      hostname: "boat",
    });
  }
});

test("pages escape what routers and people wrote, and allow no script", async () => {
  const { server, hub, authorization } = await session();
  const evil = `"><script>alert('1')</script>`;
  const fingerprint = fingerprintOf(1);
  hub.owned.set("ann", [
    { mac: 1, label: evil, fingerprint, rival: fingerprint, online: true, model: evil },
    { mac: 2, label: "", fingerprint, online: true, hostname: evil },
  ]);
  hub.callOutcome = {
    kind: "answered",
    mac: 1,
    server: evil,
    connectMs: 1,
    answers: [{ method: evil, result: { [evil]: evil, list: [evil] } }],
  };
  const page = await server.app.inject({
    method: "POST",
    url: "/call",
    headers: { authorization, accept: PAGE },
    payload: { mac: MAC },
  });
  assert.equal(page.statusCode, 200);
  assert.ok(!page.body.includes("<script"));
  const policy = String(page.headers["content-security-policy"]);
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+';/);
  assert.ok(!policy.includes("script-src"));
  const login = await server.app.inject({
    method: "POST",
    url: "/auth",
    headers: { accept: PAGE },
    payload: { login: evil, password: "" },
  });
  assert.equal(login.statusCode, 401);
  assert.ok(!login.body.includes("<script"));
});

test("nothing of a query or a body gets into the log", async () => {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
  const { server } = await createTestHub({ log });
  await server.app.inject({ method: "POST", url: "/auth?login=ann&password=hunter2hunter2" });
  await server.app.inject({ method: "POST", url: "/nowhere?password=hunter2hunter2" });
  await server.app.inject({ method: "POST", url: "/auth/%zz?password=hunter2hunter2" });
  assert.ok(lines.length >= 2);
  assert.ok(lines.some((line) => line.includes('"path":"/auth"')));
  assert.ok(!lines.join("").includes("hunter2"));
});

test("log lines name the route's pattern and carry nothing that a client wrote as a path", async () => {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
  const { server, hub, authorization } = await session({ log });
  hub.devices = () => {
    throw new Error("table 7 is on fire");
  };
  await server.app.inject({ url: "/devices?from=outside", headers: { authorization } });
  await server.app.inject({ url: "/from-outside/%1b%5b31m" });
  await server.app.inject({ method: "DELETE", url: "/devices/from-outside" });
  const paths = lines.map((line) => (JSON.parse(line) as { path: string }).path);
  assert.deepEqual(paths, ["/registration", "/devices", "/devices", "(none)", "(none)"]);
  assert.doesNotMatch(lines.join(""), /outside|%1b/);
});

test("an error inside the hub is logged and not told", async () => {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
  const { server, hub, authorization } = await session({ log });
  hub.devices = () => {
    throw new Error("table 7 is on fire");
  };
  const response = await server.app.inject({ url: "/devices", headers: { authorization } });
  assert.equal(response.statusCode, 500);
  assert.ok(!response.body.includes("fire"));
  assert.ok(lines.some((line) => line.includes("table 7 is on fire")));
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

test("the OpenAPI document names every operation once, with its bodies and problems", async () => {
  const { server } = await createTestHub();
  const document = (await server.app.inject({ url: "/documentation/json" })).json<{
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; security?: unknown; responses: object }>
    >;
  }>();
  assert.equal(document.openapi, "3.1.0");
  const stated = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  assert.deepEqual(
    stated.map(({ operationId }) => operationId).sort(),
    Object.keys(HUB_HTTP).sort(),
  );
  const connect = document.paths["/"]?.["post"];
  assert.ok(connect?.security);
  assert.deepEqual(Object.keys(connect.responses), [
    "200",
    "400",
    "401",
    "403",
    "404",
    "429",
    "503",
    "504",
  ]);
});

test("over a real port: keep-alive requests, and a problem document for bytes that are not HTTP", async () => {
  const { server } = await createTestHub();
  const url = await server.listen({ address: "127.0.0.1", port: 0 });
  try {
    const health = await fetch(new URL("/healthz", url));
    assert.equal(((await health.json()) as { status: string }).status, "ok");
    const { connect } = await import("node:net");
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
        socket.write("\x00\x01\x02\r\n\r\n"),
      );
      socket.setEncoding("utf8").on("data", (data) => (text += String(data)));
      socket.on("end", () => {
        resolve(text);
      });
      socket.on("error", reject);
    });
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
    const second = await createTestHub();
    await assert.rejects(
      second.server.listen({ address: "127.0.0.1", port: Number(new URL(url).port) }),
      /HTTP 127\.0\.0\.1:\d+: the port is taken/,
    );
    await second.server.close();
  } finally {
    await server.close();
  }
});
