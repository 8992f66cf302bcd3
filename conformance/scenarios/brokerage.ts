import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { ConnectProblem, FailReason } from "../../generated/control/types.ts";
import type { Meeting } from "../../runtime/roles/client/client-events.ts";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { identityOf } from "../world/identities.ts";

/** Starts a connect and lets time pass until the hub has answered; gives the answer and after how long. */
function brokered(world: ControlNetwork): { readonly outcome: unknown; readonly afterMs: number } {
  const startMs = world.network.nowMs;
  const session = world.client.connect(ROUTER_MAC);
  world.network.runUntil(() => world.outcomeOf(session) !== undefined, 60_000);
  return { outcome: world.outcomeOf(session), afterMs: world.network.nowMs - startMs };
}

/** Whether nothing of a meeting is left anywhere. */
function assertNothingHeld(world: ControlNetwork): void {
  world.network.interference = {};
  world.network.run(60_000);
  assert.equal(world.placesTaken, 0, "places");
  for (const { host } of [world.hub, world.router, world.client, ...world.servers]) {
    assert.equal(host.streams, 0, `streams of ${host.endpoint.address}`);
    const meeting = host.timers.filter((timer) => !/^(enrolment|invitation)\//.test(timer));
    assert.deepEqual(meeting, [], `timers of ${host.endpoint.address}`);
  }
}

test("unknown, stale and of another account look the same", () => {
  const world = ControlNetwork.settled();
  const ask = (account: string, mac: number): unknown => {
    const requestId = 1000 + world.hub.events.length;
    const clientFingerprint = world.client.identity.fingerprint;
    world.hub.host.command({ type: "connect", requestId, account, mac, clientFingerprint });
    return world.outcomeOf(requestId);
  };
  const unknown = ask(ACCOUNT, 5);
  assert.deepEqual(unknown, { kind: "unknown" });
  assert.deepEqual(ask("eve", ROUTER_MAC), unknown);
  world.router.kill();
  world.network.run(70_000);
  assert.deepEqual(ask(ACCOUNT, ROUTER_MAC), unknown);
});

test("without a server the client is told to come again, and the router is let go", () => {
  const world = ControlNetwork.settled({ servers: 0 });
  const { outcome } = brokered(world);
  assert.deepEqual(outcome, { kind: "busy", retryAfterS: CONTROL_LIMITS.retryAfterS });
  assertNothingHeld(world);
});

test("when all places are taken the client is told to come again; a place that is freed is used", () => {
  const world = ControlNetwork.settled({ server: { places: 1 } });
  const session = world.connect();
  assert.ok(world.client.isConnected(session));
  const busy = { kind: "busy", retryAfterS: CONTROL_LIMITS.retryAfterS };
  assert.deepEqual(brokered(world).outcome, busy);
  world.client.close(session);
  world.network.run(1000);
  assert.ok(world.works(), "the hub hears of it before the next period");
  assertNothingHeld(world);
});

test("connections that follow each other closely do not use a server up", () => {
  const world = ControlNetwork.settled({ server: { places: 1 } });
  for (let round = 0; round < 10; round += 1) {
    assert.ok(world.works(), String(round));
    world.network.run(300);
  }
});

test("a server that says it is full is left for the next", () => {
  const world = ControlNetwork.settled({ servers: 2, server: { places: 1 } });
  const other = world.addClient("other client");
  const sessions = [world.client.connect(ROUTER_MAC), other.connect(ROUTER_MAC)];
  world.network.run(10_000);
  assert.ok(world.client.isConnected(sessions[0] ?? 0));
  assert.ok(other.isConnected(sessions[1] ?? 0));
  assert.deepEqual(
    world.servers.map(({ role }) => role.placesTaken),
    [1, 1],
  );
});

test("a server that fills up unknown to the hub refuses, and the next is tried", () => {
  const world = ControlNetwork.settled({ servers: 2, server: { places: 1 } });
  world.network.interference.datagram = (passing) => (passing.from.port >= 7500 ? [] : [passing]);
  const first = world.connect();
  world.hub.flush();
  world.hub.start();
  const second = world.connect();
  assert.ok(world.client.isConnected(first) && world.client.isConnected(second));
  assert.deepEqual(brokered(world).outcome, { kind: "busy", retryAfterS: 5 });
});

test("the least loaded server is chosen: by places, then by processor load", () => {
  const world = ControlNetwork.settled({ servers: 3 });
  const loads = [300, 100, 200];
  world.servers.forEach((server, index) => {
    const loadPermille = loads[index] ?? 0;
    server.start({ readings: () => ({ loadPermille, relayedBytes: 0 }) });
  });
  world.network.run(1000);
  for (let round = 0; round < 6; round += 1) world.connect();
  assert.deepEqual(
    world.servers.map(({ role }) => role.placesTaken),
    [2, 2, 2],
  );
  const chosen = world.hub.events.flatMap((event) =>
    event.type === "connectEnded" && event.outcome.kind === "connected"
      ? [event.outcome.server.port - 7500]
      : [],
  );
  assert.deepEqual(chosen, [1, 2, 0, 1, 2, 0]);
});

test("a server that is dead is left for the next, at once or after a while", () => {
  for (const isSilent of [false, true]) {
    const world = ControlNetwork.settled({ servers: 2 });
    for (const victim of world.servers) {
      const { port } = victim.host.endpoint;
      if (isSilent) world.network.interference.cut = (_, to) => to.port === port;
      else victim.kill();
      const startMs = world.network.nowMs;
      assert.ok(world.works());
      assert.ok(world.network.nowMs - startMs < 2 * CONTROL_LIMITS.reserveMs);
      world.network.interference = {};
      if (!isSilent) victim.start();
      world.network.run(30_000);
    }
    assertNothingHeld(world);
  }
});

test("whenever a server is lost, the next one is taken, or the client hears why not", () => {
  for (let atMs = 0; atMs < 30; atMs += 1) {
    for (const isSilent of [false, true]) {
      const world = ControlNetwork.settled({ servers: 2 });
      const session = world.client.connect(ROUTER_MAC);
      world.network.run(atMs);
      const chosen = world.servers.find(({ host }) => host.streams > 0) ?? world.servers[0];
      if (isSilent) {
        const port = chosen?.host.endpoint.port;
        world.network.interference.cut = (from, to) => from.port === port || to.port === port;
      } else {
        chosen?.kill();
      }
      world.network.run(CONTROL_LIMITS.verifyMs + 2 * CONTROL_LIMITS.dialMs);
      const outcome = world.outcomeOf(session);
      assert.ok(outcome?.kind === "connected" || outcome?.kind === "failed", String(atMs));
      const isLost = outcome.kind === "failed" && outcome.reason !== FailReason.notVerified;
      assert.ok(!isLost || outcome.reason === FailReason.serverLost, String(atMs));
    }
  }
});

test("three servers that do not answer are given up in time, and the router with them", () => {
  const world = ControlNetwork.settled({ servers: 4 });
  world.network.interference.cut = (from, to) =>
    from.address === "192.0.2.1" && to.address === "203.0.113.1";
  const { outcome, afterMs } = brokered(world);
  assert.deepEqual(outcome, { kind: "busy", retryAfterS: CONTROL_LIMITS.retryAfterS });
  assert.ok(afterMs < 3 * CONTROL_LIMITS.reserveMs + 1000);
  assertNothingHeld(world);
});

test("a router that never comes is said not to come, in time", () => {
  const world = ControlNetwork.settled();
  world.network.interference.cut = (from) => from.port === world.router.host.endpoint.port;
  const { outcome, afterMs } = brokered(world);
  assert.deepEqual(outcome, { kind: "failed", reason: FailReason.notComing });
  assert.ok(afterMs <= CONTROL_LIMITS.wantedMs + 1000);
  assertNothingHeld(world);
  assert.ok(world.works());
});

test("a lost invitation is pushed again", () => {
  const world = ControlNetwork.settled();
  let lost = 0;
  world.network.interference.datagram = (passing) => {
    if (passing.from.port !== 7400 || lost >= 3) return [passing];
    lost += 1;
    return [];
  };
  const { outcome, afterMs } = brokered(world);
  assert.equal((outcome as { kind: string }).kind, "connected");
  assert.ok(afterMs < 2000);
});

const isReserved = (world: ControlNetwork): boolean => world.placesTaken > 0;

test("a router that does not reach the server is reported in time and the place released", () => {
  const world = ControlNetwork.settled();
  world.network.interference.cut = (from, to) =>
    from.port === world.router.host.endpoint.port && to.port === 7500;
  const { outcome, afterMs } = brokered(world);
  assert.deepEqual(outcome, { kind: "failed", reason: FailReason.notVerified });
  assert.ok(afterMs <= CONTROL_LIMITS.verifyMs + 1000);
  world.network.run(100);
  assert.equal(world.placesTaken, 0, "at once");
  assertNothingHeld(world);
});

test("a server that dies after it has reserved the place is said to be lost", () => {
  const world = ControlNetwork.settled();
  const session = world.client.connect(ROUTER_MAC);
  assert.ok(world.network.runUntil(() => isReserved(world), 1000));
  world.network.run(2);
  world.servers[0]?.kill();
  world.network.run(10_000);
  assert.deepEqual(world.outcomeOf(session), { kind: "failed", reason: FailReason.serverLost });
  assert.equal(world.client.problemOf(session), ConnectProblem.hubRefused);
  world.servers[0]?.start();
  world.network.run(1000);
  assert.ok(world.works());
});

test("a server that dies at any moment is noticed by all", () => {
  for (let atMs = 0; atMs < 40; atMs += 3) {
    const world = ControlNetwork.settled();
    const session = world.client.connect(ROUTER_MAC);
    world.network.run(atMs);
    world.servers[0]?.kill();
    world.network.run(CONTROL_LIMITS.verifyMs);
    assert.ok(world.client.problemOf(session) !== undefined, String(atMs));
    world.servers[0]?.start();
    world.network.run(1000);
    assert.ok(world.works(), String(atMs));
    assertNothingHeld(world);
  }
});

test("the hub dies after it has reserved a place: the place is released", () => {
  const world = ControlNetwork.settled();
  world.client.connect(ROUTER_MAC);
  assert.ok(world.network.runUntil(() => isReserved(world), 1000));
  world.hub.kill();
  world.network.run(100);
  assert.equal(world.placesTaken, 0);
  world.hub.flush();
  world.network.run(CONTROL_LIMITS.askMs);
  world.hub.start();
  world.network.run(20_000);
  assert.ok(world.works());
});

test("the router dies while it is expected, at any moment", () => {
  const deaths: readonly ((world: ControlNetwork) => boolean)[] = [
    (world) => world.hub.host.streams > 0,
    (world) => world.hub.host.streams > 1,
    isReserved,
    (world) => world.hub.events.at(-1)?.type === "connectEnded",
    (world) => world.servers[0]?.events.at(-1)?.type === "relayStarted",
  ];
  for (const [index, isDue] of deaths.entries()) {
    const world = ControlNetwork.settled();
    const session = world.client.connect(ROUTER_MAC);
    assert.ok(
      world.network.runUntil(() => isDue(world), 1000),
      String(index),
    );
    world.router.kill();
    world.network.run(60_000);
    assert.ok(world.client.problemOf(session) !== undefined, String(index));
    assert.equal(world.placesTaken, 0);
    world.router.start();
    world.network.run(1000);
    assert.ok(world.works(), String(index));
  }
});

test("the client cancels at any moment and everything is let go", () => {
  for (let atMs = 0; atMs < 40; atMs += 1) {
    const world = ControlNetwork.settled();
    const session = world.client.connect(ROUTER_MAC);
    world.network.run(atMs);
    world.client.close(session);
    world.hub.host.command({ type: "cancel", requestId: session });
    world.network.run(1000);
    assert.equal(world.client.problemOf(session), ConnectProblem.none);
    world.network.run(CONTROL_LIMITS.placeMs);
    assert.equal(world.placesTaken, 0, String(atMs));
    if (atMs % 10 === 0) assertNothingHeld(world);
  }
});

test("a client that does not come is not waited for longer than stated", () => {
  const world = ControlNetwork.settled();
  const { outcome } = brokered(world);
  assert.equal((outcome as { kind: string }).kind, "connected");
  world.client.close(world.client.events.length);
  world.network.interference.cut = (from) => from.port === world.client.host.endpoint.port;
  world.network.run(CONTROL_LIMITS.placeMs - 2000);
  assert.equal(world.placesTaken, 1, "as long as the client was told");
  world.network.run(3000);
  assert.equal(world.placesTaken, 0);
  assertNothingHeld(world);
});

test("two clients control the router at the same time", () => {
  const world = ControlNetwork.settled();
  const other = world.addClient("other client");
  const [one, two] = [world.client.connect(ROUTER_MAC), other.connect(ROUTER_MAC)];
  world.network.run(1000);
  assert.equal(world.client.call(one, "system.uptime")?.ok, true);
  assert.equal(other.call(two, "system.uptime")?.ok, true);
  const clients = world.router.events.flatMap((event) =>
    event.type === "sessionOpen" ? [event.client] : [],
  );
  assert.deepEqual(clients, [world.client.identity.fingerprint, other.identity.fingerprint]);
  world.client.close(one);
  world.network.run(100);
  assert.equal(other.call(two, "system.uptime")?.ok, true);
});

test("more requests for one router than admitted are told to come again", () => {
  const world = ControlNetwork.settled({ limits: { brokeragesPerRouterMax: 2 } });
  world.network.interference.cut = () => true;
  const sessions = [1, 2, 3].map(() => world.client.connect(ROUTER_MAC));
  assert.deepEqual(world.outcomeOf(sessions[2] ?? 0), { kind: "busy", retryAfterS: 5 });
  assert.equal(world.outcomeOf(sessions[1] ?? 0), undefined);
  assert.equal(world.hub.count("limit"), 1);
});

test("a hub that stops tells waiting clients and takes no more", () => {
  for (const atMs of [0, 3, 9, 14]) {
    const world = ControlNetwork.settled();
    const session = world.client.connect(ROUTER_MAC);
    world.network.run(atMs);
    world.hub.host.command({ type: "stop" });
    const stopping = { kind: "failed", reason: FailReason.stopping };
    assert.deepEqual(world.outcomeOf(session), stopping);
    const late = world.client.connect(ROUTER_MAC);
    world.network.run(100);
    assert.deepEqual(world.outcomeOf(late), stopping);
    assert.equal(world.hub.host.streams, 0);
  }
});

test("a server that stops ends its meetings and takes no more", () => {
  const world = ControlNetwork.settled();
  const session = world.connect();
  world.servers[0]?.host.command({ type: "stop" });
  world.network.run(100);
  assert.equal(world.client.problemOf(session), ConnectProblem.connectionLost);
  assert.equal(world.placesTaken, 0);
  assert.equal(world.servers[0]?.host.streams, 0);
  assert.deepEqual(brokered(world).outcome, { kind: "busy", retryAfterS: 5 });
});

test("a router that stops ends its meetings and follows no invitation", () => {
  const world = ControlNetwork.settled();
  const session = world.connect();
  world.network.run(10);
  world.router.host.command({ type: "stop" });
  world.network.run(100);
  assert.equal(world.client.problemOf(session), ConnectProblem.connectionLost);
  assert.deepEqual(brokered(world).outcome, { kind: "failed", reason: FailReason.notComing });
  assert.deepEqual(
    world.router.host.timers.filter((timer) => !timer.startsWith("invitation/")),
    [],
  );
});

test("a client hears of it if its hub does not answer, or its server or place is not there", () => {
  const problemOf = (prepare: (world: ControlNetwork) => void): ConnectProblem | undefined => {
    const world = ControlNetwork.settled();
    prepare(world);
    const problem = world.client.problemOf(world.connect());
    assert.equal(world.router.events.filter(({ type }) => type === "sessionOpen").length, 0);
    return problem;
  };
  const alter =
    (changes: Partial<Meeting>) =>
    (world: ControlNetwork): void => {
      world.client.alter = (meeting) => ({ ...meeting, ...changes });
    };
  const { fingerprint } = identityOf("other hub");
  const nowhere = { address: "203.0.113.9", port: 9 };
  const silent = (world: ControlNetwork): void => {
    world.hub.kill();
  };
  assert.equal(problemOf(silent), ConnectProblem.hubSilent);
  const unreachable = ConnectProblem.serverUnreachable;
  assert.equal(problemOf(alter({ server: nowhere })), unreachable);
  assert.equal(problemOf(alter({ serverFingerprint: fingerprint })), unreachable, "another server");
  assert.equal(problemOf(alter({ ticket: new Uint8Array(32) })), unreachable, "no ticket");
  assert.equal(problemOf(alter({ sessionId: new Uint8Array(16) })), ConnectProblem.placeGone);
  const silentRouter = problemOf(alter({ routerFingerprint: fingerprint }));
  assert.equal(silentRouter, ConnectProblem.routerSilent, "another router");
});
