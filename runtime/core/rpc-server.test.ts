import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { RPC_CODES, RpcError } from "./rpc-error.ts";
import type { RpcServer, RpcServerEffect } from "./rpc-server.ts";
import { bytesOf, drain, jsonOf, makeServer, NOT_ALLOWED } from "./testing/rpc-endpoints.ts";

/** What the server sends for a message, after running `echo` for each call. */
function answers(server: RpcServer, message: unknown): unknown[] {
  server.handle(bytesOf(message), 0);
  const effects = drain(server);
  for (const effect of effects) {
    if (effect.type === "call") server.complete(effect.call, { ok: true, result: effect.params });
  }
  return [...effects, ...drain(server)].flatMap((effect) =>
    effect.type === "send" ? [jsonOf(effect.bytes)] : [],
  );
}

function firstCall(effects: readonly RpcServerEffect[]): number {
  const call = effects.find((effect) => effect.type === "call");
  assert.ok(call?.type === "call");
  return call.call;
}

function errorWith(code: number, id: unknown = null): object {
  return { jsonrpc: "2.0", id, code };
}

/** Responses with their error reduced to its code, so that tests do not repeat texts. */
function codes(responses: readonly unknown[]): unknown[] {
  return responses.flat().map((response) => {
    const { error, ...rest } = response as { error?: { code: number } };
    return error === undefined ? rest : { ...rest, code: error.code };
  });
}

suite("a server", () => {
  test("runs a method and answers with its result", () => {
    const request = { jsonrpc: "2.0", id: "a", method: "echo", params: { x: [1] } };
    assert.deepEqual(answers(makeServer(), request), [
      { jsonrpc: "2.0", id: "a", result: { x: [1] } },
    ]);
  });

  test("answers the examples of the specification's errors by their codes", () => {
    const of = (message: unknown): unknown[] => codes(answers(makeServer(), message));
    assert.deepEqual(of('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]'), [
      errorWith(RPC_CODES.parseError),
    ]);
    assert.deepEqual(of({ jsonrpc: "2.0", method: 1, params: "bar" }), [
      errorWith(RPC_CODES.invalidRequest),
    ]);
    assert.deepEqual(of({ jsonrpc: "2.0", id: 1, method: "none" }), [
      errorWith(RPC_CODES.methodNotFound, 1),
    ]);
    assert.deepEqual(of([]), [errorWith(RPC_CODES.invalidRequest)]);
    assert.deepEqual(of([1, 2]), [
      errorWith(RPC_CODES.invalidRequest),
      errorWith(RPC_CODES.invalidRequest),
    ]);
    assert.deepEqual(of({ jsonrpc: "2.0", id: 1, method: "toString" }), [
      errorWith(RPC_CODES.methodNotFound, 1),
    ]);
  });

  test("names the parameter that is wrong by its pointer", () => {
    const [response] = answers(makeServer(), {
      jsonrpc: "2.0",
      id: 7,
      method: "number",
      params: { value: "x" },
    });
    assert.deepEqual(response, {
      jsonrpc: "2.0",
      id: 7,
      error: {
        code: RPC_CODES.invalidParams,
        message: "Invalid params: /value must be number",
        data: { problems: [{ pointer: "/value", message: "must be number" }] },
      },
    });
  });

  test("answers a batch in one array once all its calls have ended, and leaves out notifications", () => {
    const server = makeServer();
    const call = { jsonrpc: "2.0", method: "echo", params: {} };
    server.handle(bytesOf([{ ...call, id: 1 }, call, { ...call, id: 2 }]), 0);
    const calls = drain(server).map((effect) => (effect.type === "call" ? effect.call : 0));
    assert.equal(calls.length, 3);
    for (const [index, number] of calls.entries()) {
      assert.deepEqual(drain(server), []);
      server.complete(number, { ok: true, result: index });
    }
    const [sent] = drain(server);
    assert.ok(sent?.type === "send");
    assert.deepEqual(jsonOf(sent.bytes), [
      { jsonrpc: "2.0", id: 1, result: 0 },
      { jsonrpc: "2.0", id: 2, result: 2 },
    ]);
  });

  test("refuses a batch of more than 16 as a whole", () => {
    const batch = Array.from({ length: 17 }, (_, id) => ({ jsonrpc: "2.0", id, method: "echo" }));
    assert.deepEqual(codes(answers(makeServer(), batch)), [errorWith(RPC_CODES.invalidRequest)]);
  });

  test("never answers a notification, not even one that is wrong", () => {
    for (const method of ["hint", "none", "number"]) {
      assert.deepEqual(answers(makeServer(), { jsonrpc: "2.0", method }), []);
    }
  });

  test("passes on declared errors and hides all others", () => {
    const outcomes: readonly [unknown, object][] = [
      [
        new RpcError(NOT_ALLOWED, "No.", { why: 1 }),
        { code: NOT_ALLOWED, message: "No.", data: { why: 1 } },
      ],
      [new RpcError(-5, "secret"), { code: RPC_CODES.internalError, message: "Internal error" }],
      [new TypeError("secret"), { code: RPC_CODES.internalError, message: "Internal error" }],
    ];
    for (const [error, expected] of outcomes) {
      const server = makeServer();
      server.handle(bytesOf({ jsonrpc: "2.0", id: 1, method: "echo" }), 0);
      server.complete(firstCall(drain(server)), { ok: false, error });
      const effects = drain(server);
      const sent = effects.find((effect) => effect.type === "send");
      assert.ok(sent?.type === "send");
      assert.deepEqual(jsonOf(sent.bytes), { jsonrpc: "2.0", id: 1, error: expected });
      const fault = effects.find((effect) => effect.type === "fault");
      if (expected === outcomes[0]?.[1]) assert.equal(fault, undefined);
      else assert.deepEqual(fault, { type: "fault", method: "echo", problem: error });
    }
  });

  test("sends no result that breaks its own schema, is no JSON or is too large, and reports each as a fault", () => {
    const cases: readonly [string, unknown][] = [
      ["number", { value: "text" }],
      ["echo", 1n],
      ["echo", "x".repeat(70_000)],
    ];
    for (const [method, result] of cases) {
      const server = makeServer();
      server.handle(bytesOf({ jsonrpc: "2.0", id: 1, method, params: { value: 1 } }), 0);
      server.complete(firstCall(drain(server)), { ok: true, result });
      const effects = drain(server);
      assert.ok(effects.some((effect) => effect.type === "fault" && effect.method === method));
      const sent = effects.flatMap((effect) =>
        effect.type === "send" ? [jsonOf(effect.bytes)] : [],
      );
      assert.deepEqual(codes(sent), [errorWith(RPC_CODES.internalError, 1)]);
    }
  });

  test("sends a batch that is too large as errors that fit", () => {
    const server = makeServer();
    server.handle(bytesOf([1, 2].map((id) => ({ jsonrpc: "2.0", id, method: "echo" }))), 0);
    for (const effect of drain(server)) {
      if (effect.type === "call")
        server.complete(effect.call, { ok: true, result: "x".repeat(40_000) });
    }
    const sent = drain(server).flatMap((effect) =>
      effect.type === "send" ? [jsonOf(effect.bytes)] : [],
    );
    assert.deepEqual(codes(sent), [
      errorWith(RPC_CODES.internalError, 1),
      errorWith(RPC_CODES.internalError, 2),
    ]);
  });

  test("runs a bounded number of calls and drops a repeated id while its call runs", () => {
    const server = makeServer({ maxConcurrent: 2 });
    for (const id of [1, 1, "1", 2])
      server.handle(bytesOf({ jsonrpc: "2.0", id, method: "echo" }), 0);
    const effects = drain(server);
    assert.equal(effects.filter((effect) => effect.type === "call").length, 2);
    const sent = effects.flatMap((effect) =>
      effect.type === "send" ? [jsonOf(effect.bytes)] : [],
    );
    assert.deepEqual(codes(sent), [errorWith(RPC_CODES.busy, 2)]);
    assert.equal(server.counters.duplicates, 1);
    assert.equal(server.counters.busy, 1);
  });

  test("ends a call that takes too long, and counts the result that comes after", () => {
    const server = makeServer();
    server.handle(bytesOf({ jsonrpc: "2.0", id: 1, method: "echo" }), 500);
    const call = firstCall(drain(server));
    assert.equal(server.nextTimeoutMs, 1500);
    server.expire(1499);
    assert.deepEqual(drain(server), []);
    server.expire(1500);
    const sent = drain(server).flatMap((effect) =>
      effect.type === "send" ? [jsonOf(effect.bytes)] : [],
    );
    assert.deepEqual(codes(sent), [errorWith(RPC_CODES.timedOut, 1)]);
    server.complete(call, { ok: true, result: 1 });
    assert.deepEqual(drain(server), []);
    assert.equal(server.counters.late, 1);
  });

  test("forgets its calls when the connection ends", () => {
    const server = makeServer();
    server.handle(bytesOf({ jsonrpc: "2.0", id: 1, method: "echo" }), 0);
    server.close();
    assert.deepEqual(drain(server), []);
    assert.equal(server.nextTimeoutMs, undefined);
  });
});
