import assert from "node:assert/strict";
import { test } from "node:test";
import type { LightMyRequestResponse as Response } from "fastify";
import { encodeBase64Url, fingerprintText } from "../../core/index.ts";
import { DEVICES, fingerprintOf } from "./testing/fake-hub-port.ts";
import type { FakeHubPort } from "./testing/fake-hub-port.ts";
import { createTestHub, registered } from "./testing/test-hub.ts";

const MAC = "02:00:5e:10:00:01";
const KNOWN = fingerprintOf(1);
const RIVAL = fingerprintOf(0xab);
const PAGE = "text/html";

/** An account whose first router has a rival, and what posts a decision as that account. */
async function contested(): Promise<{
  readonly hub: FakeHubPort;
  readonly devices: (accept?: string) => Promise<Response>;
  readonly settle: (
    body: object | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
}> {
  const made = await createTestHub();
  const { hub, server } = made;
  const authorization = `Bearer ${await registered(made)}`;
  hub.owned.set(
    "ann",
    DEVICES.map((device, index) => (index === 0 ? { ...device, rival: RIVAL } : device)),
  );
  return {
    hub,
    devices: (accept = "application/json") =>
      server.app.inject({ url: "/", headers: { authorization, accept } }),
    settle: (payload, headers = {}) =>
      server.app.inject({
        method: "POST",
        url: "/devices/settle",
        headers: { authorization, ...headers },
        payload,
      }),
  };
}

test("the device list names the fingerprint of each router and of who else asks for its mac", async () => {
  const { devices } = await contested();
  const list = (await devices()).json<{ devices: Record<string, unknown>[] }>();
  assert.deepEqual(
    list.devices.map(({ fingerprint, rival }) => [fingerprint, rival]),
    [
      [encodeBase64Url(KNOWN), encodeBase64Url(RIVAL)],
      [encodeBase64Url(fingerprintOf(2)), undefined],
      [encodeBase64Url(fingerprintOf(3)), undefined],
    ],
  );
});

test("the page shows both fingerprints as people compare them, at the device that is asked about", async () => {
  const { devices } = await contested();
  const { body } = await devices(PAGE);
  assert.equal(body.split('action="/devices/settle"').length, 2);
  const notice = /Is this still Attic\?.*?<\/form>/s.exec(body)?.[0] ?? "";
  assert.ok(notice.includes(fingerprintText(KNOWN)));
  assert.ok(notice.includes(fingerprintText(RIVAL)));
  assert.ok(!body.includes(fingerprintText(fingerprintOf(2))));
});

for (const accept of [true, false]) {
  test(`a rival is ${accept ? "accepted" : "rejected"} by JSON, once`, async () => {
    const { hub, settle, devices } = await contested();
    const decision = { mac: "02005E100001", rival: encodeBase64Url(RIVAL), accept };
    const response = await settle(decision);
    assert.deepEqual([response.statusCode, response.body], [204, ""]);
    assert.deepEqual(hub.settled, [{ account: "ann", mac: 0x02005e100001, rival: RIVAL, accept }]);
    const [device] = (await devices()).json<{ devices: Record<string, unknown>[] }>().devices;
    assert.equal(device?.["rival"], undefined);
    assert.equal(device?.["fingerprint"], encodeBase64Url(accept ? RIVAL : KNOWN));
    const again = await settle(decision);
    assert.equal(again.statusCode, 404);
    assert.match(again.body, /tagwire:rivalNotFound/);
  });

  test(`a rival is ${accept ? "accepted" : "rejected"} by the page's form, which leads back to the devices`, async () => {
    const { hub, settle } = await contested();
    const form = new URLSearchParams({
      mac: MAC,
      rival: encodeBase64Url(RIVAL),
      accept: String(accept),
    });
    const type = "application/x-www-form-urlencoded";
    const response = await settle(form.toString(), { "content-type": type, accept: PAGE });
    assert.deepEqual([response.statusCode, response.headers.location], [303, "/"]);
    assert.equal(hub.settled[0]?.accept, accept);
  });
}

test("a rival that the owner has not seen is not settled, and the page says why", async () => {
  const { devices, settle } = await contested();
  const other = { mac: MAC, rival: encodeBase64Url(fingerprintOf(5)), accept: true };
  const page = await settle(other, { accept: PAGE });
  assert.equal(page.statusCode, 404);
  assert.match(page.body, /role="alert".*No such identity asks for this mac.*Is this still Attic/s);
  const [device] = (await devices()).json<{ devices: Record<string, unknown>[] }>().devices;
  assert.equal(device?.["rival"], encodeBase64Url(RIVAL));
});

test("a router that is unknown and one of another account get the same answer", async () => {
  const { hub, settle } = await contested();
  hub.owned.set("bob", [{ ...DEVICES[0], mac: 7, rival: RIVAL } as (typeof DEVICES)[number]]);
  const rival = encodeBase64Url(RIVAL);
  const [unknown, foreign] = [
    await settle({ mac: "00:00:00:00:00:08", rival, accept: true }),
    await settle({ mac: "00:00:00:00:00:07", rival, accept: true }),
  ];
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.body, foreign.body);
});

test("a decision without a fingerprint, a decision or a true mac is refused, and one by another site too", async () => {
  const { hub, settle } = await contested();
  const rival = encodeBase64Url(RIVAL);
  for (const body of [
    { mac: MAC, accept: true },
    { mac: MAC, rival },
    { mac: "x", rival, accept: true },
    { mac: MAC, rival: "short", accept: true },
    { mac: MAC, rival, accept: "true" },
  ]) {
    assert.equal((await settle(body)).statusCode, 400, JSON.stringify(body));
  }
  const foreign = { "sec-fetch-site": "cross-site" };
  assert.equal((await settle({ mac: MAC, rival, accept: true }, foreign)).statusCode, 403);
  assert.deepEqual(hub.settled, []);
});
