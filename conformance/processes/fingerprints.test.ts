import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { parseFingerprint } from "../../runtime/core/index.ts";
import { ProcessNetwork } from "./process-network.ts";
import { TagwireProcess, waitFor } from "./tagwire-process.ts";

/** Eight groups of eight hexadecimal digits, in whatever text. */
const PRINTED = /\b(?:[0-9a-f]{8}-){7}[0-9a-f]{8}\b/;

interface Ready {
  readonly fingerprint: string;
}

function bytesOf(fingerprint: string): Uint8Array {
  return parseFingerprint(fingerprint) ?? new Uint8Array();
}

suite("fingerprints, everywhere in one notation", () => {
  const network = new ProcessNetwork();
  const started: TagwireProcess[] = [];

  before(async () => {
    await network.startHub();
  });
  after(async () => {
    await Promise.allSettled(started.map((process) => process.stop("SIGKILL")));
    await network.close();
  });

  /** Starts a part of the network with a folder of its own. */
  function start(args: readonly string[], name: string): TagwireProcess {
    const process = new TagwireProcess([...args, "--data", `${network.folder}/${name}`]);
    started.push(process);
    return process;
  }

  /** The fingerprint that a part prints; the part is stopped. */
  async function printedBy(process: TagwireProcess): Promise<string> {
    await waitFor(
      () => `no fingerprint is printed: ${process.printed}${process.log}`,
      () => PRINTED.test(process.printed),
    );
    const { out } = await process.stop();
    const [fingerprint = ""] = PRINTED.exec(out) ?? [];
    assert.ok(!out.includes(Buffer.from(bytesOf(fingerprint)).toString("base64url")), out);
    return fingerprint;
  }

  test("what a part prints when it is ready, as text and with --json, is what people compare", async () => {
    const { listen, fingerprint: hub } = network.hub;
    const ofHub = ["--hub", listen, "--hub-fingerprint", hub];
    const free = ["--listen", "127.0.0.1:0"];
    const parts: Readonly<Record<string, readonly string[]>> = {
      server: ["server", ...ofHub, ...free],
      router: ["router", ...ofHub, "--mac", "02:00:5e:10:00:01"],
      main: ["tunnel", "main", ...free],
      peer: ["peer", "id"],
    };
    for (const [name, args] of Object.entries(parts)) {
      const asJson = await printedBy(start([...args, "--json"], name));
      const asText = await printedBy(start(args, name));
      assert.equal(asText, asJson, name);
    }
    assert.match(hub, PRINTED);
  });

  test("both notations of a pinned hub are taken", async () => {
    const { fingerprint } = network.hub;
    const notations = [fingerprint, Buffer.from(bytesOf(fingerprint)).toString("base64url")];
    for (const notation of notations) {
      const args = ["--hub", network.hub.listen, "--hub-fingerprint", notation];
      const router = start(["router", ...args, "--mac", "02:00:5e:10:00:02", "--json"], "both");
      await router.ready();
      assert.equal((await router.stop()).code, 0);
    }
  });

  test("the command that a claim is given with, and the devices, have it too", async () => {
    await network.client(["account", "register"]);
    const { out } = await network.client(["claim"]);
    const { code, command } = JSON.parse(out) as {
      readonly code: string;
      readonly command: string;
    };
    assert.ok(command.includes(`--hub-fingerprint ${network.hub.fingerprint} `), command);
    await network.startRouter(code);
    await network.waitUntilOnline();
    const { fingerprint } = await network.part("router").ready<Ready>();
    const { out: listed } = await network.client(["devices"]);
    const { devices } = JSON.parse(listed) as { readonly devices: readonly Ready[] };
    assert.deepEqual(
      devices.map((device) => device.fingerprint),
      [fingerprint],
    );
  });
});
