import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Server } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { GREETING, greeting, startProgram } from "./greeting-program.ts";
import { TunnelNetwork } from "./tunnel-network.ts";
import type { OpenReady } from "./tunnel-network.ts";
import { TagwireProcess, runCommand, waitFor } from "./tagwire-process.ts";

const LOOPBACK = "127.0.0.1";

suite("tunnels by the command line", () => {
  let network: TunnelNetwork;
  let program: Server;
  let offer: TagwireProcess;
  let to: string;

  before(async () => {
    ({ server: program, to } = await startProgram());
    network = await TunnelNetwork.start({ users: ["ada", "bob"], relays: ["north"] });
    offer = network.startCommand("bob", "allow", "--to", to);
    await offer.ready();
  });

  after(async () => {
    await network.close();
    program.close();
  });

  test("a user of whom nothing is said is refused where nobody sits at a terminal, and both are told what to do", async () => {
    const { code, err, out } = await network.run("ada", "open", "bob", "--hops", "1");
    assert.equal(code, 1);
    assert.match(err, /user bob: does not allow the tunnel \(nobody is there to ask\)\. Ask that/);
    assert.equal((JSON.parse(out) as { readonly ok: boolean }).ok, false);
    assert.match(offer.log, /ada wants a tunnel.*`tagwire tunnel allow ada --always`/);
  });

  test("who may come is kept in the policy, and counts at once in the program that runs", async () => {
    const never = await network.run("bob", "allow", "ada", "--never");
    assert.deepEqual(JSON.parse(never.out), { consents: { ada: "never" } });
    const refused = await network.run("ada", "open", "bob", "--hops", "0");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /does not allow the tunnel \(not allowed\)/);
    await network.run("bob", "allow", "ada", "--always");
    const open = network.startCommand("ada", "open", "bob", "--hops", "0");
    const { port } = await open.ready<OpenReady>();
    assert.equal(await greeting(port), GREETING);
    await open.stop();
    const ask = await network.run("bob", "allow", "ada", "--ask");
    assert.deepEqual(JSON.parse(ask.out), { consents: { ada: "ask" } });
    assert.equal((await network.run("ada", "open", "bob", "--hops", "0")).code, 1);
  });

  test("an open tunnel shows the latency of each link, is in the lists of both users, and either can close it", async () => {
    await network.run("bob", "allow", "ada", "--always");
    const open = network.startCommand("ada", "open", "bob", "--hops", "1");
    const { hops, openMs, port, tunnel } = await open.ready<OpenReady>();
    assert.deepEqual(
      hops.map(({ name }) => name),
      ["ada", "north", "bob"],
    );
    assert.ok(
      hops.slice(1).every(({ latency_us }) => latency_us !== null && latency_us > 0),
      JSON.stringify(hops),
    );
    assert.ok(openMs > 0);
    const socket = connect({ host: LOOPBACK, port });
    await once(socket, "data");
    for (const user of ["ada", "bob"]) {
      const tube = (await network.list(user)).find(({ tunnel_id }) => tunnel_id === tunnel);
      assert.deepEqual(
        { from: tube?.request_user, to: tube?.endpoint_user, established: tube?.established },
        { from: "ada", to: "bob", established: true },
      );
    }
    const reset = once(socket, "error");
    assert.equal((await network.run("bob", "close", tunnel)).code, 0);
    assert.equal(((await reset) as [NodeJS.ErrnoException])[0].code, "ECONNRESET");
    await waitFor("the tunnel is still there", async () =>
      (await network.list("ada")).every(({ tunnel_id }) => tunnel_id !== tunnel),
    );
    const again = await network.run("ada", "close", tunnel);
    assert.equal(again.code, 3);
    assert.match(again.err, /there is no such tunnel\. Look with `tagwire tunnel list`\./);
    // The port is still good for the next program.
    assert.equal(await greeting(port), GREETING);
    assert.equal((await open.stop("SIGINT")).code, 0);
    await waitFor("tunnels are left", async () => (await network.list("bob")).length === 0);
  });

  test("each failure has its exit code and says what to do", async () => {
    const cases: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
      [["open", "carol"], 3, /user carol: has no node .* Check the name/],
      [["open", "Bob"], 2, /Bob: it is not the name of a user\. Give lower-case/],
      [["open", "bob", "--hops", "9"], 2, /--hops: .* Give a whole number from 0 to 8\./],
      [["open", "bob", "--hops", "5"], 5, /over so many relays.* Ask for fewer/],
      [["open", "bob", "--port", to.split(":")[1] ?? ""], 5, /could not be opened.*another port/],
      [["close", "x"], 2, /x: it is not the id of a tunnel\. Look with/],
      [["allow", "ada"], 2, /a user and one of --always, --never and --ask belong together/],
      [["allow", "ada", "--always", "--never"], 2, /exclude each other/],
      [["allow", "--plain"], 2, /--plain: it says which .* belongs to --to or --always/],
      [["allow", "ada", "--never", "--plain"], 2, /belongs to --to or --always/],
      [["allow", "--to", "nowhere"], 2, /--to: it is not a host and a port\. Give host:port/],
    ];
    await network.run("bob", "allow", "ada", "--always");
    for (const [args, code, message] of cases) {
      const ended = await network.run("ada", ...args);
      assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
      assert.match(ended.err, message);
    }
  });

  test("without a node there is a hint to start one", async () => {
    const { code, err } = await network.run("zoe", "list");
    assert.equal(code, 5);
    assert.match(err, /the node of .*node-zoe: cannot be reached.*Start `tagwire tunnel node`/);
  });

  test("the command line comes before the environment, that before the configuration file", async () => {
    const config = join(network.folder, "open.json");
    const { dataFolder: data, nodeFolder: nodeData } = network.folders("ada");
    writeFileSync(config, JSON.stringify({ hops: 8, port: 1, data, nodeData }));
    const env = { TAGWIRE_HOPS: "7", TAGWIRE_CONFIG: config, TAGWIRE_PORT: "0" };
    const byFile = await runCommand(["tunnel", "open", "bob"], { env });
    assert.equal(byFile.code, 5, "seven relays are not there");
    const open = new TagwireProcess(["tunnel", "open", "bob", "--hops", "0", "--json"], { env });
    const { hops } = await open.ready<OpenReady>();
    assert.equal(hops.length, 2);
    await open.stop();
  });

  test("a node that is stopped logs out, and its tunnels end at the other user at once", async () => {
    const open = network.startCommand("ada", "open", "bob", "--hops", "1");
    const { port } = await open.ready<OpenReady>();
    const socket = connect({ host: LOOPBACK, port });
    await once(socket, "data");
    const reset = once(socket, "error");
    const { code, err } = await network.stopNode("bob");
    assert.equal(code, 0);
    assert.match(err, /logged out from the main server/);
    await reset;
    await waitFor("the main server has not heard", () => network.main.log.includes("node left"));
    assert.deepEqual(await network.list("ada"), []);
    await network.startNode("bob");
    await waitFor("bob's program is not offered again", () =>
      offer.log.includes("the node is back"),
    );
    await waitFor("the tunnel does not come back", async () => {
      return (await greeting(port).catch(() => "")) === GREETING;
    });
    await open.stop();
  });

  test("a front that is given the folder of its node leaves the node what it keeps there", async () => {
    const { nodeFolder } = network.folders("bob");
    const folders = ["--data", nodeFolder, "--node-data", nodeFolder];
    const allow = await runCommand(["tunnel", "allow", "zoe", "--never", ...folders, "--json"]);
    assert.deepEqual(JSON.parse(allow.out), { consents: { zoe: "never" } });
    const list = await runCommand(["tunnel", "list", ...folders, "--json"]);
    assert.deepEqual(JSON.parse(list.out), { tubes: [] });
    const returns = (): number => offer.log.split("the node is back").length;
    const before = returns();
    await network.stopNode("bob");
    await network.startNode("bob");
    await waitFor("bob's program is not offered again", () => returns() > before);
  });

  test("a front goes on when its node has crashed and started again: at the same port, without anybody's doing", async () => {
    const open = network.startCommand("ada", "open", "bob", "--hops", "1");
    const { port } = await open.ready<OpenReady>();
    assert.equal(await greeting(port), GREETING);
    await network.stopNode("ada", "SIGKILL");
    await waitFor("the front has not noticed", () => open.log.includes("the node is gone"));
    const refused = connect({ host: LOOPBACK, port });
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
    await network.startNode("ada");
    await waitFor("the port does not come back", async () => {
      return (await greeting(port).catch(() => "")) === GREETING;
    });
    assert.match(open.log, /the node is back/);
    assert.equal((await open.stop("SIGINT")).code, 0);
  });
});

test("the demonstration prints one object, nothing else, and leaves nothing running", async () => {
  const { code, err, out } = await runCommand(["tunnel", "demo", "--once", "--json"]);
  assert.deepEqual([code, err], [0, ""]);
  const { openMs, ...report } = JSON.parse(out) as Readonly<Record<string, unknown>>;
  assert.deepEqual(report, { hops: 3, bytes: 1_048_576, sha256Ok: true });
  assert.ok(typeof openMs === "number" && openMs > 0);
  const asked = await runCommand(["tunnel", "demo", "--once", "--log-level", "info"]);
  assert.match(asked.err, /connected to the main server/);
  assert.match(asked.out, /came through 3 relays, the hash is right/);
});

test("the demonstration goes on until it is stopped, and then leaves nothing", async () => {
  const demo = new TagwireProcess(["tunnel", "demo", "--hops", "0", "--json"]);
  const { report, url } = await demo.ready<{ readonly report: object; readonly url: string }>();
  assert.deepEqual(
    { ...report, openMs: 0 },
    { hops: 0, openMs: 0, bytes: 1_048_576, sha256Ok: true },
  );
  const response = await fetch(url);
  assert.equal((await response.arrayBuffer()).byteLength, 1_048_576);
  const { code, err } = await demo.stop();
  assert.deepEqual([code, err], [0, ""]);
  await assert.rejects(fetch(url));
});

test("each command of tunnels has examples and exit codes in its help", async () => {
  const all = await runCommand(["tunnel", "--help"]);
  for (const command of ["main", "node", "open", "allow", "list", "close", "demo"]) {
    assert.match(all.out, new RegExp(`tagwire tunnel ${command}\\b`));
    const { code, out } = await runCommand(["tunnel", command, "--help"]);
    assert.equal(code, 0);
    assert.match(out, /Examples:/);
    assert.match(out, /Exit code: 0/);
    assert.match(out, /\[TAGWIRE_/);
  }
});
