import assert from "node:assert/strict";
import { test } from "node:test";
import type { LightMyRequestResponse as Response } from "fastify";
import { fingerprintText } from "../../core/identity-certificate.ts";
import { fingerprintOf } from "./testing/fake-hub-port.ts";
import { assertFits, session } from "./testing/hub-session.ts";

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
    `tagwire router --hub hub.example:7400 --hub-fingerprint ${fingerprintText(fingerprintOf(0xfe))} --claim ${code}`,
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
