import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { requireOrSkip } from "../../../conformance/require.ts";
import { UNIX_MS_AT_START } from "../../host/host-clock.ts";
import type { Fault } from "../../network/fault.ts";
import { sampleTrace, sampleTraceV6, SERVICE_PORT, WRITTEN } from "../testing/sample-trace.ts";
import { readTrace } from "../trace-lines.ts";
import { tracePcapng } from "./trace-pcapng.ts";

const CHECKED = ["ip", "udp", "tcp"].flatMap((protocol) => [
  "-o",
  `${protocol}.check_checksum:TRUE`,
]);

/** Writes the capture of a trace and asks tshark, with all checksums verified. */
class Captured {
  readonly #folder = mkdtempSync(join(tmpdir(), "tagwire-pcapng-"));
  readonly #file = join(this.#folder, "trace.pcapng");

  constructor(t: TestContext, trace: string, about = "about") {
    t.after(() => {
      rmSync(this.#folder, { recursive: true, force: true });
    });
    writeFileSync(this.#file, tracePcapng(readTrace(trace), about));
  }

  tshark(...args: readonly string[]): string {
    return execFileSync("tshark", ["-r", this.#file, "-n", ...CHECKED, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  /** Fields of the packets that fit a filter, one row each. */
  rows(filter: string, ...fields: readonly string[]): readonly (readonly string[])[] {
    const chosen = fields.flatMap((field) => ["-e", field]);
    const text = this.tshark("-Y", filter, "-T", "fields", ...chosen);
    return text === ""
      ? []
      : text
          .trimEnd()
          .split("\n")
          .map((line) => line.split("\t"));
  }

  /** The bytes of each direction of a TCP connection as one interface saw them, hexadecimal. */
  streams(interfaceName: string): { readonly out: string; readonly back: string } {
    const filter = `frame.interface_name == "${interfaceName}"`;
    const rows = this.rows(`${filter} && tcp.len > 0`, "tcp.dstport", "tcp.seq", "tcp.payload");
    const gathered = new Map<boolean, Buffer>();
    for (const [port, sequence, payload] of rows) {
      const isOut = Number(port) === SERVICE_PORT;
      const bytes = gathered.get(isOut) ?? Buffer.alloc(16_384);
      Buffer.from(payload ?? "", "hex").copy(bytes, Number(sequence) - 1);
      gathered.set(isOut, bytes);
    }
    const taken = (isOut: boolean, length: number): string =>
      gathered.get(isOut)?.subarray(0, length).toString("hex") ?? "";
    return { out: taken(true, WRITTEN.a.length), back: taken(false, WRITTEN.b.length) };
  }
}

/** Anything that tshark finds wrong with a packet itself. Retransmissions are no fault of it. */
const WRONG =
  "_ws.malformed || _ws.short || _ws.unreassembled || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";

const MISHAPS: readonly Fault[] = [
  { kind: "drop", link: "box outer", direction: "up", packet: 2 },
  { kind: "corrupt", link: "b", direction: "down", packet: 1, byte: 0, mask: 0x20 },
  { kind: "duplicate", link: "b", direction: "down", packet: 2, afterUs: 3000 },
  { kind: "drop", link: "box outer", direction: "up", packet: 8 },
  { kind: "delay", link: "b", direction: "down", packet: 9, byUs: 40_000 },
];

test("tshark dissects every packet, finds every checksum right and nothing malformed", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  for (const trace of [sampleTrace(), sampleTrace(MISHAPS), sampleTraceV6()]) {
    const capture = new Captured(t, trace);
    assert.ok(capture.rows("tcp", "frame.number").length > 10);
    assert.ok(capture.rows("udp", "frame.number").length >= 6);
    assert.equal(capture.rows("icmp || icmpv6", "frame.number").length > 0, true);
    assert.deepEqual(capture.rows(WRONG, "frame.number", "frame.protocols"), []);
    const verified = ["udp", "tcp"].map((name) => `${name} && !(${name}.checksum.status == 1)`);
    // The packet that an ICMP error quotes is cut short, so its checksum cannot be verified.
    const unverified = `(${verified.join(" || ")}) && !icmp && !icmpv6`;
    assert.deepEqual(capture.rows(unverified, "frame.number"), []);
  }
});

test("a broken checksum would be found", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  const folder = mkdtempSync(join(tmpdir(), "tagwire-pcapng-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const bytes = tracePcapng(readTrace(sampleTrace()), "about");
  const payload = Buffer.from(bytes.buffer).indexOf("three");
  assert.ok(payload > 0);
  bytes[payload] = 0x54;
  const file = join(folder, "broken.pcapng");
  writeFileSync(file, bytes);
  const found = execFileSync("tshark", ["-r", file, ...CHECKED, "-Y", WRONG], { encoding: "utf8" });
  assert.equal(found.trim().split("\n").length, 1);
});

test("TCP streams come together on each interface that they pass, whatever was lost on the way", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  const capture = new Captured(t, sampleTrace(MISHAPS));
  for (const name of ["a", "box inner", "box outer", "cgn inner", "cgn outer", "b"]) {
    const { out, back } = capture.streams(name);
    assert.equal(out, Buffer.from(WRITTEN.a).toString("hex"), name);
    assert.equal(back, Buffer.from(WRITTEN.b).toString("hex"), name);
  }
  const followed = new Captured(t, sampleTraceV6()).tshark("-q", "-z", "follow,tcp,raw,0");
  assert.ok(followed.includes(Buffer.from(WRITTEN.b).toString("hex").slice(0, 200)));
});

test("each host and each side of a NAT box is an interface with the addresses that packets have there", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  const capture = new Captured(t, sampleTrace());
  const first = capture.rows(
    'udp.payload == "one" || udp contains "one"',
    "frame.interface_name",
    "ip.src",
    "ip.ttl",
  );
  assert.deepEqual(first.slice(0, 6), [
    ["a", "192.168.1.2", "64"],
    ["box inner", "192.168.1.2", "64"],
    ["box outer", "100.64.0.7", "63"],
    ["cgn inner", "100.64.0.7", "63"],
    ["cgn outer", "198.51.100.7", "62"],
    ["b", "198.51.100.7", "62"],
  ]);
  assert.deepEqual(
    capture
      .rows(
        'udp && frame.interface_name == "b" && frame.packet_flags_direction == 1',
        "udp.dstport",
      )
      .at(0),
    [String(SERVICE_PORT)],
  );
});

test("time stamps are virtual time in microseconds, from the wall clock that hosts start with", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  const trace = sampleTrace();
  const capture = new Captured(t, trace);
  const sentUs = readTrace(trace)
    .filter(({ kind, host }) => kind === "udp-sent" && host === "a")
    .map(({ timeUs }) => UNIX_MS_AT_START * 1000 + timeUs);
  const filter = 'udp && !icmp && frame.interface_name == "a" && frame.packet_flags_direction == 2';
  const stamps = capture.rows(filter, "frame.time_epoch").map(([text = ""]) => {
    const [seconds, fraction = ""] = text.split(".");
    return Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
  });
  assert.deepEqual(stamps, sentUs);
  assert.ok(sentUs.every((us, index) => index === 0 || us > (sentUs[index - 1] ?? 0)));
});

test("what befell a packet is its comment, and faults and transitions stand between the packets", (t) => {
  if (!requireOrSkip(t, "tshark")) return;
  const capture = new Captured(t, sampleTrace(MISHAPS), "seed 7");
  const comments = capture.rows("frame.comment", "frame.comment").map(([text]) => text);
  assert.ok(comments.some((text) => text?.includes("lost at box outer up: fault")));
  assert.ok(comments.some((text) => text?.includes("doubles packet 2 down after 3 ms")));
  const events = capture.rows('frame.interface_name == "events"', "frame.protocols", "syslog.msg");
  assert.ok(events.every(([protocol]) => protocol?.endsWith(":syslog")));
  assert.ok(events.some(([, info]) => info?.includes("a: Sample: idle → busy, on start")));
  assert.ok(events.some(([, info]) => info?.includes("box outer up: loses packet 2 up")));
  const corrupted = capture.rows(
    'frame.interface_name == "b" && udp contains "One"',
    "frame.number",
  );
  assert.equal(corrupted.length, 1, "as it arrived");
});
