import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { TunnelNetwork } from "./tunnel-network.ts";
import type { OpenReady } from "./tunnel-network.ts";

const LOOPBACK = "127.0.0.1";

/** A program that reads to the end and answers with the hash of what came. Gives its port. */
async function startHasher(t: TestContext): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const hash = createHash("sha256");
    socket.on("data", (bytes) => hash.update(bytes));
    socket.on("end", () => socket.end(hash.digest("hex")));
  }).listen(0, LOOPBACK);
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, bytes: Uint8Array): Promise<string> {
  const socket: Socket = connect({ host: LOOPBACK, port, allowHalfOpen: true });
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test("Two users whose commands run the nodes themselves have a tunnel, and nothing is left of it.", async (t) => {
  const network = await TunnelNetwork.start({ users: [], relays: ["north"] });
  t.after(() => network.close());
  const port = await startHasher(t);
  await network.run("bob", "allow", "ada", "--always");
  const offer = network.startCommand(
    "bob",
    ...["allow", "--to", `${LOOPBACK}:${String(port)}`, ...network.ownNode("bob")],
  );
  await offer.ready();
  const open = network.startCommand(
    "ada",
    ...["open", "bob", "--hops", "1", ...network.ownNode("ada")],
  );
  const ready = await open.ready<OpenReady>();
  assert.deepEqual(
    ready.hops.map(({ name }) => name),
    ["ada", "north", "bob"],
  );
  const bytes = randomBytes(20_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const answers = await Promise.all([ask(ready.port, bytes), ask(ready.port, bytes)]);
  assert.deepEqual(answers, [sha256, sha256]);
  assert.equal((await open.stop()).code, 0);
  assert.equal((await offer.stop()).code, 0);
});

test("A command with a node of its own needs to know the main server, and that nobody else runs the node.", async (t) => {
  const network = await TunnelNetwork.start({ users: ["ada"], relays: [] });
  t.after(() => network.close());
  const nameless = await network.run("ada", "open", "bob", "--own-node");
  assert.equal(nameless.code, 2);
  assert.match(nameless.err, /--own-node: .*Give --main HOST:PORT and --name NAME/s);
  const second = await network.run("ada", "open", "bob", ...network.ownNode("ada"));
  assert.notEqual(second.code, 0);
  assert.match(second.err, /node-ada/);
});

test("A command whose own node is refused by the main server says so at once, and why.", async (t) => {
  const network = await TunnelNetwork.start({ users: ["ada"], relays: [] });
  t.after(() => network.close());
  const startMs = performance.now();
  // In folders of another, so that it comes with another identity.
  const refused = await network.run("eve", "open", "bob", ...network.ownNode("ada"));
  assert.equal(refused.code, 5);
  assert.match(refused.err, /the main server: .*\(the name ada belongs to somebody else\)/);
  const tookMs = performance.now() - startMs;
  // A main server that does not answer at all has 20 s.
  assert.ok(tookMs < 15_000, `${String(tookMs)} ms`);
});
