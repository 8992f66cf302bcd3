import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { Effect } from "../core/role.ts";
import { OperatorError } from "../core/operator-error.ts";
import { RoleHost } from "./host.ts";
import type { HostOptions } from "./host.ts";
import { createSilentLog } from "./log.ts";
import { ScriptedRole } from "./testing/scripted-role.ts";

type Script = readonly Effect<string>[];
type Options = Partial<HostOptions<Script, string>>;

const LOOPBACK = { address: "127.0.0.1", port: 0 };

async function startHost(
  t: TestContext,
  role: ScriptedRole,
  options: Options = {},
): Promise<RoleHost<Script, string>> {
  const host = await RoleHost.start({
    role,
    log: createSilentLog(),
    onEvent: () => undefined,
    ...options,
    limits: { drainMs: 200, ...options.limits },
  });
  t.after(() => host.close());
  return host;
}

function portOf(endpoint: { readonly port: number } | undefined): number {
  assert.ok(endpoint);
  return endpoint.port;
}

async function dialHost(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("A datagram reaches the role with the sender's address, and the role's answer the sender.", async (t) => {
  const echo = new ScriptedRole((input) =>
    input.type === "datagram"
      ? [{ type: "sendDatagram", to: input.from, bytes: input.bytes.slice() }]
      : [],
  );
  const asker = new ScriptedRole();
  const echoHost = await startHost(t, echo, { udp: LOOPBACK });
  const askerHost = await startHost(t, asker, { udp: LOOPBACK });
  const to = { address: "127.0.0.1", port: portOf(echoHost.udpAddress) };
  askerHost.command([{ type: "sendDatagram", to, bytes: Uint8Array.of(1, 2, 3) }]);
  await asker.received("datagram");
  assert.deepEqual(asker.of("datagram"), [
    { type: "datagram", from: to, bytes: Uint8Array.of(1, 2, 3) },
  ]);
  assert.deepEqual(echo.of("datagram")[0]?.from, askerHost.udpAddress);
});

test("A burst of 500 datagrams arrives whole.", async (t) => {
  const receiver = new ScriptedRole();
  const receiverHost = await startHost(t, receiver, { udp: LOOPBACK });
  const senderHost = await startHost(t, new ScriptedRole(), { udp: LOOPBACK });
  const to = { address: "127.0.0.1", port: portOf(receiverHost.udpAddress) };
  senderHost.command(
    Array.from({ length: 500 }, (_, index) => ({
      type: "sendDatagram",
      to,
      bytes: Uint8Array.of(index >> 8, index & 0xff),
    })),
  );
  await receiver.received("datagram", 500);
  const numbers = receiver
    .of("datagram")
    .map(({ bytes }) => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));
  assert.deepEqual(
    numbers,
    Array.from({ length: 500 }, (_, index) => index),
  );
});

test("An IPv4 peer of a socket for both families has an IPv4 address, both ways.", async (t) => {
  const echo = new ScriptedRole((input) =>
    input.type === "datagram"
      ? [{ type: "sendDatagram", to: input.from, bytes: input.bytes.slice() }]
      : [],
  );
  const echoHost = await startHost(t, echo, { udp: { port: 0 }, tcp: { port: 0 } });
  const asker = new ScriptedRole();
  const askerHost = await startHost(t, asker, { udp: LOOPBACK });
  const to = { address: "127.0.0.1", port: portOf(echoHost.udpAddress) };
  askerHost.command([{ type: "sendDatagram", to, bytes: Uint8Array.of(9) }]);
  await asker.received("datagram");
  assert.equal(echo.of("datagram")[0]?.from.address, "127.0.0.1");
  await dialHost(t, portOf(echoHost.tcpAddress));
  await echo.received("streamAccepted");
  assert.equal(echo.of("streamAccepted")[0]?.remote.address, "127.0.0.1");
});

test("What cannot be sent is counted and harms nothing.", async (t) => {
  const host = await startHost(t, new ScriptedRole(), { udp: LOOPBACK });
  const bytes = new Uint8Array(10);
  host.command([
    { type: "sendDatagram", to: { address: "127.0.0.1", port: 0 }, bytes },
    { type: "sendDatagram", to: { address: "::1", port: 9 }, bytes },
    { type: "sendDatagram", to: { address: "not an address", port: 9 }, bytes },
    { type: "sendDatagram", to: { address: "127.0.0.1", port: 9 }, bytes: new Uint8Array(70_000) },
  ]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(host.counters.udp?.unsendable, 4);
  assert.equal(host.counters.udp.sent, 0);
});

test("Accepted streams have even ids, deliver their bytes in order and their end.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, { tcp: LOOPBACK });
  const first = await dialHost(t, portOf(host.tcpAddress));
  await role.received("streamAccepted");
  await dialHost(t, portOf(host.tcpAddress));
  await role.received("streamAccepted", 2);
  first.write("hel");
  await role.received("streamData");
  first.end("lo");
  await role.received("streamClosed");
  assert.deepEqual(
    role.of("streamAccepted").map(({ stream }) => stream),
    [2, 4],
  );
  assert.equal(role.bytesOf(2).toString(), "hello");
  assert.deepEqual(role.of("streamClosed"), [{ type: "streamClosed", stream: 2, clean: true }]);
});

test("A dialed stream opens, carries what was written before it opened, and closes after it.", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const role = new ScriptedRole();
  const host = await startHost(t, role);
  const to = { address: "127.0.0.1", port: (server.address() as AddressInfo).port };
  host.command([
    { type: "openStream", stream: 1, to },
    { type: "writeStream", stream: 1, bytes: Buffer.from("early ") },
    { type: "writeStream", stream: 1, bytes: Buffer.from("bird") },
    { type: "closeStream", stream: 1, abort: false },
  ]);
  const [socket] = (await once(server, "connection")) as [Socket];
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  assert.equal(Buffer.concat(chunks).toString(), "early bird");
  assert.equal(role.of("streamClosed").length, 0, "a role hears nothing of a stream it closed");
});

test("A refused dial is a stream that closes, not cleanly.", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const role = new ScriptedRole();
  const host = await startHost(t, role);
  host.command([{ type: "openStream", stream: 7, to: { address: "127.0.0.1", port } }]);
  await role.received("streamClosed");
  assert.deepEqual(role.of("streamClosed"), [{ type: "streamClosed", stream: 7, clean: false }]);
  assert.equal(role.of("streamOpened").length, 0);
});

test("A reset is a stream that closes, not cleanly.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, { tcp: LOOPBACK });
  const socket = await dialHost(t, portOf(host.tcpAddress));
  await role.received("streamAccepted");
  socket.resetAndDestroy();
  await role.received("streamClosed");
  assert.deepEqual(role.of("streamClosed"), [{ type: "streamClosed", stream: 2, clean: false }]);
});

test("A peer that does not read is dropped at the bound and counted.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, { tcp: LOOPBACK, limits: { pendingBytesMax: 1 << 20 } });
  const socket = await dialHost(t, portOf(host.tcpAddress));
  socket.pause();
  await role.received("streamAccepted");
  for (let written = 0; written < 40 && role.of("streamClosed").length === 0; written++) {
    host.command([{ type: "writeStream", stream: 2, bytes: new Uint8Array(1 << 20) }]);
  }
  await role.received("streamClosed");
  assert.deepEqual(role.of("streamClosed"), [{ type: "streamClosed", stream: 2, clean: false }]);
  assert.equal(host.counters.streams.slowReaders, 1);
});

test("More connections than one address may have are closed at once, and places come back.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, { tcp: LOOPBACK, limits: { connectionsPerAddressMax: 2 } });
  const port = portOf(host.tcpAddress);
  const kept = await dialHost(t, port);
  await dialHost(t, port);
  await role.received("streamAccepted", 2);
  const third = await dialHost(t, port);
  third.resume();
  await once(third, "end");
  assert.equal(host.counters.tcp?.refused, 1);
  kept.resetAndDestroy();
  await role.received("streamClosed");
  await dialHost(t, port);
  await role.received("streamAccepted", 3);
});

test("Timers fire once, in order of their time, never early; a cancelled or replaced one does not.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role);
  const armedMs = performance.now();
  host.command([
    { type: "armTimer", timer: "late", afterMs: 60 },
    { type: "armTimer", timer: "soon", afterMs: 20.5 },
    { type: "armTimer", timer: "never", afterMs: 5 },
    { type: "cancelTimer", timer: "never" },
    { type: "armTimer", timer: "replaced", afterMs: 1 },
    { type: "armTimer", timer: "replaced", afterMs: 40 },
    { type: "cancelTimer", timer: "unknown" },
  ]);
  await role.received("timer", 3);
  assert.deepEqual(
    role.of("timer").map(({ timer }) => timer),
    ["soon", "replaced", "late"],
  );
  const [, soonMs = 0, replacedMs = 0, lateMs = 0] = role.times;
  assert.ok(soonMs - armedMs >= 20.5 && replacedMs - armedMs >= 40 && lateMs - armedMs >= 60);
});

test("All effects of an input are carried out before a command that an event gave rise to.", async (t) => {
  const role = new ScriptedRole();
  const seen: string[] = [];
  const host: RoleHost<Script, string> = await startHost(t, role, {
    onEvent: (event) => {
      seen.push(event);
      if (event === "a") host.command([{ type: "event", event: "c" }]);
    },
  });
  host.command([
    { type: "event", event: "a" },
    { type: "event", event: "b" },
  ]);
  assert.deepEqual(seen, ["a", "b", "c"]);
});

test("A role that throws stops the host and the error is not swallowed.", async (t) => {
  const fatal: string[] = [];
  const role = new ScriptedRole(() => {
    throw new TypeError("a defect");
  });
  const log = {
    ...createSilentLog(),
    fatal: (_entry: unknown, message?: string) => {
      fatal.push(String(message));
    },
  };
  const host = await startHost(t, role, {
    log: log,
  });
  assert.throws(() => {
    host.command([]);
  }, /a defect/);
  assert.equal(fatal.length, 1);
  host.command([]);
  assert.equal(role.inputs.length, 1, "a host that stopped hands nothing to its role");
});

test("A port that is taken is the operator's fault and says which.", async (t) => {
  const first = await startHost(t, new ScriptedRole(), { tcp: LOOPBACK, udp: LOOPBACK });
  for (const [protocol, taken] of [
    ["TCP", first.tcpAddress],
    ["UDP", first.udpAddress],
  ] as const) {
    const options: Options = {
      [protocol.toLowerCase()]: { address: "127.0.0.1", port: portOf(taken) },
    };
    await assert.rejects(startHost(t, new ScriptedRole(), options), (error) => {
      assert.ok(error instanceof OperatorError);
      assert.match(
        error.message,
        new RegExp(`^${protocol} 127.0.0.1:${String(taken?.port)}: .*taken`),
      );
      assert.match(error.remedy, /another port/);
      return true;
    });
  }
});

test("Closing sends what was written, tells peers of the end and lets nothing linger.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, {
    tcp: LOOPBACK,
    udp: LOOPBACK,
    limits: { drainMs: 5_000 },
  });
  const socket = await dialHost(t, portOf(host.tcpAddress));
  await role.received("streamAccepted");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => socket.end());
  host.command([
    { type: "writeStream", stream: 2, bytes: Buffer.alloc(300_000, 7) },
    { type: "armTimer", timer: "later", afterMs: 3_600_000 },
  ]);
  const ended = once(socket, "end");
  await host.close();
  await ended;
  assert.equal(Buffer.concat(chunks).length, 300_000);
  assert.equal(host.counters.openStreams, 0);
  assert.equal(role.of("streamClosed").length, 0);
});

test("Closing cuts a peer that does not end its side, after the drain time.", async (t) => {
  const role = new ScriptedRole();
  const host = await startHost(t, role, { tcp: LOOPBACK, limits: { drainMs: 50 } });
  const socket = await dialHost(t, portOf(host.tcpAddress));
  await role.received("streamAccepted");
  socket.pause();
  const startMs = performance.now();
  await host.close();
  assert.ok(performance.now() - startMs < 2_000);
  assert.equal(host.counters.openStreams, 0);
});
