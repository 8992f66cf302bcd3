import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PendingCalls } from "./rpc-caller.ts";
import { RpcError } from "./rpc-error.ts";
import { parseRpc } from "./rpc-message.ts";
import type { RpcOutcome } from "./rpc-message.ts";
import {
  bytesOf,
  drain,
  ECHO,
  jsonOf,
  makeClient,
  makeServer,
  outcomes,
} from "./testing/rpc-endpoints.ts";

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

test("a server answers any bytes with legal responses or none, and never throws", () => {
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

test("a client takes any bytes without throwing, and settles nothing that it did not ask", () => {
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
const acceptableJson = fc.jsonValue().filter((value) => !refusedNames.test(JSON.stringify(value)));

test("a client and a server carry any params there and any result back, in any order", () => {
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
        expected.set(client.call({ ...ECHO, params: plain }, 0), plain);
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
