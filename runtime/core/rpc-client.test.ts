import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { RPC_CODES, RpcError } from "./rpc-error.ts";
import { bytesOf, drain, ECHO, makeClient, outcomes } from "./testing/rpc-endpoints.ts";

suite("a client", () => {
  test("matches responses by its own ids only, and counts late and unknown ones", () => {
    const client = makeClient();
    const call = client.call(ECHO, 0);
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
    const call = client.call(ECHO, 100);
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
    const call = client.call({ ...ECHO, method: "number" }, 0);
    drain(client);
    client.handle(bytesOf({ jsonrpc: "2.0", id: call, result: { value: "x" } }));
    const outcome = outcomes(client).get(call);
    assert.ok(outcome?.ok === false);
    assert.match(outcome.error.message, /number: \/value must be number/);
    assert.equal(client.counters.malformed, 1);
  });

  test("holds a bounded number of calls and ends them all when the connection ends", () => {
    const client = makeClient({ maxPending: 2 });
    client.call(ECHO, 0);
    client.call(ECHO, 0);
    assert.throws(
      () => client.call(ECHO, 0),
      (error) => error instanceof RpcError && error.code === RPC_CODES.busy,
    );
    client.close();
    const ended = [...outcomes(client).values()].map((outcome) =>
      outcome.ok ? 0 : outcome.error.code,
    );
    assert.deepEqual(ended, [RPC_CODES.closed, RPC_CODES.closed]);
  });
});
