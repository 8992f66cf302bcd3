import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import { fingerprintOf } from "./testing/fake-hub-port.ts";
import { MAC, PAGE, session } from "./testing/hub-session.ts";
import { createTestHub } from "./testing/test-hub.ts";

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
