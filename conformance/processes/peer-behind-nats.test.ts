import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WORLD_TOPOLOGY } from "../scenarios/worlds/topology.ts";
import { NamespaceNetwork } from "../world/namespaces/namespace-network.ts";
import { requireNamespaces } from "../world/namespaces/require-namespaces.ts";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";

const MAIN = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url));
const SERVER = "203.0.113.1:7450";

test("Two peers behind NATs of the kernel exchange a message and a file.", async (context) => {
  if (!requireNamespaces(context)) return;
  const { folder, network, start } = await openNetwork();
  try {
    await start("server", "server", "--listen", SERVER).ready();
    const bob = start("router", "run", "--server", SERVER, "--accept-files", "--name", "bob");
    const { fingerprint } = await bob.ready<{ readonly fingerprint: string }>();
    const ann = ["--server", SERVER, "--name", "ann"];
    const said = await start("client", "send", fingerprint, "hello", ...ann).ended();
    assert.equal(said.code, 0, said.err);
    assert.deepEqual((JSON.parse(said.out) as { readonly delivered: boolean }).delivered, true);
    const bytes = randomBytes(300_000);
    const path = join(folder, "a-file.bin");
    writeFileSync(path, bytes);
    const sent = await start("client", "send", fingerprint, "--file", path, ...ann).ended();
    assert.equal(sent.code, 0, sent.err);
    assert.ok(readFileSync(join(folder, "router", "files", "a-file.bin")).equals(bytes));
    // What the two said crossed their boxes.
    for (const box of ["client box", "router box"]) {
      assert.ok(
        network.connections(box).some((line) => line.includes("dport=7450")),
        box,
      );
    }
  } finally {
    await network.close();
  }
});

test("A peer whose machine moves to another address registers again and is reached there.", async (context) => {
  if (!requireNamespaces(context)) return;
  const { network, start } = await openNetwork();
  try {
    await start("server", "server", "--listen", SERVER).ready();
    const bob = start("router", "run", "--server", SERVER, "--name", "bob");
    const { fingerprint } = await bob.ready<{ readonly fingerprint: string }>();
    const registrations = (): number => bob.log.split("registered with").length - 1;
    await waitFor("bob is not registered", () => registrations() === 1);
    const ip = (host: string, words: string): void => {
      const [program, ...before] = network.commandOn(host);
      execFileSync(program, [...before, "ip", ...words.split(" ")]);
    };
    ip("router box", "route add 192.168.1.77/32 dev lan");
    ip("router", "address add 192.168.1.77/32 dev wan");
    ip("router", "address del 192.168.1.10/32 dev wan");
    await waitFor("bob does not register again", () => registrations() > 1, 15_000);
    const ann = ["--server", SERVER, "--name", "ann"];
    const said = await start("client", "send", fingerprint, "are you there?", ...ann).ended();
    assert.equal(said.code, 0, said.err);
    assert.match(bob.printed, /are you there\?/);
    assert.ok(network.connections("router box").some((line) => line.includes("src=192.168.1.77 ")));
  } finally {
    await network.close();
  }
});

/** The network, and what starts `tagwire peer` on a host of it. */
async function openNetwork(): Promise<{
  readonly folder: string;
  readonly network: NamespaceNetwork;
  readonly start: (host: string, ...words: readonly string[]) => TagwireProcess;
}> {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-peer-nats-"));
  const network = await NamespaceNetwork.open({ topology: WORLD_TOPOLOGY, folders: [folder] });
  const start = (host: string, ...words: readonly string[]): TagwireProcess => {
    const [program, ...before] = network.commandOn(host);
    const data = ["--data", join(folder, host), "--json"];
    return new TagwireProcess([...before, process.execPath, MAIN, "peer", ...words, ...data], {
      program,
    });
  };
  return { folder, network, start };
}
