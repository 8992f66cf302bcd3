import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, suite, test } from "node:test";
import { freePort } from "../../runtime/processes/free-port.ts";
import { ACCOUNT, ProcessNetwork, ROUTER_MAC } from "./process-network.ts";
import type { PartName } from "./process-network.ts";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";

/** From a part being ready again to an answered call: a telemetry period of 1 s, and a busy machine. */
const RECOVERY_MS = 15_000;
/** From SIGTERM to the end of a process that somebody still waits for. */
const STOP_MS = 5_000;
/** How long ago the hub may have heard a router that is online: three periods of 1 s, and 5 s for delay. */
const ONLINE_S = 8;
/** The parts that report to the hub. */
const REPORTERS = ["server", "router"] as const;

/** What the hub's file holds, read while no hub runs. */
interface Stored {
  readonly routers: readonly {
    readonly account: string | null;
    readonly telemetry: string | null;
  }[];
  readonly servers: readonly { readonly endpointPort: number | null }[];
  readonly claims: readonly { readonly label: string }[];
  readonly accounts: readonly { readonly login: string }[];
  readonly sessions: readonly { readonly login: string }[];
}

suite("parts that are killed and come back", () => {
  const network = new ProcessNetwork({
    telemetryPeriodMs: 1000,
    extra: { hub: ["--no-gateway"] },
  });
  after(() => network.close());

  async function start(part: PartName): Promise<void> {
    if (part === "hub") await network.startHub();
    else if (part === "server") await network.startServer();
    else await network.startRouter();
  }

  async function connectingWorks(): Promise<void> {
    let last = "";
    await waitFor(
      () => `connecting does not work again (${last})`,
      async () => {
        const called = await network.call("system.uptime");
        last = JSON.stringify(called);
        return called.code === 0;
      },
      RECOVERY_MS,
    );
  }

  async function claimLabels(): Promise<readonly string[]> {
    const { out } = await network.client(["claim", "list"]);
    const { claims } = JSON.parse(out) as { readonly claims: readonly { label: string }[] };
    return claims.map(({ label }) => label);
  }

  function stored(): Stored {
    const database = new DatabaseSync(join(network.data("hub"), "hub.sqlite"), { readOnly: true });
    try {
      const tables = ["routers", "servers", "claims", "accounts", "sessions"];
      const rows = tables.map((table) => [table, database.prepare(`select * from ${table}`).all()]);
      return Object.fromEntries(rows) as Stored;
    } finally {
      database.close();
    }
  }

  /** Counts of a hub that ended, from its last words. */
  function refusedBy(log: string): Readonly<Record<string, number>> {
    const last = log.trim().split("\n").at(-1) ?? "";
    return (JSON.parse(last) as { readonly refused: Readonly<Record<string, number>> }).refused;
  }

  before(async () => {
    await network.startHub();
    await network.client(["account", "register"]);
  });

  test("a claim code that was shown outlives a hub that is killed at once", async () => {
    const code = await network.claimCode();
    await network.stop("hub", "SIGKILL");
    await network.startHub();
    assert.deepEqual(await claimLabels(), ["Attic"]);
    await network.startServer();
    await network.startRouter(code);
    await waitFor("the router is not claimed", () =>
      network.part("hub").log.includes('"msg":"claimed"'),
    );
  });

  test("a hub that is killed right after a claim knows router, keys, account and session again", async () => {
    await network.stop("hub", "SIGKILL");
    const { token } = network.session();
    const { key } = network.state("router");
    await network.startHub();
    await network.waitUntilOnline();
    await connectingWorks();
    assert.deepEqual(await claimLabels(), [], "the code can be used again");
    assert.equal(network.session().token, token, "the client had to log in again");
    assert.deepEqual(network.state("router")["key"], key, "the router had to enrol again");
  });

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    for (const part of ["server", "router"] as const) {
      test(`connecting works again after ${signal} and a restart of the ${part}`, async () => {
        const { key } = network.state(part);
        const { code } = await network.stop(part, signal);
        assert.equal(code, signal === "SIGTERM" ? 0 : null);
        await start(part);
        await connectingWorks();
        assert.deepEqual(network.state(part)["key"], key, "it had to enrol again");
      });
    }
  }

  test("without its server the client is told to try again, and the hub goes on", async () => {
    await network.stop("server", "SIGKILL");
    const called = await network.call("system.uptime");
    assert.equal(called.code, 5, JSON.stringify(called));
    await network.startServer();
    await connectingWorks();
  });

  test("at SIGTERM everything is on disk, in one file, when the hub's process ends", async () => {
    await network.claimCode();
    // They stand still until the hub is back: who gets no answer for three periods knocks, and is challenged rightly.
    for (const part of REPORTERS) network.part(part).signal("SIGSTOP");
    const { code, err } = await network.stop("hub");
    assert.equal(code, 0, err);
    assert.equal(existsSync(join(network.data("hub"), "hub.sqlite-wal")), false);
    const { routers, servers, claims, accounts, sessions } = stored();
    assert.deepEqual(
      routers.map(({ account }) => account),
      [ACCOUNT.login],
    );
    const telemetry = JSON.parse(routers[0]?.telemetry ?? "{}") as { readonly uptimeS?: number };
    assert.ok((telemetry.uptimeS ?? 0) > 0);
    assert.equal(servers.length, 1);
    assert.ok((servers[0]?.endpointPort ?? 0) > 0);
    assert.deepEqual(
      claims.map(({ label }) => label),
      ["Attic"],
    );
    assert.deepEqual(
      accounts.map(({ login }) => login),
      [ACCOUNT.login],
    );
    assert.ok(sessions.some(({ login }) => login === ACCOUNT.login));
  });

  test("a hub that comes back after SIGTERM challenges nobody: all keys are known", async () => {
    const keys = REPORTERS.map((part) => network.state(part)["key"]);
    await network.startHub();
    const [{ online, lastSeenS = 0, uptimeS = 0 } = { online: false }] = await network.devices();
    assert.ok(online || lastSeenS > ONLINE_S, "it is known and fresh, before it reports");
    assert.ok(uptimeS > 0);
    for (const part of REPORTERS) network.part(part).signal("SIGCONT");
    await waitFor("no report of the router is taken in", async () => {
      const [device] = await network.devices();
      return (device?.uptimeS ?? 0) > uptimeS;
    });
    await connectingWorks();
    const { err } = await network.stop("hub");
    assert.equal(refusedBy(err)["challenged"], undefined, err);
    assert.deepEqual(
      REPORTERS.map((part) => network.state(part)["key"]),
      keys,
    );
  });

  test("a client that waits hears that the hub stops, and the hub does not wait for it", async () => {
    await network.startHub();
    await network.waitUntilOnline();
    await network.stop("router", "SIGKILL");
    const body = JSON.stringify({ clientFingerprint: "A".repeat(43) });
    const waiting = fetch(new URL(`?mac=${ROUTER_MAC}`, network.hub.http), {
      method: "POST",
      headers: {
        authorization: `Bearer ${network.session().token}`,
        "content-type": "application/json",
      },
      body,
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const startMs = performance.now();
    const { code } = await network.stop("hub");
    assert.equal(code, 0);
    assert.ok(performance.now() - startMs < STOP_MS);
    const response = await waiting;
    assert.equal(response.status, 504);
    const { reason } = (await response.json()) as { readonly reason?: string };
    assert.equal(reason, "stopping");
  });
});

test("a hub starts while others knock at its port already", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-knock-"));
  const listen = `127.0.0.1:${String(await freePort("127.0.0.1"))}`;
  const router = new TagwireProcess([
    ...["router", "--hub", listen, "--data", join(folder, "router")],
    ...["--telemetry-period-ms", "500", "--json"],
  ]);
  await router.ready();
  // With a gateway: its key takes long to make.
  const hub = new TagwireProcess([
    ...[
      "hub",
      "--listen",
      listen,
      "--http",
      "127.0.0.1:0",
      "--data",
      join(folder, "hub"),
      "--json",
    ],
  ]);
  t.after(async () => {
    await Promise.all([router.stop("SIGKILL"), hub.stop("SIGKILL")]);
    rmSync(folder, { recursive: true, force: true });
  });
  await hub.ready();
  await waitFor("the router does not enrol", () =>
    router.log.includes('"msg":"the hub stored the inventory"'),
  );
  assert.ok(hub.isRunning, hub.log);
});
