import assert from "node:assert/strict";
import { hostname, networkInterfaces, totalmem, uptime } from "node:os";
import { after, before, suite, test } from "node:test";
import { isInstalled } from "../require.ts";
import { ProcessNetwork, ROUTER_MAC } from "./process-network.ts";
import { waitFor } from "./tagwire-process.ts";

/** What may lie between two looks at a clock in two processes on a busy machine, seconds. */
const CLOCK_MARGIN_S = 5;

const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;
const NOT_ALLOWED = -32001;
const UNREACHABLE = -32002;
const UNAVAILABLE = -32003;

const METHODS = [
  "config.get",
  "config.set",
  "log.tail",
  "network.interfaces",
  "network.ping",
  "rpc.describe",
  "system.info",
  "system.load",
  "system.reboot",
  "system.uptime",
];

suite("hub, server, router and client as four processes", () => {
  const network = new ProcessNetwork({ telemetryPeriodMs: 1000 });
  before(() => network.start());
  after(() => network.close());

  async function resultOf<Result>(method: string, params?: object): Promise<Result> {
    const { code, error, result } = await network.call(method, params);
    assert.equal(code, 0, `${method}: ${JSON.stringify(error)}`);
    return result as Result;
  }

  async function errorOf(method: string, params?: object): Promise<number | undefined> {
    const { code, error } = await network.call(method, params);
    assert.equal(code, 1, method);
    return error?.code;
  }

  test("a router that brought a claim code is in the account, under its label and online", async () => {
    const [device, ...others] = await network.devices();
    assert.deepEqual(others, []);
    assert.equal(device?.mac, ROUTER_MAC);
    assert.equal(device.label, "Attic");
    assert.equal(device.online, true);
    assert.ok(Math.abs((device.uptimeS ?? 0) - uptime()) < CLOCK_MARGIN_S + 1);
  });

  test("a call reads this machine's own uptime through the server", async () => {
    const called = await network.call("system.uptime");
    const { uptimeS } = called.result as { readonly uptimeS: number };
    assert.ok(Math.abs(uptimeS - uptime()) < CLOCK_MARGIN_S, String(uptimeS));
    assert.equal(called.routerMac, ROUTER_MAC);
    assert.match(called.server, /^127\.0\.0\.1:\d+$/);
    assert.ok(called.connectMs > 0);
  });

  test("with a period of one second the hub hears the router every second", async () => {
    const first = (await network.devices())[0]?.uptimeS ?? 0;
    await waitFor("no later report came", async () => {
      const [device] = await network.devices();
      assert.ok((device?.lastSeenS ?? 99) < 1 + CLOCK_MARGIN_S);
      return (device?.uptimeS ?? 0) >= first + 2;
    });
  });

  test("what the router is and how it is loaded are this machine's own values", async () => {
    const info = await resultOf<Readonly<Record<string, unknown>>>("system.info");
    assert.equal(info["mac"], ROUTER_MAC);
    assert.equal(info["hostname"], hostname());
    assert.equal(info["architecture"], process.arch);
    const load = await resultOf<Readonly<Record<string, number>>>("system.load");
    assert.equal(load["memoryTotalKib"], Math.floor(totalmem() / 1024));
    assert.ok((load["memoryFreeKib"] ?? 0) > 0);
    const interfaces =
      await resultOf<readonly { readonly name: string; readonly addresses: readonly string[] }[]>(
        "network.interfaces",
      );
    assert.deepEqual(
      interfaces.map(({ name }) => name).sort(),
      Object.keys(networkInterfaces()).sort(),
    );
    assert.ok(interfaces.some(({ addresses }) => addresses.includes("127.0.0.1/8")));
  });

  test("ping measures the way to a host, or says that this machine cannot", async () => {
    if (!isInstalled("ping")) {
      assert.equal(await errorOf("network.ping", { host: "127.0.0.1" }), UNAVAILABLE);
      return;
    }
    const pinged = await network.call("network.ping", { host: "127.0.0.1", count: 2 });
    // Some systems let only root send echo requests.
    if (pinged.error === undefined) {
      const { sent, received } = pinged.result as Readonly<Record<string, number>>;
      assert.deepEqual([sent, received], [2, 2]);
    } else assert.equal(pinged.error.code, UNREACHABLE);
    assert.equal(await errorOf("network.ping", { host: "-f" }), UNREACHABLE);
  });

  test("rpc.describe lists all ten methods with their schemas", async () => {
    const { methods } = await resultOf<{
      readonly methods: readonly { readonly name: string; readonly params: object }[];
    }>("rpc.describe");
    assert.deepEqual(methods.map(({ name }) => name).sort(), METHODS);
    assert.deepEqual(methods.find(({ name }) => name === "system.uptime")?.params, {
      type: "object",
      additionalProperties: false,
    });
  });

  test("log.tail shows the router's own log", async () => {
    const { lines } = await resultOf<{ readonly lines: readonly string[] }>("log.tail");
    assert.ok(
      lines.some((line) => line.includes("router: enrolled with the hub")),
      lines.join("\n"),
    );
    const few = await resultOf<{ readonly lines: readonly string[] }>("log.tail", { lines: 1 });
    assert.equal(few.lines.length, 1);
  });

  test("a restart of the machine is refused unless its operator allows it", async () => {
    assert.equal(await errorOf("system.reboot"), NOT_ALLOWED);
  });

  test("wrong parameters and unknown methods get the codes of JSON-RPC", async () => {
    assert.equal(await errorOf("network.ping", {}), INVALID_PARAMS);
    assert.equal(await errorOf("system.uptime", { verbose: true }), INVALID_PARAMS);
    assert.equal(await errorOf("config.set", { telemetryPeriodMs: 1 }), INVALID_PARAMS);
    assert.equal(await errorOf("config.set", { allowReboot: true }), INVALID_PARAMS);
    assert.equal(await errorOf("system.selfDestruct"), METHOD_NOT_FOUND);
    assert.equal(await errorOf("constructor"), METHOD_NOT_FOUND);
  });

  test("config.set changes the period at once and outlives a restart of the router", async () => {
    const change = { label: "Loft", telemetryPeriodMs: 600_000 };
    const changed = { ...change, allowReboot: false };
    assert.deepEqual(await resultOf("config.set", change), changed);
    const heard = (await network.devices())[0]?.uptimeS;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal((await network.devices())[0]?.uptimeS, heard, "it still reports every second");
    const back = { label: "Loft", telemetryPeriodMs: 1000 };
    assert.deepEqual(await resultOf("config.set", back), { ...back, allowReboot: false });
    await waitFor("it does not report again", async () => {
      const [device] = await network.devices();
      return (device?.uptimeS ?? 0) > (heard ?? 0);
    });
    await resultOf("config.set", { telemetryPeriodMs: 700 });
    await network.stop("router");
    await network.startRouter();
    await network.waitUntilOnline();
    const kept = { label: "Loft", telemetryPeriodMs: 700, allowReboot: false };
    assert.deepEqual(await resultOf("config.get"), kept);
  });

  test("the hub calls the router for a browser as well", async () => {
    const { token } = network.session();
    const response = await fetch(new URL("call", network.hub.http), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ mac: ROUTER_MAC, method: "system.uptime" }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    const report = (await response.json()) as {
      readonly answers: readonly { readonly result?: { readonly uptimeS: number } }[];
    };
    assert.ok(Math.abs((report.answers[0]?.result?.uptimeS ?? 0) - uptime()) < CLOCK_MARGIN_S);
    network.secrets.push(token);
  });

  test("no log of the whole run holds a password, a code, a token or a key, at any level", async () => {
    for (const name of ["router", "server", "hub"] as const) {
      const { code } = await network.stop(name);
      assert.equal(code, 0, name);
    }
    const kept = (["router", "server", "hub"] as const).map((name) => network.state(name));
    const keys = kept.flatMap((state) => secretsOf(state));
    assert.ok(keys.length >= 6, "the state files hold identities and keys");
    const log = network.logs.join("\n");
    assert.ok(log.includes('"msg":"enrolled with the hub"'));
    for (const secret of [...network.secrets, ...keys]) {
      assert.ok(secret.length >= 8);
      assert.ok(!log.includes(secret), "a secret is in a log");
    }
  });
});

/** The secret texts of a state file: private keys of the identity and the key shared with the hub. */
function secretsOf({ identity, key }: Readonly<Record<string, unknown>>): readonly string[] {
  const { signingKey, staticKey } = JSON.parse(identity as string) as Record<string, string>;
  const own = [signingKey ?? "", staticKey ?? ""];
  if (key === undefined) return own;
  const { base64 } = (key as { readonly key: { readonly base64: string } }).key;
  const bytes = Buffer.from(base64, "base64");
  return [...own, base64, bytes.toString("hex"), bytes.toString("base64url")];
}
