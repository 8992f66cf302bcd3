import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { SchemaCheck } from "./json-schema.ts";
import { formatJson } from "./json-text.ts";
import { PendingCalls } from "./rpc-caller.ts";
import { RpcClient } from "./rpc-client.ts";
import { RPC_CODES, RpcError } from "./rpc-error.ts";
import { parseRpc } from "./rpc-message.ts";
import type { RpcOutcome } from "./rpc-message.ts";
import { compileRpcValidators } from "./rpc-methods.ts";
import type { RpcMethodInfo, RpcMethodTable } from "./rpc-methods.ts";
import { RpcServer } from "./rpc-server.ts";
import type { RpcServerEffect } from "./rpc-server.ts";

const NOT_ALLOWED = -32_001;

const METHOD: RpcMethodInfo = {
  doc: "A method.",
  params: {},
  result: {},
  errors: [NOT_ALLOWED],
  idempotent: true,
  timeoutMs: 1000,
  notification: false,
};

const METHODS: RpcMethodTable = {
  echo: METHOD,
  number: { ...METHOD, params: { must: "number" }, result: { must: "number" } },
  hint: { ...METHOD, result: undefined, notification: true },
};

/** A schema language of one keyword: `must: "number"` asks for a numeric member `value`. */
const VALIDATORS = compileRpcValidators(METHODS, {
  compile: (schema): SchemaCheck => {
    if (schema["must"] !== "number") return () => [];
    return (value) => {
      const { value: member } = (value ?? {}) as { value?: unknown };
      return typeof member === "number" ? [] : [{ pointer: "/value", message: "must be number" }];
    };
  },
});

function makeServer(options: { readonly maxConcurrent?: number } = {}): RpcServer {
  return new RpcServer({ methods: METHODS, validators: VALIDATORS, ...options });
}

function makeClient(options: { readonly maxPending?: number } = {}): RpcClient {
  return new RpcClient({ validators: VALIDATORS, ...options });
}

function drain<Effect>(from: { poll(): Effect | undefined }): Effect[] {
  const effects: Effect[] = [];
  for (let effect = from.poll(); effect !== undefined; effect = from.poll()) effects.push(effect);
  return effects;
}

function bytesOf(value: unknown): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : formatJson(value);
}

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

function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
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

/** Whether a value is a response that JSON-RPC 2.0 section 5 admits. */
function assertLegal(value: unknown): void {
  if (Array.isArray(value)) {
    assert.ok(value.length > 0, "a batch of no responses is not sent");
    value.forEach(assertLegal);
    return;
  }
  const response = value as Record<string, unknown>;
  assert.equal(response["jsonrpc"], "2.0");
  assert.ok("id" in response);
  assert.notEqual("result" in response, "error" in response);
  if (!("error" in response)) return;
  const { code, message } = response["error"] as { code: unknown; message: unknown };
  assert.ok(Number.isSafeInteger(code));
  assert.equal(typeof message, "string");
}

const requestLike = fc.record(
  {
    jsonrpc: fc.constantFrom("2.0", "1.0", 2),
    id: fc.oneof(fc.integer(), fc.string({ maxLength: 80 }), fc.constant(null), fc.object()),
    method: fc.oneof(
      fc.constantFrom("echo", "number", "hint", "toString", "__proto__"),
      fc.jsonValue(),
    ),
    params: fc.oneof(fc.record({ value: fc.oneof(fc.integer(), fc.string()) }), fc.jsonValue()),
    result: fc.jsonValue(),
    error: fc.oneof(fc.jsonValue(), fc.record({ code: fc.integer(), message: fc.string() })),
  },
  { requiredKeys: [] },
);
const messageLike = fc.oneof(requestLike, fc.array(requestLike, { maxLength: 20 }), fc.jsonValue());
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  messageLike.map((value) => bytesOf(JSON.stringify(value))),
);

suite("a server", () => {
  test("answers any bytes with legal responses or none, and never throws", () => {
    fc.assert(
      fc.property(
        fc.array(anyBytes, { maxLength: 8 }),
        fc.infiniteStream(fc.nat({ max: 3 })),
        (messages, choices) => {
          const server = makeServer({ maxConcurrent: 3 });
          let now = 0;
          for (const bytes of messages) {
            now += 400;
            server.expire(now);
            server.handle(bytes, now);
            for (const effect of drain(server)) {
              if (effect.type === "send") assertLegal(jsonOf(effect.bytes));
              if (effect.type !== "call") continue;
              const choice = Number(choices.next().value);
              if (choice === 0) server.complete(effect.call, { ok: true, result: effect.params });
              if (choice === 1)
                server.complete(effect.call, { ok: false, error: new Error("inside") });
              if (choice === 2) server.complete(effect.call, { ok: true, result: 1n });
            }
          }
          server.expire(now + 2000);
          for (const effect of drain(server))
            if (effect.type === "send") assertLegal(jsonOf(effect.bytes));
          assert.equal(server.nextTimeoutMs, undefined);
        },
      ),
    );
  });

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

suite("a client", () => {
  /** The outcomes that a client reports, by call. */
  function outcomes(client: RpcClient): Map<number, RpcOutcome> {
    const settled = drain(client).flatMap((effect) => (effect.type === "settled" ? [effect] : []));
    return new Map(settled.map(({ call, outcome }) => [call, outcome]));
  }

  const echo = { method: "echo", params: {}, timeoutMs: 1000 };

  test("takes any bytes without throwing, and settles nothing that it did not ask", () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 5 }), (messages) => {
        const client = makeClient();
        for (const bytes of messages) client.handle(bytes);
        assert.deepEqual(drain(client), []);
      }),
    );
  });

  /** Names that are refused in JSON from outside, at any depth. */
  const refusedNames = /"(__proto__|constructor|prototype)":/;
  const acceptableJson = fc
    .jsonValue()
    .filter((value) => !refusedNames.test(JSON.stringify(value)));

  test("and a server carry any params there and any result back, in any order", () => {
    const calls = fc.array(
      fc.record({
        params: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), acceptableJson),
        order: fc.nat(),
      }),
      { maxLength: 16 },
    );
    fc.assert(
      fc.property(calls, (wanted) => {
        const client = makeClient();
        const server = makeServer();
        const expected = new Map<number, unknown>();
        for (const { params } of wanted) {
          const plain: unknown = JSON.parse(JSON.stringify(params));
          expected.set(client.call({ ...echo, params: plain }, 0), plain);
        }
        for (const effect of drain(client))
          if (effect.type === "send") server.handle(effect.bytes, 0);
        const running = drain(server).flatMap((effect) => (effect.type === "call" ? [effect] : []));
        running.sort((a, b) => (wanted[a.call - 1]?.order ?? 0) - (wanted[b.call - 1]?.order ?? 0));
        for (const { call, params } of running) server.complete(call, { ok: true, result: params });
        for (const effect of drain(server)) if (effect.type === "send") client.handle(effect.bytes);
        const results = [...outcomes(client)].map(([call, outcome]) => [
          call,
          outcome.ok ? outcome.result : undefined,
        ]);
        assert.deepEqual(new Map(results as [number, unknown][]), expected);
      }),
    );
  });

  test("matches responses by its own ids only, and counts late and unknown ones", () => {
    const client = makeClient();
    const call = client.call(echo, 0);
    drain(client);
    const response = { jsonrpc: "2.0", id: call, result: 1 };
    for (const id of [String(call), call + 1, null, 0, call + 0.5])
      client.handle(bytesOf({ ...response, id }));
    assert.deepEqual(drain(client), []);
    assert.equal(client.counters.unknown, 5);
    client.handle(bytesOf(response));
    assert.deepEqual(outcomes(client), new Map([[call, { ok: true, result: 1 }]]));
    client.handle(bytesOf(response));
    assert.deepEqual(drain(client), []);
    assert.equal(client.counters.late, 1);
  });

  test("ends a call without an answer at its time, and not before", () => {
    const client = makeClient();
    const call = client.call(echo, 100);
    drain(client);
    assert.equal(client.nextTimeoutMs, 1100);
    client.expire(1099);
    assert.deepEqual(drain(client), []);
    client.expire(1100);
    const outcome = outcomes(client).get(call);
    assert.ok(outcome?.ok === false);
    assert.equal(outcome.error.code, RPC_CODES.timedOut);
    assert.equal(client.nextTimeoutMs, undefined);
  });

  test("refuses a result that breaks the spec, as a fault of the peer", () => {
    const client = makeClient();
    const call = client.call({ ...echo, method: "number" }, 0);
    drain(client);
    client.handle(bytesOf({ jsonrpc: "2.0", id: call, result: { value: "x" } }));
    const outcome = outcomes(client).get(call);
    assert.ok(outcome?.ok === false);
    assert.match(outcome.error.message, /number: \/value must be number/);
    assert.equal(client.counters.malformed, 1);
  });

  test("holds a bounded number of calls and ends them all when the connection ends", () => {
    const client = makeClient({ maxPending: 2 });
    client.call(echo, 0);
    client.call(echo, 0);
    assert.throws(
      () => client.call(echo, 0),
      (error) => error instanceof RpcError && error.code === RPC_CODES.busy,
    );
    client.close();
    const ended = [...outcomes(client).values()].map((outcome) =>
      outcome.ok ? 0 : outcome.error.code,
    );
    assert.deepEqual(ended, [RPC_CODES.closed, RPC_CODES.closed]);
  });
});

test("a message is written as JSON-RPC 2.0 has it, byte for byte", () => {
  const client = makeClient();
  client.call({ method: "echo", params: { a: 1 }, timeoutMs: 1 }, 0);
  client.notify("hint", []);
  const texts = drain(client).map((effect) =>
    effect.type === "send" ? new TextDecoder().decode(effect.bytes) : "",
  );
  assert.deepEqual(texts, [
    '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}}',
    '{"jsonrpc":"2.0","method":"hint","params":[]}',
  ]);
});

test("an error response that a peer makes up is read with its code, message and data", () => {
  const { items } = parseRpc(
    bytesOf({ jsonrpc: "2.0", id: 4, error: { code: 5, message: "m", data: [1] } }),
    { maxBytes: 100 },
  );
  assert.deepEqual(items, [
    { kind: "response", id: 4, outcome: { ok: false, error: new RpcError(5, "m", [1]) } },
  ]);
});

test("pending calls become promises that settle as the endpoint says, even before the start returns", async () => {
  const early: RpcOutcome[] = [];
  const calls: PendingCalls = new PendingCalls({
    call: (_method, params) => {
      const { call } = params as { call: number };
      for (const outcome of early) calls.settle(call, outcome);
      return call;
    },
    notify: () => undefined,
  });
  const late = calls.call("echo", { call: 1 }, 1);
  const failing = calls.call("echo", { call: 2 }, 1);
  calls.settle(9, { ok: true, result: 0 });
  calls.settle(2, { ok: false, error: new RpcError(1, "no") });
  calls.settle(1, { ok: true, result: "late" });
  assert.equal(await late, "late");
  await assert.rejects(failing, RpcError);
  early.push({ ok: true, result: "early" });
  assert.equal(await calls.call("echo", { call: 3 }, 1), "early");
});
