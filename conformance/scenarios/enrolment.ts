import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { TELEMETRY_TAG } from "../../generated/control/messages/telemetry.ts";
import {
  ENROL_CHALLENGE_TAG,
  ENROL_GRANT_TAG,
  ENROL_REQUEST_TAG,
} from "../../generated/control/messages/enrolment.ts";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import { identityOf } from "../world/identities.ts";
import type { Passing } from "../world/memory-network.ts";
import { CapturedDatagrams, tagOf } from "../world/captured-datagrams.ts";

/** After this long a lost report has been followed by another. */
const PERIOD_MS = CONTROL_LIMITS.telemetryPeriodMs;

const isEnrolled = (world: ControlNetwork): boolean =>
  world.router.events.some(({ type }) => type === "enrolled");

test("the hub's challenge is never larger than the telemetry that asks for it", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.settle();
  const [question] = captured.of(TELEMETRY_TAG);
  const challenges = captured.of(ENROL_CHALLENGE_TAG);
  assert.ok(question !== undefined && challenges.length > 0);
  for (const { bytes } of challenges) assert.ok(bytes.length <= question.bytes.length);
});

test("a short datagram is not answered by a longer one", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.network.run(2000);
  const [request] = captured.of(ENROL_REQUEST_TAG);
  assert.ok(request !== undefined);
  const stranger = world.network.host("198.51.100.66", 6);
  stranger.sendDatagram(HUB_ENDPOINT, request.bytes.subarray(0, 20));
  world.network.run(100);
  assert.ok(captured.all.every(({ to }) => to.address !== stranger.endpoint.address));
});

test("a cookie is worth nothing from another address, for another mac or with another nonce", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.settle();
  const request = captured.of(ENROL_REQUEST_TAG).find(({ from }) => from.port !== 7500);
  assert.ok(request !== undefined);
  const granted = captured.of(ENROL_GRANT_TAG).length;
  const { address } = request.from;
  const stranger = world.network.host(address, request.from.port + 5);
  stranger.sendDatagram(HUB_ENDPOINT, request.bytes);
  for (const at of [4 + 1 + 5, 4 + 1 + 6 + 7]) {
    const changed = request.bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    world.router.host.sendDatagram(HUB_ENDPOINT, changed);
  }
  const before = world.hub.count("challenged");
  world.network.run(100);
  assert.equal(captured.of(ENROL_GRANT_TAG).length, granted);
  assert.equal(world.hub.count("challenged"), before + 3, "each is challenged anew");
});

test("a cookie expires", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.settle();
  const request = captured.of(ENROL_REQUEST_TAG).find(({ from }) => from.port !== 7500);
  assert.ok(request !== undefined);
  world.network.run(100_000);
  const again = captured.of(ENROL_GRANT_TAG).length;
  world.router.host.sendDatagram(HUB_ENDPOINT, request.bytes);
  world.network.run(100);
  assert.equal(captured.of(ENROL_GRANT_TAG).length, again + 1, "good for 120 s at least");
  world.network.run(150_000);
  const late = captured.of(ENROL_GRANT_TAG).length;
  world.router.host.sendDatagram(HUB_ENDPOINT, request.bytes);
  world.network.run(100);
  assert.equal(captured.of(ENROL_GRANT_TAG).length, late);
});

test("a challenge that comes after the next question is answered, and those that follow are not", () => {
  const world = new ControlNetwork({ delayMs: 400 });
  const captured = new CapturedDatagrams(world.network);
  world.network.run(300_000);
  assert.ok(isEnrolled(world));
  const requests = new Set(captured.of(ENROL_REQUEST_TAG).map(({ bytes }) => bytes.join()));
  assert.equal(requests.size, 2, "one of the router, one of the server, both sent again");
});

test("a challenge to a question that was not asked is not answered", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.network.interference.datagram = (passing) => {
    if (tagOf(passing) !== ENROL_CHALLENGE_TAG) return [passing];
    const bytes = passing.bytes.slice();
    bytes[NONCE_LAST_BYTE] = 0xff;
    return [{ ...passing, bytes }];
  };
  world.network.run(60_000);
  assert.equal(captured.of(ENROL_REQUEST_TAG).length, 0);
  world.network.interference = {};
  world.network.run(300_000);
  assert.ok(isEnrolled(world));
});

/** The nonce follows the header of four bytes. */
const NONCE_LAST_BYTE = 11;

test("a retransmitted request gets the same grant", () => {
  const world = new ControlNetwork();
  const captured = new CapturedDatagrams(world.network);
  world.network.interference.datagram = (passing) =>
    tagOf(passing) === ENROL_REQUEST_TAG
      ? [passing, { ...passing, laterMs: 3 }, { ...passing, laterMs: 40 }]
      : [passing];
  world.network.run(5000);
  assert.ok(isEnrolled(world));
  const grants = captured
    .of(ENROL_GRANT_TAG)
    .filter(({ to }) => to.port === world.router.host.endpoint.port);
  assert.equal(grants.length, 3);
  for (const { bytes } of grants) assert.deepEqual(bytes, grants[0]?.bytes);
  assert.equal(world.router.count("bad-authentication"), 0);
});

test("the loss of any one datagram of the enrolment only delays it", () => {
  for (let lost = 0; lost < 8; lost += 1) {
    const world = new ControlNetwork();
    let passed = 0;
    world.network.interference.datagram = (passing) => {
      const isRouters = [passing.from.port, passing.to.port].includes(
        world.router.host.endpoint.port,
      );
      if (!isRouters) return [passing];
      passed += 1;
      return passed === lost + 1 ? [] : [passing];
    };
    world.settle();
    assert.ok(isEnrolled(world), `without datagram ${String(lost)}`);
    world.network.run(PERIOD_MS);
    assert.ok(world.works());
  }
});

test("under heavy loss, duplication and reordering a router enrols", () => {
  const fate = fc.constantFrom<"lose" | "double" | "delay" | "pass">(
    "lose",
    "lose",
    "double",
    "delay",
    "pass",
  );
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
      const world = new ControlNetwork();
      let passed = 0;
      world.network.interference.datagram = (passing) => {
        const now = fates[passed];
        passed += 1;
        if (now === "lose") return [];
        if (now === "double") return [passing, { ...passing, laterMs: 700 }];
        return [{ ...passing, laterMs: now === "delay" ? 1500 : 0 }];
      };
      assert.ok(world.network.runUntil(() => isEnrolled(world), 200_000));
      world.settle();
      world.network.run(2 * PERIOD_MS);
      assert.ok(world.works());
    }),
    { numRuns: 25 },
  );
});

test("another identity with the same mac is quarantined until the owner decides", () => {
  const world = ControlNetwork.settled();
  const rival = world.addRouter("other router", ROUTER_MAC);
  world.network.run(20_000);
  const hasKey = (): boolean => rival.state.key !== undefined;
  assert.ok(!hasKey());
  assert.ok(world.hub.count("quarantined") > 0);
  assert.ok(world.works(), "the router that was first is not disturbed");
  const [entry] = world.hub.role.routersOf(ACCOUNT);
  assert.deepEqual(entry?.rival, rival.identity.fingerprint);
  const settle = (account: string, accept: boolean): void => {
    const command = { type: "settleRival", requestId: 7, mac: ROUTER_MAC };
    world.hub.host.command({ ...command, account, accept });
  };
  settle("eve", true);
  assert.deepEqual(
    world.hub.events.findLast(({ type }) => type === "rivalSettled"),
    { type: "rivalSettled", requestId: 7, found: false },
    "nobody else decides",
  );
  settle(ACCOUNT, false);
  world.network.run(100_000);
  assert.ok(world.works(), "a refused rival changes nothing");
  settle(ACCOUNT, true);
  world.network.run(100_000);
  assert.ok(hasKey(), "the accepted rival enrols");
  const [now] = world.hub.role.routersOf(ACCOUNT);
  assert.deepEqual(now?.fingerprint, rival.identity.fingerprint);
  assert.equal(now.label, "lab");
  world.router.kill();
  world.network.run(100);
  const session = world.connect();
  assert.deepEqual(world.client.call(session, "system.uptime"), {
    ok: true,
    result: { uptimeS: 4711 },
  });
});

test("the rival that the owner sees is not replaced by another meanwhile", () => {
  const world = ControlNetwork.settled();
  const first = world.addRouter("other router", ROUTER_MAC);
  world.network.run(5000);
  first.kill();
  world.addRouter("other client", ROUTER_MAC);
  world.network.run(20_000);
  const [entry] = world.hub.role.routersOf(ACCOUNT);
  assert.deepEqual(entry?.rival, first.identity.fingerprint);
});

const SECRET = new Uint8Array(32).fill(7);
const serverEnrols = (options: ConstructorParameters<typeof ControlNetwork>[0]): boolean => {
  const world = new ControlNetwork(options);
  world.network.run(10_000);
  return world.servers[0]?.state.key !== undefined;
};

test("a server joins if it is listed or shows the join secret, and not otherwise", () => {
  const hub = { servers: [] };
  assert.ok(serverEnrols({}), "listed");
  assert.ok(!serverEnrols({ hub }), "not listed");
  assert.ok(!serverEnrols({ hub: { ...hub, joinSecret: SECRET } }), "without the secret");
  const wrong = { joinSecret: new Uint8Array(32).fill(8) };
  assert.ok(!serverEnrols({ hub: { ...hub, joinSecret: SECRET }, server: wrong }));
  assert.ok(!serverEnrols({ hub, server: { joinSecret: SECRET } }), "the hub has no secret");
  const right = { joinSecret: SECRET };
  assert.ok(serverEnrols({ hub: { ...hub, joinSecret: SECRET }, server: right }));
});

test("a join proof is good for its own request alone", () => {
  const hub = { servers: [], joinSecret: SECRET };
  const world = new ControlNetwork({ hub, server: { joinSecret: SECRET } });
  const flip = ({ from, to, bytes }: Passing): Passing => {
    const altered = bytes.slice();
    if (tagOf({ bytes }) === ENROL_REQUEST_TAG && from.port === 7500) {
      altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
    }
    return { from, to, bytes: altered };
  };
  world.network.interference.datagram = (passing) => [flip(passing)];
  world.network.run(10_000);
  assert.equal(world.servers[0]?.state.key, undefined);
  assert.ok(world.hub.count("server-not-admitted") > 0);
});

test("a router with another hub's fingerprint refuses this hub loudly and keeps nothing of it", () => {
  const hub = identityOf("other hub").fingerprint;
  const world = new ControlNetwork({ router: { state: { key: undefined, hub } } });
  world.network.run(30_000);
  assert.equal(world.router.state.key, undefined);
  assert.ok(world.router.count("hub-changed") > 0);
  const told = world.router.events.find(({ type }) => type === "hubChanged");
  assert.deepEqual(told, { type: "hubChanged", found: identityOf("hub").fingerprint });
  assert.ok(!world.router.events.some(({ type }) => type === "save"));
});

test("a hub that was restarted knows its routers and their keys", () => {
  const world = ControlNetwork.settled();
  world.hub.flush();
  world.hub.start();
  const session = world.connect();
  assert.ok(world.client.isConnected(session), "at once, before any telemetry");
  world.network.run(60_000);
  assert.ok(world.works());
  assert.equal(world.hub.count("challenged"), 0, "nobody had to enrol again");
});

test("a hub that lost its store is enrolled with anew", () => {
  const world = ControlNetwork.settled();
  world.hub.loseStore();
  world.hub.start();
  world.network.run(120_000);
  world.claim(world.router);
  world.network.run(10_000);
  assert.ok(world.works());
});

test("a router and a server that are restarted go on under their keys", () => {
  const world = ControlNetwork.settled();
  const key = world.router.state.key?.keyId;
  world.router.start();
  world.servers[0]?.start();
  world.network.run(1000);
  assert.ok(world.works());
  assert.equal(world.router.state.key?.keyId, key);
});

test("a router whose sequence numbers the hub takes for old ones enrols again within a few reports", () => {
  const world = ControlNetwork.settled();
  world.router.start({ starts: 2 });
  world.network.run(1000);
  world.router.start({ starts: 1 });
  world.network.run(1000);
  assert.ok(world.hub.count("replayed") > 0, "its reports are refused");
  const { telemetryPeriodMs, unansweredMax } = CONTROL_LIMITS;
  world.network.run(telemetryPeriodMs * (unansweredMax + 2));
  const answers = world.router.events.filter(({ type }) => type === "hubAnswers");
  assert.equal(answers[0]?.type === "hubAnswers" && answers[0].answers, false, "it says so");
  assert.ok(world.works());
});

test("a hub that was silent and answers again is said to", () => {
  const world = ControlNetwork.settled();
  world.network.interference.cut = (from) => from.port === world.router.host.endpoint.port;
  const { telemetryPeriodMs, unansweredMax } = CONTROL_LIMITS;
  world.network.run(telemetryPeriodMs * (unansweredMax + 2));
  world.network.interference = {};
  world.network.run(2 * telemetryPeriodMs);
  const said = world.router.events.flatMap((event) =>
    event.type === "hubAnswers" ? [event.answers] : [],
  );
  assert.deepEqual(said, [false, true]);
  assert.ok(world.works());
});

test("a key that cannot be saved is not used", () => {
  const world = new ControlNetwork();
  world.router.saves = false;
  world.hub.saves = true;
  world.network.run(30_000);
  assert.equal(world.router.state.key, undefined);
  const captured = new CapturedDatagrams(world.network);
  world.network.run(30_000);
  const keyIds = captured
    .of(TELEMETRY_TAG)
    .filter(({ from }) => from.port === world.router.host.endpoint.port)
    .map(({ bytes }) => new DataView(bytes.buffer).getUint32(5));
  assert.ok(keyIds.length > 0 && keyIds.every((keyId) => keyId === 0));
  world.router.saves = true;
  world.settle();
  assert.ok(world.works());
});

test("a hub that cannot save grants no key", () => {
  const world = new ControlNetwork();
  world.hub.saves = false;
  const captured = new CapturedDatagrams(world.network);
  world.network.run(30_000);
  assert.equal(captured.of(ENROL_GRANT_TAG).length, 0);
  world.hub.saves = true;
  world.network.run(60_000);
  world.settle();
  assert.ok(world.works());
});
