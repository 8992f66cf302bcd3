import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TELEMETRY_TAG, decodeTelemetry } from "../../generated/control/messages/telemetry.ts";
import { Outsider, TAGS } from "./outsider.ts";
import type { AgreedKey } from "./outsider.ts";

const COMMAND = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url));
const MAC = "02:00:5e:10:00:01";

suite("a router written from the protocol reference alone", () => {
  let folder: string;
  let hub: ChildProcess;
  let outsider: Outsider;
  let agreed: AgreedKey | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tagwire-outsider-"));
    const places = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", folder];
    const options = [...places, "--json", "--log-level", "error"];
    hub = spawn(process.execPath, [COMMAND, "hub", ...options], { stdio: ["ignore", "pipe", 2] });
    assert.ok(hub.stdout !== null);
    const [line] = (await once(hub.stdout.setEncoding("utf8"), "data")) as [string];
    const { listen } = JSON.parse(line) as { readonly listen: string };
    outsider = await Outsider.open(Number(listen.split(":").at(-1)), MAC);
  });

  after(async () => {
    outsider.close();
    hub.kill("SIGTERM");
    if (hub.exitCode === null) await once(hub, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  test("gets the challenge for its first telemetry", async () => {
    const challenge = await outsider.report();
    assert.equal(challenge.tag, TAGS.challenge);
    assert.equal(challenge.bytes.length, 60);
  });

  test("enrols, and computes the key that the hub confirms", async () => {
    agreed = await outsider.enrol(await outsider.report());
    assert.ok(agreed !== undefined);
  });

  test("reports under that key and knows the hub's answer as genuine", async () => {
    assert.ok(agreed !== undefined);
    const answer = await outsider.report(agreed);
    assert.equal(answer.tag, TAGS.acknowledgement);
    assert.ok(outsider.isGenuine(answer, agreed));
    assert.ok(!outsider.isGenuine(answer, { ...agreed, key: Buffer.alloc(32) }));
  });

  test("is challenged again under a key that the hub does not know", async () => {
    assert.ok(agreed !== undefined);
    const answer = await outsider.report({ ...agreed, keyId: (agreed.keyId ^ 1) >>> 0 });
    assert.equal(answer.tag, TAGS.challenge);
  });
});

test("the datagram that the reference shows is what it says", async () => {
  const page = await readFile(new URL("../../docs/protocol/control.md", import.meta.url), "utf8");
  const [, hex = ""] = /```text\n([0-9a-f\n]+)\n```/.exec(page) ?? [];
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll("\n", ""), "hex"));
  const view = new DataView(bytes.buffer);
  assert.equal(view.getUint16(0), TELEMETRY_TAG);
  assert.equal(view.getUint16(2), bytes.length - 4);
  const { key, mac, uptimeS } = decodeTelemetry(bytes, view, 4, bytes.length);
  assert.deepEqual([key.keyId, key.sequence], [0, 2 ** 32 + 1]);
  assert.deepEqual([mac, uptimeS], [0x0200_5e10_0001, 4711]);
});
