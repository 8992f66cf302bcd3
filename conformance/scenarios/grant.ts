import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GRANT_BYTES, encodeGrant } from "../../runtime/core/index.ts";
import type { Grant } from "../../runtime/core/index.ts";
import { ConnectProblem, FailReason } from "../../generated/control/types.ts";
import type { Meeting } from "../../runtime/roles/client/client-events.ts";
import { ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { identityOf } from "../world/identities.ts";
import { createSeededCrypto } from "../world/seeded-crypto.ts";

/** Whether the router serves a client whose meeting was altered so. */
function isServed(world: ControlNetwork, alter: (meeting: Meeting) => Meeting): boolean {
  world.client.alter = alter;
  const served = world.router.events.filter(({ type }) => type === "sessionOpen").length;
  const session = world.connect();
  const outcome = world.client.call(session, "system.uptime");
  world.network.run(1000);
  const isOpen = world.router.events.filter(({ type }) => type === "sessionOpen").length > served;
  assert.equal(outcome?.ok, isOpen);
  if (!isOpen) assert.ok(world.client.problemOf(session) !== undefined, "the client hears of it");
  world.client.close(session);
  world.network.run(1000);
  return isOpen;
}

/** A grant that is genuine, but not for what the meeting is. */
function regranted(world: ControlNetwork, changes: Partial<Grant>) {
  return (meeting: Meeting): Meeting => {
    const key = world.router.state.key;
    assert.ok(key !== undefined);
    const grant = encodeGrant(createSeededCrypto(9), key.key, {
      keyId: key.keyId,
      sessionId: meeting.sessionId,
      client: world.client.identity.fingerprint,
      lifetimeS: 60,
      ...changes,
    });
    return { ...meeting, grant };
  };
}

test("a router serves whom the grant names, in the meeting and the time that it names", () => {
  const world = ControlNetwork.settled();
  assert.ok(isServed(world, regranted(world, {})), "made as the hub makes it");
  const client = identityOf("other client").fingerprint;
  assert.ok(!isServed(world, regranted(world, { client })), "another client's");
  const sessionId = new Uint8Array(16).fill(3);
  assert.ok(!isServed(world, regranted(world, { sessionId })), "another meeting's");
  assert.ok(!isServed(world, regranted(world, { lifetimeS: 0 })), "expired");
  assert.ok(!isServed(world, regranted(world, { keyId: 5 })), "under an unknown key");
  assert.ok(isServed(world, (meeting) => meeting));
  assert.equal(world.router.calls.length, 2);
});

test("a grant is not good for longer than the hub told the router", () => {
  const world = ControlNetwork.settled({ limits: { grantLifeS: 0 } });
  assert.ok(!isServed(world, regranted(world, { lifetimeS: 4_000_000 })));
});

test("a grant with any bit changed, or of another length, is refused", () => {
  const world = ControlNetwork.settled();
  const at = fc.integer({ min: 0, max: GRANT_BYTES - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 0, max: 7 }), (byte, bit) => {
      const flip = (meeting: Meeting): Meeting => {
        const grant = meeting.grant.slice();
        grant[byte] = (grant[byte] ?? 0) ^ (1 << bit);
        return { ...meeting, grant };
      };
      assert.ok(!isServed(world, flip));
    }),
    { numRuns: 30 },
  );
  for (const bytes of [0, 1, GRANT_BYTES - 1, GRANT_BYTES + 1]) {
    assert.ok(!isServed(world, (meeting) => ({ ...meeting, grant: new Uint8Array(bytes) })));
  }
  assert.ok(isServed(world, (meeting) => meeting));
});

test("whoever has a client's tickets but not its identity is refused, and the client still comes in", () => {
  const world = ControlNetwork.settled();
  let stolen: Meeting | undefined;
  world.client.alter = (meeting) => {
    stolen = meeting;
    return { ...meeting, server: { address: "203.0.113.9", port: 9 } };
  };
  world.connect();
  const thief = world.addClient("other client");
  const twin = world.addClient("client");
  thief.alter = (meeting) => stolen ?? meeting;
  twin.alter = thief.alter;
  const theft = world.connect(thief);
  assert.equal(thief.problemOf(theft), ConnectProblem.placeGone);
  assert.equal(world.router.events.filter(({ type }) => type === "sessionOpen").length, 0);
  const session = world.connect(twin);
  assert.equal(twin.call(session, "system.uptime")?.ok, true);
});

test("whoever comes to the server as the router with another identity ends the meeting", () => {
  for (const staysAtHub of [false, true]) {
    const identity = { ...identityOf("router") };
    const world = ControlNetwork.settled({ router: { identity } });
    const session = world.client.connect(ROUTER_MAC);
    assert.ok(world.network.runUntil(() => world.placesTaken > 0, 1000));
    Object.assign(identity, identityOf("other router"));
    const { port } = world.router.host.endpoint;
    if (staysAtHub) {
      world.network.interference.cut = (from, to) => from.port === port && to.port === 7400;
    }
    world.network.run(100);
    const reason = FailReason.wrongIdentity;
    assert.deepEqual(world.outcomeOf(session), { kind: "failed", reason });
    assert.equal(world.placesTaken, 0, "the place is released");
    Object.assign(identity, identityOf("router"));
    world.network.interference = {};
    assert.ok(world.works());
  }
});

test("whoever comes to the hub as the router with another identity is refused", () => {
  const identity = { ...identityOf("router") };
  const world = ControlNetwork.settled({ router: { identity } });
  Object.assign(identity, identityOf("other router"));
  const session = world.connect();
  const reason = FailReason.notComing;
  assert.deepEqual(world.outcomeOf(session), { kind: "failed", reason });
  assert.ok(world.hub.count("visit-refused") > 0);
  assert.equal(world.router.role.counts.get("limit"), undefined);
});

test("a router goes to no other hub and no other server than those it was told", () => {
  const hub = { ...identityOf("hub") };
  const world = ControlNetwork.settled({ hub: { identity: hub } });
  const before = world.router.count("bad-authentication");
  Object.assign(hub, identityOf("other hub"));
  const reason = FailReason.notComing;
  const session = world.connect();
  assert.deepEqual(world.outcomeOf(session), { kind: "failed", reason });
  assert.ok(world.router.count("bad-authentication") > before);
  Object.assign(hub, identityOf("hub"));
  world.network.run(30_000);
  assert.ok(world.works());
});
