import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { after, before, suite, test } from "node:test";
import { requireOrSkip } from "../require.ts";
import { GREETING, greeting, startProgram } from "./greeting-program.ts";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";
import { TunnelNetwork } from "./tunnel-network.ts";
import type { OpenReady } from "./tunnel-network.ts";

const MAIN = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url));
/** Runs a program on a terminal of its own, with what comes on standard input as what a user types. */
const ON_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
/** What a user takes to read a question. */
const READING_MS = 500;

suite("consent by the command line", () => {
  let network: TunnelNetwork;
  let program: Server;
  let to: string;

  before(async () => {
    ({ server: program, to } = await startProgram());
    network = await TunnelNetwork.start({ users: ["ada", "bob", "carol"], relays: [] });
  });

  after(async () => {
    await network.close();
    program.close();
  });

  function atTerminal(user: string, ...command: readonly string[]): TagwireProcess {
    const args = network.args(user, command).filter((arg) => arg !== "--json");
    const all = ["-c", ON_A_TERMINAL, process.execPath, MAIN, ...args];
    return new TagwireProcess(all, { program: "python3", typed: true });
  }

  async function shown(terminal: TagwireProcess, text: string): Promise<void> {
    await waitFor(
      () => `"${text}" is not shown, but ${terminal.printed}${terminal.log}`,
      () => terminal.printed.includes(text),
    );
  }

  test("a user at the terminal is asked, and a yes lets the other in, in each mode", async (t) => {
    if (!requireOrSkip(t, "python3")) return;
    const terminal = atTerminal("bob", "allow", "--to", to, "--plain");
    await shown(terminal, `Others reach ${to} as bob, also without encryption.`);
    const open = network.startCommand("ada", "open", "bob", "--hops", "0");
    await shown(terminal, "ada wants a tunnel. Allow it? [y/N]");
    await setTimeout(READING_MS);
    terminal.type("y");
    const { port } = await open.ready<OpenReady>();
    assert.equal(await greeting(port), GREETING);
    await open.stop();
    const plain = network.startCommand("ada", "open", "bob", "--hops", "0", "--plain");
    const { port: plainPort, tunnel } = await plain.ready<OpenReady>();
    assert.equal(tunnel, null);
    const heard = greeting(plainPort);
    await shown(terminal, "ada wants a tunnel WITHOUT ENCRYPTION: relays can read and change all");
    await setTimeout(READING_MS);
    terminal.type("y");
    assert.equal(await heard, GREETING);
    await plain.stop();
    terminal.type("\u0003");
    assert.equal((await terminal.ended()).code, 0);
  });

  test("a question that nobody waits for is withdrawn, and Ctrl-C at the next ends the program", async (t) => {
    if (!requireOrSkip(t, "python3")) return;
    const terminal = atTerminal("bob", "allow", "--to", to);
    await shown(terminal, `Others reach ${to} as bob.`);
    const impatient = network.startCommand("ada", "open", "bob", "--hops", "0");
    await shown(terminal, "ada wants a tunnel. Allow it? [y/N]");
    await impatient.stop();
    await shown(terminal, "ada does not wait for an answer any more");
    const asked = (): number => terminal.printed.split("Allow it? [y/N]").length;
    const before = asked();
    const patient = network.startCommand("ada", "open", "bob", "--hops", "0");
    await waitFor("nobody was asked", () => asked() > before);
    terminal.type("\u0003");
    assert.equal((await terminal.ended()).code, 0);
    assert.equal((await patient.ended()).code, 1);
  });

  test("without encryption nobody comes in by a policy that does not say so, and the port is there all the same", async () => {
    await network.run("bob", "allow", "ada", "--always");
    const offer = network.startCommand("bob", "allow", "--to", to);
    await offer.ready();
    const open = network.startCommand("ada", "open", "bob", "--hops", "0", "--plain");
    const { port, ...rest } = await open.ready<OpenReady>();
    assert.deepEqual(rest, { ready: true, tunnel: null, openMs: null, hops: [] });
    assert.equal(await greeting(port).catch(() => ""), "");
    await waitFor("the user is not told", () => open.log.includes("tagwire tunnel allow --plain"));
    await offer.stop();
    const plain = network.startCommand("bob", "allow", "ada", "--always", "--plain", "--to", to);
    await plain.ready();
    assert.equal(await greeting(port), GREETING);
    const { out } = await network.run("bob", "allow");
    assert.deepEqual(JSON.parse(out), { consents: { ada: "alwaysPlain" } });
    await open.stop();
    await plain.stop();
  });

  test("a user who may never come is cut, and gets no other tunnel", async () => {
    await network.run("bob", "allow", "ada", "--always");
    const offer = network.startCommand("bob", "allow", "--to", to);
    await offer.ready();
    const open = network.startCommand("ada", "open", "bob", "--hops", "0");
    const { port } = await open.ready<OpenReady>();
    await network.run("bob", "allow", "ada", "--never");
    await waitFor("tunnels are left", async () => (await network.list("bob")).length === 0);
    assert.equal(await greeting(port).catch(() => ""), "");
    await waitFor("the user is not told", () => open.log.includes("not allowed"));
    await open.stop();
    await offer.stop();
  });

  test("a damaged file is wrong configuration at the start, and a line of the log while the front runs", async () => {
    await network.run("bob", "allow", "ada", "--always");
    const offer = network.startCommand("bob", "allow", "--to", to);
    await offer.ready();
    const { dataFolder } = network.folders("bob");
    const file = join(dataFolder, "tunnel-front.json");
    writeFileSync(file, '{"consents":{"ada":"allways"}}');
    await waitFor("it is not in the log", () => offer.log.includes("#/consents/ada"));
    const open = network.startCommand("ada", "open", "bob", "--hops", "0");
    await open.ready();
    await open.stop();
    assert.ok(offer.isRunning);
    for (const command of [["allow"], ["allow", "eve", "--never"], ["list"]]) {
      const { code, err } = await network.run("bob", ...command);
      assert.equal(code, 2, command.join(" "));
      assert.match(err, /tunnel-front\.json#\/consents\/ada: is damaged.*Mend it/);
    }
    writeFileSync(file, "{}");
    await offer.stop();
  });

  test("nothing passes to or from somebody who is new as long as the identity cannot be written, and the program goes on", async () => {
    await network.run("carol", "allow", "ada", "--always");
    const offer = network.startCommand("carol", "allow", "--to", to);
    await offer.ready();
    const file = join(network.folders("carol").dataFolder, "tunnel-front.json");
    // A folder in the place of the file: as good as a disk that takes nothing.
    renameSync(file, `${file}.away`);
    mkdirSync(file);
    const open = network.startCommand("ada", "open", "carol", "--hops", "0");
    const { port } = await open.ready<OpenReady>();
    await waitFor("it is not in the log", () =>
      /who the user is could not be kept.*ada|ada.*who the user is could not be kept/.test(
        offer.log,
      ),
    );
    assert.equal(await greeting(port).catch(() => ""), "");
    assert.ok(offer.isRunning);
    rmdirSync(file);
    renameSync(`${file}.away`, file);
    await waitFor("no tunnel comes", async () => {
      return (await greeting(port).catch(() => "")) === GREETING;
    });
    await open.stop();
    await offer.stop();
  });
});
