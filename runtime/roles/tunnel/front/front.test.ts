import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_LIMITS } from "../../../../generated/system/limits.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import { FrontErrors } from "../../../../generated/tunnel/rpc/front.ts";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TunnelProblem } from "../../../../generated/tunnel/types.ts";
import { generateIdentity } from "../../../io/node-crypto-identity.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../../../io/schema-compiler.ts";
import { compileTunnelValidators } from "../tunnel-validators.ts";
import type { FrontEvent } from "./front-events.ts";
import { FrontAtNode, ticketOf, tunnelId } from "./testing/front-at-node.ts";

const crypto = createNodeCrypto();
const MADE = {
  crypto,
  identity: await generateIdentity(crypto),
  validators: compileTunnelValidators(new AjvSchemaCompiler()),
};
const TARGET = { address: "127.0.0.1", port: 80 };
const WISH = { user: "bob", relays: 0, exclude: [], plain: false };

function accepting(policy?: "always" | "never"): FrontAtNode {
  const front = FrontAtNode.attached(MADE);
  const policies = new Map(policy === undefined ? [] : [["ada", policy] as const]);
  front.command({ type: "known", users: new Map(), policies });
  front.command({ type: "accept", target: TARGET, plain: false });
  return front;
}

function heard(front: FrontAtNode, type: FrontEvent["type"]): number {
  return front.events.filter((event) => event.type === type).length;
}

for (const name of ["bob\u001b[2J", "", "Bob", "b".repeat(64), "bob\n"]) {
  test(`a node whose user is called ${JSON.stringify(name)} is none: people are shown the name`, () => {
    const front = FrontAtNode.attached(MADE, name);
    assert.deepEqual(front.events, [{ type: "detached" }]);
  });
}

test("a node that asks to bind a tunnel while it is being bound has both calls answered", () => {
  const front = accepting("always");
  const asked = front.request(1);
  assert.equal(front.answerTo(asked)?.result?.["is_allowed"], true);
  const bind = (port: number): number =>
    front.call("BindTube", { tunnel_id: tunnelId(1), port, ticket: ticketOf(port) });
  const [first, second] = [bind(1000), bind(2000)];
  assert.equal(front.answerTo(first)?.error?.code, FrontErrors.unreachable);
  assert.equal(front.answerTo(second), undefined);
  const dialled = front.effects.filter((effect) => effect.type === "openStream");
  assert.deepEqual(
    dialled.map(({ to }) => to.port),
    [1, 1000, 2000],
  );
  front.command({ type: "stop" });
  assert.equal(front.front.resources.streams, 0);
});

test("a node that asks for another port has the call before answered, and one that asks too late gets none", () => {
  const front = FrontAtNode.attached(MADE);
  front.command({ type: "open", opening: 1, wish: WISH, at: { ...TARGET, port: 0 } });
  const listening = (): number[] =>
    front.effects.flatMap((effect) => (effect.type === "listen" ? [effect.listener] : []));
  front.input({ type: "listening", listener: listening()[0] ?? 0, port: 5000 });
  const requested = front.spoken.find(({ method }) => method === "RequestTube");
  const local = requested?.params?.["local_id"];
  const ask = (attempt: number): number =>
    front.call("OpenPort", {
      tunnel_id: tunnelId(1),
      local_id: local,
      ticket: ticketOf(attempt),
    });
  const [first, second] = [ask(1), ask(2)];
  assert.equal(front.answerTo(first)?.error?.code, FrontErrors.noPort);
  assert.equal(front.answerTo(second), undefined);
  front.input({ type: "listening", listener: listening()[2] ?? 0, port: 6000 });
  assert.equal(front.answerTo(second)?.result?.["port"], 6000);
  const third = ask(3);
  front.command({ type: "closeOpening", opening: 1 });
  assert.equal(front.answerTo(third)?.error?.code, FrontErrors.noPort);
  assert.equal(front.answerTo(ask(4))?.error?.code, FrontErrors.unknownTunnel);
  assert.deepEqual(front.front.resources, { streams: 1, listeners: 0 });
});

/** A front with a port that is open, at which so many programs wait; and how many tunnels it has asked for. */
function waiting(programs: number): {
  readonly front: FrontAtNode;
  readonly requests: () => number;
} {
  const front = FrontAtNode.attached(MADE);
  front.command({ type: "open", opening: 1, wish: WISH, at: { ...TARGET, port: 0 }, atOnce: true });
  const [listen] = front.effects.filter((effect) => effect.type === "listen");
  const listener = listen?.listener ?? 0;
  front.input({ type: "listening", listener, port: 5000 });
  for (let stream = 1001; stream <= 1000 + programs; stream += 1) {
    front.input({ type: "streamAccepted", listener, stream, remote: TARGET });
  }
  const requests = (): number =>
    front.spoken.filter(({ method }) => method === "RequestTube").length;
  return { front, requests };
}

test("programs that come all at once wait for their tunnels, and leave room for the calls that end these", () => {
  const { programsMax } = TUNNEL_LIMITS;
  const { front, requests } = waiting(programsMax);
  assert.deepEqual(
    front.effects.filter(({ type }) => type === "closeStream"),
    [],
  );
  assert.equal(heard(front, "requestFailed"), 0);
  const asked = requests();
  assert.ok(asked >= SYSTEM_LIMITS.rpcCallsMax / 2);
  front.command({ type: "closeOpening", opening: 1 });
  const closings = front.spoken.filter(({ method }) => method === "RequestCloseTube");
  assert.equal(closings.length, asked);
});

test("a program is cut when nobody is asked for its tunnel any more, and not for one that was to be in reserve", () => {
  const { front } = waiting(1);
  const requested = front.spoken.filter(({ method }) => method === "RequestTube");
  assert.equal(requested.length, 2);
  const cut = (): number => front.effects.filter(({ type }) => type === "closeStream").length;
  for (const [at, { id }] of requested.entries()) {
    front.refuse(id, TubeUserErrors.limit);
    assert.equal(cut(), at);
  }
  const problems = front.events.flatMap((event) =>
    event.type === "requestFailed" ? [event.problem] : [],
  );
  assert.deepEqual(problems, [TunnelProblem.limit, TunnelProblem.limit]);
});

test("a node that asks about tunnels without end has so many open at a time, one question for all, and an answer to each", () => {
  const front = accepting();
  const { rpcCallsMax } = SYSTEM_LIMITS;
  const all = Array.from({ length: 2 * rpcCallsMax }, (_, at) => front.request(at + 1));
  assert.equal(heard(front, "consentWanted"), 1);
  assert.equal(all.filter((call) => front.answerTo(call) === undefined).length, rpcCallsMax);
  front.command({ type: "consent", question: 1, isAllowed: true, reason: "" });
  const allowed = all.filter((call) => front.answerTo(call)?.result?.["is_allowed"] === true);
  assert.equal(allowed.length, rpcCallsMax);
  assert.ok(all.every((call) => front.answerTo(call) !== undefined));
});

test("a front takes so many tunnels of others and no more", () => {
  const front = accepting("always");
  const { tunnelsPerUserMax } = TUNNEL_LIMITS;
  const all = Array.from({ length: tunnelsPerUserMax + 1 }, (_, at) => front.request(at + 1));
  const reasons = all.map((call) => front.answerTo(call)?.result?.["reason"]);
  assert.deepEqual(
    reasons.filter((reason) => reason !== ""),
    ["too many tunnels"],
  );
});

test("a node that asks about one user after the other, and withdraws, has no question stand", () => {
  const front = accepting();
  for (let user = 1; user <= 1000; user += 1) {
    front.request(user, `user-${String(user)}`);
    front.notify("ForgetTube", { tunnel_id: tunnelId(user) });
  }
  assert.equal(heard(front, "consentWanted"), heard(front, "consentWithdrawn"));
  assert.equal(heard(front, "tunnelOver"), 1000);
});

test("an answer to a question that was withdrawn lets nobody in, not even the next who asks", () => {
  const front = accepting();
  front.request(1);
  front.notify("ForgetTube", { tunnel_id: tunnelId(1) });
  front.command({ type: "consent", question: 1, isAllowed: true, reason: "" });
  const asked = front.request(2);
  assert.equal(front.answerTo(asked), undefined);
  assert.equal(heard(front, "consentWanted"), 2);
});

test("a node that says nothing of the mode asks for encrypted tunnels", () => {
  const front = accepting("always");
  const asked = front.call("RequestConnection", { request_user: "ada", tunnel_id: tunnelId(1) });
  assert.equal(front.answerTo(asked)?.result?.["is_allowed"], true);
  assert.equal(front.answerTo(front.request(2, "ada", true))?.result?.["is_allowed"], false);
});

test("with the node all questions are withdrawn", () => {
  const front = accepting();
  front.request(1);
  front.request(2, "eve");
  front.command({ type: "stop" });
  assert.equal(heard(front, "consentWithdrawn"), 2);
});
