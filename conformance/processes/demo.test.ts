import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createConnection } from "node:net";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, afterEach, suite, test } from "node:test";
import type { DemoReport } from "../../runtime/processes/config-types.ts";
import { runCommand, TagwireProcess, waitFor } from "./tagwire-process.ts";

const CLOCK_MARGIN_S = 5;
const STOP_MS = 5_000;

/** What the demonstration prints once it runs for good. */
interface DemoReady {
  readonly ready: true;
  readonly url: string;
  readonly account: { readonly login: string; readonly password: string };
  readonly report: DemoReport;
}

suite("the demonstration", () => {
  /** Where the demonstration puts what is temporary, so that leftovers are seen. */
  const temporary = mkdtempSync(join(tmpdir(), "tagwire-demo-test-"));
  const env = { TMPDIR: temporary };
  after(() => {
    rmSync(temporary, { recursive: true, force: true });
  });
  afterEach(() => {
    assert.deepEqual(leftovers(), [], "something temporary is left");
    assert.deepEqual(processesWith(temporary), [], "a process is left");
  });

  function leftovers(): readonly string[] {
    return readdirSync(temporary).filter((name) => name.startsWith("tagwire-"));
  }

  function reportOf(out: string): DemoReport {
    assert.match(out, /^\{.*\}\n$/, "standard output has one line");
    return JSON.parse(out) as DemoReport;
  }

  async function assertClosed(server: string): Promise<void> {
    const [host = "", port = ""] = server.split(":");
    assert.equal(await isListening(host, Number(port)), false, `${server} still listens`);
  }

  test("npm start -- --once --json prints one JSON object of this machine's values and leaves nothing", async () => {
    const args = ["--silent", "start", "--", "--once", "--json"];
    const ended = await runCommand(args, { program: "npm", env });
    assert.equal(ended.code, 0, ended.err);
    const { routerMac, uptimeS, server, connectMs, rpc, ...more } = reportOf(ended.out);
    assert.deepEqual(more, {});
    assert.match(routerMac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.ok(Math.abs(uptimeS - uptime()) < CLOCK_MARGIN_S);
    assert.ok(connectMs > 0);
    assert.deepEqual(rpc, { method: "system.uptime", result: { uptimeS } });
    await assertClosed(server);
  });

  test("a data folder works again: same router, same account, no further claim code", async () => {
    const data = join(temporary, "kept");
    const args = ["demo", "--once", "--json", "--data", data, "--telemetry-period-ms", "1000"];
    const first = await runCommand(args, { env });
    assert.equal(first.code, 0, first.err);
    const account = join(data, "account.json");
    assert.equal(statSync(account).mode & 0o777, 0o600);
    const kept = readFileSync(account, "utf8");
    const second = await runCommand(args, { env });
    assert.equal(second.code, 0, second.err);
    assert.equal(reportOf(second.out).routerMac, reportOf(first.out).routerMac);
    assert.equal(readFileSync(account, "utf8"), kept);
    assert.deepEqual(rowsOf(data, "accounts").length, 1);
    assert.deepEqual(rowsOf(data, "claims"), []);
    assert.equal(rowsOf(data, "routers").length, 1);
    assert.equal(rowsOf(data, "servers").length, 2);
  });

  test("without --once it runs, lets the account in, and Ctrl-C ends it", async () => {
    const demo = new TagwireProcess(["demo", "--free-ports", "--json"], { env });
    const { url, account, report } = await demo.ready<DemoReady>();
    const response = await fetch(new URL("auth", url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(account),
    });
    assert.equal(response.status, 200, await response.text());
    const startMs = performance.now();
    const { code, err } = await demo.stop("SIGINT");
    assert.equal(code, 0, err);
    assert.ok(performance.now() - startMs < STOP_MS);
    assert.ok(!err.includes(account.password), "the password is in the log");
    await assertClosed(report.server);
    await assertClosed(new URL(url).host);
  });

  test("Ctrl-C while it starts ends it as cleanly", async () => {
    const demo = new TagwireProcess(["demo", "--free-ports", "--json"], { env });
    await waitFor("it did not start", () => leftovers().length > 0);
    const { code, out } = await demo.stop("SIGINT");
    assert.equal(code, 130);
    assert.equal(out, "");
  });

  test("a failure half-way, when hub and servers run, is told and ends it as cleanly", async () => {
    const data = join(temporary, "half-way");
    const args = ["demo", "--once", "--json", "--data", data];
    assert.equal((await runCommand(args, { env })).code, 0);
    const file = join(data, "router", "state.json");
    const state = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...state, starts: "often" }));
    const ended = await runCommand(args, { env });
    assert.equal(ended.code, 1, ended.out);
    assert.match(ended.err, /"msg":"stopped"/, "the hub and the servers were stopped in order");
    const { errors } = JSON.parse(ended.out) as {
      readonly errors: readonly { readonly place: string }[];
    };
    assert.deepEqual(
      errors.map(({ place }) => place),
      [`${file}#/starts`],
    );
  });
});

function rowsOf(data: string, table: string): readonly unknown[] {
  const database = new DatabaseSync(join(data, "hub", "hub.sqlite"), { readOnly: true });
  try {
    return database.prepare(`select * from ${table}`).all();
  } finally {
    database.close();
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** Processes whose environment names a folder, where the system shows that (Linux). */
function processesWith(folder: string): readonly string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").includes(folder);
    } catch {
      // It ended meanwhile, or is somebody else's.
      return false;
    }
  });
}
