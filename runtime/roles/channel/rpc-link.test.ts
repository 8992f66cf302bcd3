import assert from "node:assert/strict";
import { test } from "node:test";
import { FRONT_METHODS } from "../../../generated/tunnel/rpc/front.ts";
import type { FrontMethods } from "../../../generated/tunnel/rpc/front.ts";
import { AjvSchemaCompiler } from "../../io/schema-compiler.ts";
import { RpcLink } from "./rpc-link.ts";
import type { LinkHandlers } from "./rpc-link.ts";
import { compileTunnelValidators } from "../tunnel/tunnel-validators.ts";

type None = Record<string, never>;

const VALIDATORS = compileTunnelValidators(new AjvSchemaCompiler());
const CALLS_MAX = 4;
const TUNNEL = "A".repeat(22);
const CLOCK = {
  nowMs: 0,
  arm: () => undefined,
  cancel: () => undefined,
  count: () => undefined,
};

/** A node's link and a front's, joined; `closed` counts the notifications that the front was given. */
function joined(): { readonly node: RpcLink<None, FrontMethods>; readonly closed: () => number } {
  let closed = 0;
  const handlers: LinkHandlers<FrontMethods> = {
    OpenPort: (_params, answer) => {
      answer.answer({ port: 1 });
    },
    BindTube: (_params, answer) => {
      answer.answer({});
    },
    TubeClosed: () => {
      closed += 1;
    },
  };
  const common = { clock: CLOCK, validators: VALIDATORS, callsMax: CALLS_MAX };
  const node: RpcLink<None, FrontMethods> = new RpcLink<None, FrontMethods>({
    ...common,
    scope: "node",
    ours: {},
    theirs: FRONT_METHODS,
    handlers: {},
    send: (json) => {
      front.handle(json);
    },
  });
  const front: RpcLink<FrontMethods, None> = new RpcLink<FrontMethods, None>({
    ...common,
    scope: "front",
    ours: FRONT_METHODS,
    theirs: {},
    handlers,
    send: (json) => {
      node.handle(json);
    },
  });
  return { node, closed: () => closed };
}

test("notifications do not count as calls that run, however many come", () => {
  const { closed, node } = joined();
  for (let left = 50 * CALLS_MAX; left > 0; left -= 1) {
    node.notify("TubeClosed", { tunnel_id: TUNNEL });
  }
  assert.equal(closed(), 50 * CALLS_MAX);
  let port = 0;
  const params = { tunnel_id: TUNNEL, local_id: "a", ticket: "A".repeat(43) };
  node.call("OpenPort", params, (outcome) => {
    port = outcome.ok ? outcome.result.port : 0;
  });
  assert.equal(port, 1);
});
