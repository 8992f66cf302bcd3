import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RPC_CODES, RpcError } from "../../../core/index.ts";
import type { Tube } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { collectTubes } from "./collect-tubes.ts";
import type { TubeLister } from "./collect-tubes.ts";

const tubeOf = (number: number): Tube => ({
  tunnel_id: String(number).padStart(22, "A"),
  local_id: String(number),
  request_user: "ada",
  endpoint_user: "bob",
  established: true,
  hops: [],
});

/** A main server with tunnels numbered from 1, which fails at a page. */
function listerOf(tubes: number, pageSize: number, failsAt = Infinity): TubeLister {
  let pages = 0;
  return {
    call: (_method, { after = 0, tunnel_id: only }, settled) => {
      pages += 1;
      if (pages >= failsAt) {
        settled({ ok: false, error: new RpcError(RPC_CODES.closed, "gone") });
        return;
      }
      const all = Array.from({ length: tubes }, (_, at) => tubeOf(at + 1));
      const rest = all.slice(after);
      const wanted = rest.filter(({ tunnel_id }) => only === undefined || tunnel_id === only);
      const page = wanted.slice(0, pageSize);
      const next = page.length < wanted.length ? after + page.length : null;
      settled({ ok: true, result: { tubes: page, next } });
    },
  };
}

test("all tunnels are collected, each once and in order, however few come at a time", () => {
  fc.assert(
    fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 50 }), (tubes, pageSize) => {
      const collected: (readonly Tube[] | undefined)[] = [];
      collectTubes(listerOf(tubes, pageSize), undefined, (found) => collected.push(found));
      const expected = Array.from({ length: tubes }, (_, at) => tubeOf(at + 1));
      assert.deepEqual(collected, [expected]);
    }),
  );
});

test("one tunnel is asked for by its id", () => {
  const collected: (readonly Tube[] | undefined)[] = [];
  collectTubes(listerOf(9, 2), tubeOf(7).tunnel_id, (found) => collected.push(found));
  assert.deepEqual(collected, [[tubeOf(7)]]);
});

test("half a list is no list", () => {
  const collected: (readonly Tube[] | undefined)[] = [];
  collectTubes(listerOf(9, 2, 3), undefined, (found) => collected.push(found));
  assert.deepEqual(collected, [undefined]);
});

test("a main server whose pages have no end is not asked for ever", () => {
  let pages = 0;
  const collected: (readonly Tube[] | undefined)[] = [];
  const lister: TubeLister = {
    call: (_method, _params, settled) => {
      pages += 1;
      settled({ ok: true, result: { tubes: [], next: pages } });
    },
  };
  collectTubes(lister, undefined, (found) => collected.push(found));
  assert.deepEqual(collected, [[]]);
  assert.ok(pages <= 1000);
});
