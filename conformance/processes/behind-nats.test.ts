import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WORLD_TOPOLOGY } from "../scenarios/worlds/topology.ts";
import { NamespaceNetwork } from "../world/namespaces/namespace-network.ts";
import { requireNamespaces } from "../world/namespaces/require-namespaces.ts";
import { ACCOUNT, ROUTER_MAC } from "./process-network.ts";
import type { Called, ListedDevice } from "./process-network.ts";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";
import type { Ended } from "./tagwire-process.ts";

const MAIN = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url));
const HUB = "192.0.2.1:7400";
const HUB_HTTP = "192.0.2.1:7480";

/** What `tagwire hub --json` prints when it runs. */
interface HubReady {
  readonly fingerprint: string;
}

test("The commands of a user work behind a home's box and a carrier's.", async (context) => {
  if (!requireNamespaces(context)) return;
  const folder = mkdtempSync(join(tmpdir(), "tagwire-nats-"));
  const network = await NamespaceNetwork.open({ topology: WORLD_TOPOLOGY, folders: [folder] });
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${ACCOUNT.password}\n`, { mode: 0o600 });
  const start = (host: string, ...words: readonly string[]): TagwireProcess => {
    const [program, ...before] = network.commandOn(host);
    const data = ["--data", join(folder, host), "--json"];
    return new TagwireProcess([...before, process.execPath, MAIN, ...words, ...data], { program });
  };
  const client = (...words: readonly string[]): Promise<Ended> =>
    start(
      "client",
      ...words,
      ...[
        "--hub",
        `http://${HUB_HTTP}/`,
        "--plain-http",
        "--login",
        ACCOUNT.login,
        "--password-file",
        passwordFile,
      ],
    ).ended();
  try {
    const hub = start("hub", "hub", "--listen", HUB, "--http", HUB_HTTP);
    const { fingerprint } = await hub.ready<HubReady>();
    const ofHub = ["--hub", HUB, "--hub-fingerprint", fingerprint, "--telemetry-period-ms", "1000"];
    const secret = join(folder, "hub", "join-secret");
    const server = start(
      "server",
      ...["server", ...ofHub, "--listen", "203.0.113.1:7500", "--join-secret-file", secret],
    );
    await server.ready();
    const registered = await client("account", "register");
    assert.equal(registered.code, 0, registered.err);
    const made = await client("claim", "--label", "Attic");
    const { code } = JSON.parse(made.out) as { readonly code: string };
    const router = start("router", "router", ...ofHub, "--mac", ROUTER_MAC, "--claim", code);
    await router.ready();
    await waitFor("the router is not online", async () => {
      const { devices } = JSON.parse((await client("devices")).out) as {
        readonly devices: readonly ListedDevice[];
      };
      return devices.some(({ mac, online }) => mac === ROUTER_MAC && online);
    });
    const called = await client("call", ROUTER_MAC, "system.info");
    assert.equal(called.code, 0, called.err);
    const answer = JSON.parse(called.out) as Called;
    assert.equal(answer.server, "203.0.113.1:7500");
    assert.equal((answer.result as { readonly mac: string }).mac, ROUTER_MAC);
    // The client's connection crossed both boxes on its way.
    const crosses = (box: string, from: string): boolean =>
      network.connections(box).some((line) => line.includes(`src=${from} dst=203.0.113.1 `));
    assert.ok(crosses("client box", "192.168.1.20") && crosses("carrier box", "100.64.0.9"));
  } finally {
    await network.close();
  }
});
