import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { after, before, suite, test } from "node:test";
import { ProcessNetwork } from "./process-network.ts";

/*
 * Written from the protocol reference alone, as somebody would who has nothing of ours but a socket: no
 * generated code, no constant of the repository.
 */

/** Telemetry, tag 3073, 71 bytes of value, of a router that has no key yet. */
function telemetry(sequence: bigint): Buffer {
  const bytes = Buffer.from(
    [
      "0c01 0047", // tag 3073, length 71
      "01", // version of the authentication
      "00000000", // key id 0: no key
      "0000000000000000", // sequence, filled in below
      "00000000000000000000000000000000", // tag of the authentication: zero without a key
      "02005e100002", // mac
      "00000e10", // uptime 3600 s
      "00004e20", // period 20 000 ms
      "00fa", // load 250 ‰
      "00080000 00040000", // memory, total and free, KiB
      "0000000000001000 0000000000000800", // bytes received and sent
      "0000", // sessions
    ]
      .join("")
      .replaceAll(" ", ""),
    "hex",
  );
  bytes.writeBigUInt64BE(sequence, 9);
  return bytes;
}

suite("a stranger with a socket and the protocol reference", () => {
  const network = new ProcessNetwork({ extra: { hub: ["--no-gateway"] } });
  const sockets: Socket[] = [];
  let hub: { readonly address: string; readonly port: number };

  before(async () => {
    const { listen } = await network.startHub();
    const [address = "", port = ""] = listen.split(":");
    hub = { address, port: Number(port) };
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await network.close();
  });

  function openSocket(): Socket {
    const socket = createSocket("udp4");
    sockets.push(socket);
    return socket;
  }

  async function ask(socket: Socket, request: Uint8Array): Promise<Buffer> {
    const answer = once(socket, "message", { signal: AbortSignal.timeout(10_000) });
    socket.send(request, hub.port, hub.address);
    const [bytes] = (await answer) as [Buffer];
    return bytes;
  }

  test("telemetry with key id 0 gets EnrolChallenge, tag 1027, which echoes the nonce and is not larger", async () => {
    const sequence = 0x0000_0001_0000_002an;
    const request = telemetry(sequence);
    const answer = await ask(openSocket(), request);
    assert.equal(answer.readUInt16BE(0), 1027);
    assert.equal(answer.readUInt16BE(2), 8 + 16 + 32);
    assert.equal(answer.length, 4 + 8 + 16 + 32);
    assert.equal(answer.readBigUInt64BE(4), sequence);
    assert.notDeepEqual(answer.subarray(12, 28), Buffer.alloc(16));
    assert.ok(answer.length <= request.length);
  });

  test("the cookie is bound to the sender's address and to the nonce; the hub's key is not", async () => {
    const [one, other] = [openSocket(), openSocket()];
    const first = await ask(one, telemetry(1n));
    const again = await ask(one, telemetry(1n));
    const elsewhere = await ask(other, telemetry(1n));
    const later = await ask(one, telemetry(2n));
    const cookie = (answer: Buffer): string => answer.subarray(12, 28).toString("hex");
    const hubKey = (answer: Buffer): string => answer.subarray(28).toString("hex");
    assert.equal(cookie(again), cookie(first));
    assert.notEqual(cookie(elsewhere), cookie(first));
    assert.notEqual(cookie(later), cookie(first));
    assert.equal(new Set([first, elsewhere, later].map(hubKey)).size, 1);
  });

  test("what is cut short, of an unknown tag, or meant for others gets no answer, and the hub goes on", async () => {
    const socket = openSocket();
    const whole = telemetry(3n);
    const challenge = await ask(socket, whole);
    const unanswered: Buffer[] = [];
    socket.on("message", (bytes: Buffer) => unanswered.push(bytes));
    const strange = [
      Buffer.alloc(0),
      whole.subarray(0, 3),
      whole.subarray(0, whole.length - 1),
      Buffer.from("fffe0000", "hex"),
      Buffer.from("00010000", "hex"),
      challenge,
      Buffer.alloc(1400, 0xff),
    ];
    for (const bytes of strange) socket.send(bytes, hub.port, hub.address);
    const answer = await ask(openSocket(), telemetry(4n));
    assert.equal(answer.readUInt16BE(0), 1027);
    assert.deepEqual(unanswered, []);
    const { err } = await network.stop("hub");
    const { refused } = JSON.parse(err.trim().split("\n").at(-1) ?? "") as {
      readonly refused: Readonly<Record<string, number>>;
    };
    assert.equal(refused["challenged"], 7);
    const others = Object.entries(refused).filter(([code]) => code !== "challenged");
    const faults = others.reduce((sum, [, count]) => sum + count, 0);
    assert.equal(faults, strange.length, JSON.stringify(refused));
  });
});
