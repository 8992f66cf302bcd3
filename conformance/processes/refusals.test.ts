import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { TestContext } from "node:test";
import { ProcessNetwork } from "./process-network.ts";
import { runCommand, waitFor } from "./tagwire-process.ts";
import type { Ended } from "./tagwire-process.ts";

/** Smaller than the database that a hub makes at its first start. */
const SMALL_DISK_BYTES = 32_768;

suite("what an operator did wrong ends the process with the place and a remedy", () => {
  const network = new ProcessNetwork({ extra: { hub: ["--no-gateway"] } });
  before(() => network.startHub());
  after(() => network.close());

  /** What the process said; it must be one JSON object, without a stack trace. */
  function faultOf({ out, err }: Ended): { readonly place: string; readonly message: string } {
    assert.ok(!err.includes("    at "), err);
    const { ok, errors } = JSON.parse(out) as {
      readonly ok: boolean;
      readonly errors: readonly { place: string; message: string; remedy: string }[];
    };
    assert.equal(ok, false);
    const [fault, ...others] = errors;
    assert.deepEqual(others, []);
    assert.ok(fault !== undefined && fault.remedy !== "");
    assert.ok(fault.message.endsWith(fault.remedy));
    return fault;
  }

  function folder(name: string): string {
    return join(network.folder, name);
  }

  function hub(
    data: string,
    { listen = "127.0.0.1:0", http = "127.0.0.1:0" }: { listen?: string; http?: string } = {},
  ): Promise<Ended> {
    const places = ["--listen", listen, "--http", http, "--data", data];
    return runCommand(["hub", ...places, "--no-gateway", "--json"]);
  }

  test("two hubs cannot have one data folder", async () => {
    const ended = await hub(network.data("hub"));
    assert.equal(ended.code, 1);
    const { place, message } = faultOf(ended);
    assert.equal(place, join(network.data("hub"), "hub.sqlite"));
    assert.match(message, /in use by another process\. Stop the other process/);
    assert.ok(network.part("hub").isRunning);
  });

  test("a taken port is named, for each protocol", async () => {
    const { listen, http } = network.hub;
    const web = new URL(http).host;
    const server = ["server", "--hub", listen, "--data", folder("second-server"), "--json"];
    const cases: readonly (readonly [place: string, ended: Ended])[] = [
      [`UDP ${listen}`, await hub(folder("second-hub"), { listen })],
      [`HTTP ${web}`, await hub(folder("second-hub"), { http: web })],
      [`TCP ${listen}`, await runCommand([...server, "--listen", listen])],
    ];
    for (const [place, ended] of cases) {
      assert.equal(ended.code, 1, place);
      const fault = faultOf(ended);
      assert.equal(fault.place, place);
      assert.match(fault.message, /the port is taken by another process\. Stop that process, or/);
    }
  });

  test("a configuration that does not fit exits 2 with file, pointer and remedy", async () => {
    const file = folder("router.json");
    writeFileSync(file, JSON.stringify({ hub: "hub.example", data: folder("none") }));
    const ended = await runCommand(["router", "--config", file, "--json"]);
    assert.equal(ended.code, 2);
    assert.equal(faultOf(ended).place, `${file}#/hub`);
  });

  test("a file in the place of the data folder is named", async () => {
    const file = folder("not-a-folder");
    writeFileSync(file, "");
    const { listen } = network.hub;
    const parts = [
      ["hub", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
      ["server", "--hub", listen, "--listen", "127.0.0.1:0"],
      ["router", "--hub", listen],
    ];
    for (const part of parts) {
      const ended = await runCommand([...part, "--data", file, "--json"]);
      assert.ok(ended.code === 1 || ended.code === 2, part.join(" "));
      assert.ok(faultOf(ended).place.startsWith(file), ended.err);
    }
  });

  test("a damaged state file is named, and not overwritten by a new identity", async () => {
    const data = folder("damaged");
    mkdirSync(data);
    writeFileSync(join(data, "state.json"), '{"identity": 1}');
    const ended = await runCommand([
      "router",
      "--hub",
      network.hub.listen,
      "--data",
      data,
      "--json",
    ]);
    assert.equal(ended.code, 1);
    assert.equal(faultOf(ended).place, `${join(data, "state.json")}#/identity`);
  });

  test("a router that knows a hub refuses to be told of another", async () => {
    await network.startRouter();
    await waitFor(
      "the router did not learn its hub",
      () => network.state("router")["hub"] !== undefined,
    );
    await network.stop("router");
    const other = "A".repeat(43);
    const ended = await runCommand([
      ...["router", "--hub", network.hub.listen, "--hub-fingerprint", other],
      ...["--data", network.data("router"), "--json"],
    ]);
    assert.equal(ended.code, 1);
    assert.match(faultOf(ended).message, /this party knows the hub .* new data folder/);
  });

  test("a full disk is named", async (t) => {
    const disk = folder("small-disk");
    mkdirSync(disk);
    if (!mountSmallDisk(t, disk)) return;
    const ended = await hub(join(disk, "hub"));
    assert.equal(ended.code, 1, ended.err);
    const { place, message } = faultOf(ended);
    assert.ok(place.startsWith(disk), place);
    assert.match(message, /disk/);
  });
});

/** Mounts a file system in memory until the test ends; only root may. */
function mountSmallDisk(t: TestContext, folder: string): boolean {
  const size = `size=${String(SMALL_DISK_BYTES)}`;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    t.skip("this user may not mount a file system");
    return false;
  }
  t.after(() => {
    execFileSync("umount", [folder]);
  });
  return true;
}
