import assert from "node:assert/strict";
import { test } from "node:test";
import { MainServerErrors } from "../../generated/tunnel/rpc/main-server.ts";
import { rowsOn } from "./programs/main-program.ts";
import { ScriptedNetwork } from "./testing/scripted-network.ts";
import type { NodeActor } from "./testing/scripted-node.ts";
import { descriptionOf } from "./testing/scripted-node.ts";

const HOUR_MS = 3_600_000;

const rowsOf = ({ world }: ScriptedNetwork): number => rowsOn(world.process("main").disk).length;

async function nodesOf(network: ScriptedNetwork, hosts: readonly string[]): Promise<NodeActor[]> {
  const nodes: NodeActor[] = [];
  for (const host of hosts) nodes.push(await network.connect(host));
  return nodes;
}

test("whoever only registers costs the main server nothing: a row is made when a password is proved", async () => {
  const network = await ScriptedNetwork.start({ nodes: { ada: {} } });
  const ada = await network.connect("ada");
  const first = await ada.ask("RegisterWithMainServer", {});
  await network.world.pass(1_000);
  assert.deepEqual(network.eventsOf("save"), []);
  assert.equal(rowsOf(network), 0);
  // The answer was lost: it is given again, also by a main server that has started anew.
  await network.world.process("main").crash();
  await network.world.process("main").start();
  await ada.reconnect();
  assert.deepEqual(await ada.ask("RegisterWithMainServer", {}), first);
  const proved = await ada.ask("AuthWithMainServer", { password: first.password ?? "" });
  assert.equal(proved.is_success, true);
  assert.equal(rowsOf(network), 1);
});

test("one address brings so many nodes and no more, whether they register or prove a password; others have room", async () => {
  const network = await ScriptedNetwork.start({
    nodes: { a: {}, b: {}, c: {}, d: {}, e: {} },
    addresses: {
      a: "2001:db8:0:1::a",
      b: "2001:db8:0:1::b",
      c: "2001:db8:0:1::c",
      d: "2001:db8:0:2::d",
      e: "2001:db8:0:1::e",
      main: "2001:db8::1",
    },
    limits: { nodesPerAddressMax: 2 },
  });
  const [a, b, c, d, e] = await nodesOf(network, ["a", "b", "c", "d", "e"]);
  assert.ok(a && b && c && d && e);
  const { password } = await e.ask("RegisterWithMainServer", {});
  await a.enrol();
  await b.enrol();
  const refused = await c.ask("RegisterWithMainServer", {});
  assert.deepEqual([refused.is_success, refused.password], [false, null]);
  assert.match(refused.message, /no room/);
  const late = await e.ask("AuthWithMainServer", { password: password ?? "" });
  assert.match(late.message, /no room/);
  await d.enrol();
  assert.equal(rowsOf(network), 3);
  // Who is known comes and goes.
  await a.reconnect();
  const known = await a.ask("RegisterWithMainServer", {});
  assert.match(known.message, /registered already/);
});

test("nodes that never say who they are, and those that stay away, are forgotten, and begin anew when they come", async () => {
  const network = await ScriptedNetwork.start({
    nodes: { shy: {}, old: {}, here: {}, visitor: {} },
    limits: { undescribedMs: 1.5 * HOUR_MS, absentMs: 5 * HOUR_MS },
  });
  const { world } = network;
  const [shy, old, here] = await nodesOf(network, ["shy", "old", "here"]);
  assert.ok(shy && old && here);
  const shyNext = await shy.enrol();
  await old.enter("old");
  await here.enter("here");
  for (const host of ["shy", "old"]) await world.process(host).crash();
  await world.pass(2 * HOUR_MS);
  const visitor = await network.connect("visitor");
  assert.equal(network.eventsOf("forget").length, 1);
  assert.equal(rowsOf(network), 2);
  await shy.reconnect();
  const lost = await shy.call("AuthWithMainServer", { password: shyNext });
  assert.ok(!lost.ok && lost.error.code === MainServerErrors.unknownNode);
  await shy.enter("shy");
  // A node that has been here all the time is not away.
  for (let visits = 0; visits < 2; visits += 1) {
    await world.pass(2.4 * HOUR_MS);
    await visitor.reconnect();
  }
  assert.equal(network.eventsOf("forget").length, 2);
  assert.ok(here.isConnected);
  await world.process("here").crash();
  await world.pass(2 * HOUR_MS);
  await visitor.reconnect();
  assert.equal(network.eventsOf("forget").length, 2);
  // The name of who stayed away is free.
  await visitor.enter("old");
});

test("a node that was forgotten comes back by itself, under its name", async () => {
  const network = await ScriptedNetwork.start({
    nodes: { ada: {}, visitor: {} },
    limits: { absentMs: 2 * HOUR_MS },
  });
  const { world } = network;
  const ada = await network.run("ada");
  const joins = (): number => network.eventsOf("nodeJoined").length;
  assert.ok(await world.until(() => joins() === 1, 60_000));
  await ada.crash();
  await world.pass(3 * HOUR_MS);
  await network.connect("visitor");
  assert.equal(network.eventsOf("forget").length, 1);
  await ada.start();
  assert.ok(await world.until(() => joins() === 2, 60_000));
  assert.deepEqual(
    network.eventsOf("nodeJoined").map(({ name }) => name),
    ["ada", "ada"],
  );
});

test("a node may not have others sent to an address that is none, or that means something else to them", async () => {
  const network = await ScriptedNetwork.start({ nodes: { ada: {} } });
  const ada = await network.connect("ada");
  await ada.enrol();
  for (const address of ["relay.example", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"]) {
    const outcome = await ada.call("DescribeNode", { ...descriptionOf("ada"), address });
    assert.ok(!outcome.ok && outcome.error.code === MainServerErrors.badAddress, address);
    assert.ok(outcome.error.message.includes(address));
  }
  assert.deepEqual(network.eventsOf("nodeJoined"), []);
  await ada.ask("DescribeNode", { ...descriptionOf("ada"), address: "::FFFF:198.51.100.7" });
  const [joined] = network.eventsOf("nodeJoined");
  assert.equal(joined?.address, "198.51.100.7");
});

test("a node is told that it has its name when that is on disk, and not before", async () => {
  const stall = { fromMs: 2_000, toMs: 5_000 };
  const network = await ScriptedNetwork.start({ nodes: { ada: {}, eve: {} }, stall });
  const { world } = network;
  const [ada, eve] = await nodesOf(network, ["ada", "eve"]);
  assert.ok(ada && eve);
  await ada.enrol();
  await eve.enrol();
  await world.pass(2_500 - world.nowMs);
  const described = ada.begin("DescribeNode", descriptionOf("ada"));
  // The name is taken all the same.
  const taken = await eve.ask("DescribeNode", descriptionOf("ada"));
  assert.match(taken.message, /somebody else/);
  assert.deepEqual([described.length, network.eventsOf("nodeJoined").length], [0, 0]);
  await world.pass(3_000);
  assert.ok(described[0]?.ok === true && described[0].result.is_success);
  assert.equal(network.eventsOf("nodeJoined").length, 1);
});

test("a node whose name the disk does not take in time is cut, and comes again", async () => {
  const stall = { fromMs: 2_000, toMs: 20_000 };
  const network = await ScriptedNetwork.start({ nodes: { ada: {} }, stall });
  const { world } = network;
  const ada = await network.connect("ada");
  const next = await ada.enrol();
  await world.pass(3_000 - world.nowMs);
  ada.begin("DescribeNode", descriptionOf("ada"));
  await world.pass(6_000);
  assert.equal(ada.isConnected, false);
  await world.pass(20_000);
  await ada.reconnect();
  await ada.ask("AuthWithMainServer", { password: next });
  await ada.ask("DescribeNode", descriptionOf("ada"));
  assert.equal(network.eventsOf("nodeJoined").length, 1);
});
