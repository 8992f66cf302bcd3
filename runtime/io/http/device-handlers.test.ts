import assert from "node:assert/strict";
import { test } from "node:test";
import type { LightMyRequestResponse as Response } from "fastify";
import { DEVICES } from "./testing/fake-hub-port.ts";
import { assertFits, FINGERPRINT, MAC, PAGE, session } from "./testing/hub-session.ts";

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
