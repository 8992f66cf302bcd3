import assert from "node:assert/strict";
import { test } from "node:test";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import { TUBE_USER_METHODS } from "../../generated/tunnel/rpc/tube-user.ts";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import { ScriptedNetwork } from "./testing/scripted-network.ts";
import type { NodeActor, NodeScript } from "./testing/scripted-node.ts";

/** Makes its part at once. */
const WILLING: NodeScript = {
  MakeTube: (_params, answer) => {
    answer.answer({ is_allowed: true, port: 4711 });
  },
};
/** Says yes to everybody, besides. */
const FRIENDLY: NodeScript = {
  ...WILLING,
  RequestConnection: ({ tunnel_id }, answer) => {
    answer.answer({ is_allowed: true, reason: "", tunnel_id });
  },
};

/** Asks for a tunnel without relays. */
function request(node: NodeActor, to: string, localId: string): ReturnType<typeof begin> {
  node.notify("PreferPath", { local_id: localId, relays: 0, exclude: [], plain: false });
  return begin(node, to, localId);
}

function begin(node: NodeActor, to: string, localId: string) {
  return node.begin("RequestTube", { endpoint_name: to, local_id: localId });
}

test("one stranger who asks for much does not keep others from asking, nor the user who is asked from anything", async () => {
  const askedBy: string[] = [];
  const bob: NodeScript = {
    ...WILLING,
    RequestConnection: ({ request_user: from, tunnel_id }, answer) => {
      askedBy.push(from);
      // A stranger's questions are never answered.
      if (from === "ada") answer.answer({ is_allowed: true, reason: "", tunnel_id });
    },
  };
  const network = await ScriptedNetwork.start({
    nodes: { bob, eve: WILLING, ada: WILLING, carol: FRIENDLY },
    limits: { tunnelsPerUserMax: 20, consentMs: 20_000 },
  });
  const [eve, ada, host] = [
    await network.enter("eve"),
    await network.enter("ada"),
    await network.enter("bob"),
  ];
  await network.enter("carol");
  const strange = Array.from({ length: 20 }, (_, at) => request(eve, "bob", `eve ${String(at)}`));
  await network.world.pass(1_000);
  assert.equal(askedBy.length, 4);
  // Six at once, as a browser does.
  const wanted = Array.from({ length: 6 }, (_, at) => request(ada, "bob", `ada ${String(at)}`));
  const own = request(host, "carol", "bob");
  await network.world.pass(1_000);
  for (const [outcome] of [...wanted, own]) {
    assert.ok(outcome?.ok === true && outcome.result.is_allowed);
  }
  await network.world.pass(21_000);
  const reasons = strange.map(([outcome]) => (outcome?.ok === true ? outcome.result.reason : ""));
  const countOf = (reason: string): number => reasons.filter((one) => one === reason).length;
  // Four were asked about, and these questions have not ended: the rest had waited too long.
  assert.deepEqual([countOf("timeout"), countOf("limit")], [4, 16]);
  assert.equal(askedBy.filter((from) => from === "eve").length, 4);
});

test("a question counts until its call is over: who asks and closes again and again asks nobody more than others do", async () => {
  const held: (() => void)[] = [];
  const bob: NodeScript = {
    RequestConnection: ({ tunnel_id }, answer) => {
      held.push(() => {
        answer.answer({ is_allowed: false, reason: "", tunnel_id });
      });
    },
  };
  const network = await ScriptedNetwork.start({ nodes: { bob, eve: WILLING } });
  const host = await network.enter("bob");
  const eve = await network.enter("eve");
  for (let at = 0; at < 40; at += 1) {
    const local_id = String(at);
    request(eve, "bob", local_id);
    await eve.ask("RequestCloseTube", { local_id, tunnel_id: null });
  }
  assert.equal(held.length, 4);
  request(eve, "bob", "last");
  host.act(() => held[0]?.());
  await network.world.pass(100);
  assert.equal(held.length, 5);
});

test("all strangers together have a user asked about so many tunnels at a time and no more, and then about the next", async () => {
  const answers: (() => void)[] = [];
  const bob: NodeScript = {
    ...WILLING,
    RequestConnection: ({ tunnel_id }, answer) => {
      answers.push(() => {
        answer.answer({ is_allowed: false, reason: "who are you", tunnel_id });
      });
    },
  };
  const strangers = ["a", "b", "c", "d", "e"];
  const nodes = Object.fromEntries(strangers.map((name) => [name, WILLING]));
  const network = await ScriptedNetwork.start({ nodes: { ...nodes, bob } });
  const host = await network.enter("bob");
  for (const name of strangers) {
    const node = await network.enter(name);
    for (let at = 0; at < 4; at += 1) request(node, "bob", String(at));
  }
  await network.world.pass(100);
  assert.equal(answers.length, 16);
  host.act(() => answers[0]?.());
  await network.world.pass(100);
  assert.equal(answers.length, 17);
});

test("a node that strangers have relay tunnels which do not come about is still asked for those of its own user", async () => {
  const relay: NodeScript = {
    MakeTube: ({ from, to }, answer) => {
      // Strangers name links before it that take their time.
      if (from === null || to === null) answer.answer({ is_allowed: true, port: 4711 });
    },
  };
  const network = await ScriptedNetwork.start({
    nodes: { relay, eve: WILLING, mallory: FRIENDLY, bob: FRIENDLY },
  });
  const own = await network.enter("relay");
  for (const name of ["mallory", "bob"]) await network.enter(name);
  const eve = await network.enter("eve");
  for (let at = 0; at < 64; at += 1) {
    const local_id = String(at);
    eve.notify("PreferPath", { local_id, relays: 1, exclude: ["bob"], plain: false });
    begin(eve, "mallory", local_id);
  }
  await network.world.pass(1_000);
  const outcomes = request(own, "bob", "own");
  await network.world.pass(1_000);
  const [outcome] = outcomes;
  assert.ok(outcome?.ok === true && outcome.result.is_allowed);
});

test("a user who allows more tunnels than one may have gets no more", async () => {
  const network = await ScriptedNetwork.start({
    nodes: { bob: FRIENDLY, ada: WILLING, carol: WILLING },
    limits: { tunnelsPerUserMax: 2 },
  });
  const [, ada, carol] = [
    await network.enter("bob"),
    await network.enter("ada"),
    await network.enter("carol"),
  ];
  const wanted = [request(ada, "bob", "1"), request(ada, "bob", "2"), request(carol, "bob", "1")];
  await network.world.pass(1_000);
  const results = wanted.map(([outcome]) => (outcome?.ok === true ? outcome.result : undefined));
  assert.deepEqual(results.map((result) => result?.reason).sort(), ["", "", "limit"]);
});

test("a relay that says yes and names no port is left out itself, and not the one behind it", async () => {
  const liar: NodeScript = {
    MakeTube: (_params, answer) => {
      answer.answer({ is_allowed: true, port: null });
    },
  };
  const network = await ScriptedNetwork.start({
    nodes: { bob: FRIENDLY, ada: WILLING, liar, honest: WILLING, third: WILLING },
  });
  for (const name of ["bob", "liar", "honest", "third"]) await network.enter(name);
  const ada = await network.enter("ada");
  for (let at = 0; at < 8; at += 1) {
    const local_id = String(at);
    ada.notify("PreferPath", { local_id, relays: 2, exclude: [], plain: false });
    const result = await ada.ask("RequestTube", { endpoint_name: "bob", local_id });
    assert.equal(result.is_allowed, true);
  }
  const blamed = new Set(network.eventsOf("pathFailed").map(({ at }) => at));
  assert.deepEqual([...blamed], ["liar"]);
  for (const { path } of network.eventsOf("tunnelOpen")) assert.ok(!path.includes("liar"));
});

test("a tunnel goes over none that its user excludes, also if the wish came with too many others", async () => {
  const network = await ScriptedNetwork.start({
    nodes: { bob: FRIENDLY, ada: WILLING, relay: WILLING },
    limits: { wishesMax: 2 },
  });
  await network.enter("bob");
  await network.enter("relay");
  const ada = await network.enter("ada");
  for (const local_id of ["1", "2", "3"]) {
    ada.notify("PreferPath", { local_id, relays: 1, exclude: ["relay"], plain: false });
  }
  for (const [local_id, reason] of [
    ["1", /^limit: /],
    ["2", /^noPath/],
    ["3", /^noPath/],
  ] as const) {
    const result = await ada.ask("RequestTube", { endpoint_name: "bob", local_id });
    assert.equal(result.is_allowed, false);
    assert.match(result.reason, reason);
  }
  ada.notify("PreferPath", { local_id: "4", relays: 1, exclude: [], plain: false });
  const last = await ada.ask("RequestTube", { endpoint_name: "bob", local_id: "4" });
  assert.equal(last.is_allowed, true);
});

test("a front waits longer than a main server takes, and a node that listens longer than it builds", () => {
  const { buildMs, consentMs, nextMs, openMs } = TUNNEL_LIMITS;
  const { timeoutMs } = TUBE_USER_METHODS.RequestTube;
  assert.ok(2 * consentMs + buildMs < Math.min(openMs, timeoutMs));
  assert.ok(buildMs < nextMs);
});

test("building ends in time, however many nodes take theirs", async () => {
  const silent = Object.fromEntries("abcdefghi".split("").map((name) => [name, {}]));
  const network = await ScriptedNetwork.start({
    nodes: { bob: FRIENDLY, ada: WILLING, ...silent },
    limits: { buildMs: 30_000, attemptsMax: 9 },
  });
  await network.enter("bob");
  for (const name of Object.keys(silent)) await network.enter(name);
  const ada = await network.enter("ada");
  ada.notify("PreferPath", { local_id: "1", relays: 1, exclude: [], plain: false });
  const startedMs = network.world.nowMs;
  const result = await ada.ask("RequestTube", { endpoint_name: "bob", local_id: "1" });
  assert.deepEqual([result.is_allowed, result.reason], [false, "timeout"]);
  assert.ok(network.world.nowMs - startedMs < 31_000);
});

test("the tunnels of a user come in pages that fit an answer, each once; one alone comes by its id", async () => {
  const relays = ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"];
  const nodes = Object.fromEntries(relays.map((name) => [name, WILLING]));
  const network = await ScriptedNetwork.start({ nodes: { bob: FRIENDLY, ada: WILLING, ...nodes } });
  // As long as an operator's name may be.
  for (const [at, name] of relays.entries()) {
    const node = await network.connect(name);
    await node.enter(name, { operator: "\u{1F300}".repeat(63) + String(at) });
  }
  await network.enter("bob");
  const ada = await network.enter("ada");
  const tunnels: string[] = [];
  for (let at = 0; at < 60; at += 1) {
    const local_id = String(at);
    ada.notify("PreferPath", { local_id, relays: 8, exclude: [], plain: false });
    const { tunnel_id } = await ada.ask("RequestTube", { endpoint_name: "bob", local_id });
    assert.ok(tunnel_id !== null);
    tunnels.push(tunnel_id);
  }
  const listed: Tube[] = [];
  let next: number | null = 0;
  for (let pages = 0; next !== null; pages += 1) {
    assert.ok(pages < 10);
    const page: { readonly tubes: readonly Tube[]; readonly next: number | null } = await ada.ask(
      "ListTubes",
      { after: next },
    );
    assert.ok(page.tubes.length > 0);
    listed.push(...page.tubes);
    next = page.next;
    // One that ends meanwhile does not disturb the others.
    const [first] = page.tubes;
    if (first !== undefined) {
      await ada.ask("RequestCloseTube", { local_id: "-", tunnel_id: first.tunnel_id });
    }
  }
  assert.deepEqual(
    listed.map(({ tunnel_id }) => tunnel_id),
    tunnels,
  );
  const [, one = ""] = tunnels;
  const alone = await ada.ask("ListTubes", { tunnel_id: one });
  assert.deepEqual([alone.tubes.map(({ tunnel_id }) => tunnel_id), alone.next], [[one], null]);
  assert.deepEqual(await ada.ask("ListTubes", { tunnel_id: tunnels[0] ?? "" }), {
    tubes: [],
    next: null,
  });
});
