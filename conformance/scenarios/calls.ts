import assert from "node:assert/strict";
import { test } from "node:test";
import { RPC_CODES, RpcError } from "../../runtime/core/index.ts";
import type { RpcOutcome } from "../../runtime/core/index.ts";
import { ROUTER_METHODS, RouterErrors } from "../../generated/control/rpc/router.ts";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import { ControlNetwork } from "../world/control-network.ts";

function codeOf(outcome: RpcOutcome | undefined): number | undefined {
  return outcome === undefined || outcome.ok ? undefined : outcome.error.code;
}

/** A network with an open session. */
function connected(): { readonly world: ControlNetwork; readonly session: number } {
  const world = ControlNetwork.settled();
  const session = world.connect();
  world.network.run(100);
  return { world, session };
}

test("calls that run at the same time are answered each for itself, in any order", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const calls = [1, 2, 3, 4, 5].map((lines) => world.client.begin(session, "log.tail", { lines }));
  world.network.run(100);
  const arrived = world.router.calls.toReversed();
  assert.equal(arrived.length, 5);
  for (const { session: at, call, params } of arrived) {
    const lines = [`asked for ${String((params as { lines: number }).lines)}`];
    const handled = { ok: true, result: { lines } };
    world.router.host.command({ type: "callEnded", session: at, call, handled });
  }
  world.network.run(100);
  calls.forEach((call, index) => {
    const result = { lines: [`asked for ${String(index + 1)}`] };
    assert.deepEqual(world.client.outcomeOf(call), { ok: true, result });
  });
});

test("a call that is not answered ends after its time, and a late answer is nobody's", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const call = world.client.begin(session, "system.uptime", {}, 1000);
  world.network.run(990);
  assert.equal(world.client.outcomeOf(call), undefined);
  world.network.run(20);
  assert.equal(codeOf(world.client.outcomeOf(call)), RPC_CODES.timedOut);
  const [arrived] = world.router.calls;
  const handled = { ok: true, result: { uptimeS: 1 } };
  world.router.host.command({ ...arrived, type: "callEnded", handled });
  world.network.run(100);
  assert.equal(world.client.events.filter(({ type }) => type === "callEnded").length, 1);
  world.router.answers.set("system.uptime", { uptimeS: 2 });
  const next = world.client.call(session, "system.uptime");
  assert.deepEqual(next, { ok: true, result: { uptimeS: 2 } });
});

test("the router ends a call of which its handler never hears the end", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const { timeoutMs } = ROUTER_METHODS["system.uptime"];
  const calls = [0, 1, 2].map(() => {
    world.network.run(300);
    return world.client.begin(session, "system.uptime", {}, 10 * timeoutMs);
  });
  world.network.run(timeoutMs + 100);
  for (const call of calls) {
    assert.equal(codeOf(world.client.outcomeOf(call)), RPC_CODES.timedOut);
  }
  assert.deepEqual(
    world.router.host.timers.filter((timer) => timer.endsWith("/calls")),
    [],
  );
});

test("what is wrong with a call is answered by its code", () => {
  const { world, session } = connected();
  const code = (method: string, params?: unknown): number | undefined =>
    codeOf(world.client.call(session, method, params));
  assert.equal(code("system.nothing"), RPC_CODES.methodNotFound);
  assert.equal(code("constructor"), RPC_CODES.methodNotFound);
  assert.equal(code("log.tail", { lines: "many" }), RPC_CODES.invalidParams);
  assert.equal(code("log.tail", { lines: 5, more: true }), RPC_CODES.invalidParams);
  assert.equal(code("system.uptime", [1]), RPC_CODES.invalidParams);
  const polluted = JSON.parse('{"__proto__":{"lines":1}}') as unknown;
  assert.equal(code("log.tail", polluted), RPC_CODES.timedOut, "such JSON is not even read");
  const long = { lines: 1, text: "x".repeat(70_000) };
  assert.equal(code("log.tail", long), RPC_CODES.invalidParams);
  assert.equal(world.router.calls.length, 0);
  assert.equal(world.client.call(session, "system.uptime")?.ok, true, "the session goes on");
});

test("what a handler does wrong is an internal error to the client and a fault to the owner", () => {
  const { world, session } = connected();
  world.router.answers.set("system.uptime", { uptimeS: "long" });
  assert.equal(codeOf(world.client.call(session, "system.uptime")), RPC_CODES.internalError);
  world.router.answers.set("log.tail", { lines: Array<string>(200).fill("x".repeat(400)) });
  const tail = world.client.call(session, "log.tail", { lines: 200 });
  assert.equal(codeOf(tail), RPC_CODES.internalError, "a result that is too large");
  const faults = world.router.events.filter(({ type }) => type === "fault");
  assert.equal(faults.length, 2);
});

test("an error that the method declares reaches the client, any other does not", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const answer = (error: unknown): number | undefined => {
    const call = world.client.begin(session, "system.reboot");
    world.network.run(50);
    const { session: at, call: number } = world.router.calls.at(-1) ?? assert.fail();
    const handled = { ok: false, error };
    world.router.host.command({ type: "callEnded", session: at, call: number, handled });
    world.network.run(50);
    return codeOf(world.client.outcomeOf(call));
  };
  const { notAllowed } = RouterErrors;
  assert.equal(answer(new RpcError(notAllowed, "not here")), notAllowed);
  assert.equal(answer(new RpcError(-1, "secret")), RPC_CODES.internalError);
  assert.equal(answer(new Error("secret")), RPC_CODES.internalError);
});

test("more calls than admitted are refused at once", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const { rpcCallsMax } = SYSTEM_LIMITS;
  for (let call = 0; call < rpcCallsMax; call += 1) world.client.begin(session, "system.uptime");
  const over = world.client.begin(session, "system.uptime");
  assert.equal(codeOf(world.client.outcomeOf(over)), RPC_CODES.busy);
  world.network.run(100);
  assert.equal(world.router.calls.length, rpcCallsMax);
});

test("calls end with their session, and none begins after it", () => {
  const { world, session } = connected();
  world.router.answers.clear();
  const call = world.client.begin(session, "system.uptime");
  world.network.run(10);
  world.client.close(session);
  assert.equal(codeOf(world.client.outcomeOf(call)), RPC_CODES.closed);
  const late = world.client.begin(session, "system.uptime");
  assert.equal(codeOf(world.client.outcomeOf(late)), RPC_CODES.closed);
  const [arrived] = world.router.calls;
  world.network.run(100);
  const handled = { ok: true, result: { uptimeS: 1 } };
  world.router.host.command({ ...arrived, type: "callEnded", handled });
  world.network.run(60_000);
  const types = world.client.events.map(({ type }) => type);
  assert.equal(types.filter((type) => type === "ended").length, 1);
  assert.equal(types.filter((type) => type === "callEnded").length, 2);
});
