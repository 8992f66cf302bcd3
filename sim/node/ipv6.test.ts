import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { Simulation } from "../engine/index.ts";
import { SimNetwork } from "../network/sim-network.ts";
import type { TopologyPlan } from "../network/topology.ts";
import { NodeHost } from "./index.ts";

const LAN = { preset: "lan" } as const;
/** Two hosts that have IPv6 only. */
const PAIR: TopologyPlan = {
  segments: [{ name: "net" }],
  hosts: [
    { name: "a", segment: "net", address: "2001:db8::1", link: LAN },
    { name: "b", segment: "net", address: "2001:db8::2", link: LAN },
  ],
  nats: [],
};

/** Runs a program on each host, and gives what they wrote down, in its order. */
async function story(
  programs: Readonly<Record<"a" | "b", (host: NodeHost, note: Note) => unknown>>,
): Promise<readonly unknown[]> {
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: PAIR });
  const notes: unknown[] = [];
  for (const name of ["b", "a"] as const) {
    const host = new NodeHost({ network, name });
    host.run(() => programs[name](host, (...what) => notes.push(what)));
  }
  await simulation.runDraining({ forUs: 10_000_000 });
  return notes;
}

type Note = (...what: unknown[]) => void;

suite("hosts with IPv6", () => {
  test("connect by name, and each sees the other's address", async () => {
    const notes = await story({
      b: ({ modules }, note) => {
        const server = modules.net.createServer((socket) => {
          const { remoteAddress, remoteFamily, localAddress, localPort } = socket;
          note("b accepted", remoteAddress, remoteFamily, localAddress, localPort);
          socket.pipe(socket);
        });
        server.listen(7, () => {
          note("b listens", server.address());
        });
      },
      a: async ({ modules }, note) => {
        const socket = modules.net.connect(7, "b");
        await once(socket, "connect");
        const { remoteAddress, remoteFamily, remotePort, localAddress, localFamily } = socket;
        note("a connected", remoteAddress, remoteFamily, remotePort, localAddress, localFamily);
        socket.end("hello");
        note("a got", await text(socket));
      },
    });
    assert.deepEqual(notes, [
      ["b listens", { address: "::", family: "IPv6", port: 7 }],
      ["a connected", "2001:db8::2", "IPv6", 7, "2001:db8::1", "IPv6"],
      ["b accepted", "2001:db8::1", "IPv6", "2001:db8::2", 7],
      ["a got", "hello"],
    ]);
  });

  test("exchange datagrams, connected and not", async () => {
    const notes = await story({
      b: ({ modules }, note) => {
        const socket = modules.dgram.createSocket("udp6");
        socket.on("message", (bytes, { address, family, port, size }) => {
          note("b got", String(bytes), address, family, size);
          socket.send("and back", port, address);
        });
        socket.bind(9000, () => {
          note("b is bound", socket.address());
        });
      },
      a: async ({ modules }, note) => {
        const socket = modules.dgram.createSocket("udp6");
        socket.send("there", 9000, "b");
        const [bytes, { address, family, port }] = (await once(socket, "message")) as [
          Buffer,
          { readonly address: string; readonly family: string; readonly port: number },
        ];
        note("a got", String(bytes), address, family, port);
        socket.connect(9000, "2001:db8::2");
        await once(socket, "connect");
        note("a is connected", socket.remoteAddress(), socket.address().address);
        socket.send("again");
      },
    });
    assert.deepEqual(notes, [
      ["b is bound", { address: "::", family: "IPv6", port: 9000 }],
      ["b got", "there", "2001:db8::1", "IPv6", 5],
      ["a got", "and back", "2001:db8::2", "IPv6", 9000],
      ["a is connected", { address: "2001:db8::2", family: "IPv6", port: 9000 }, "2001:db8::1"],
      ["b got", "again", "2001:db8::1", "IPv6", 5],
    ]);
  });

  test("know no way to IPv4, and say so", async () => {
    const notes = await story({
      b: () => undefined,
      a: async ({ modules }, note) => {
        const socket = modules.net.connect(7, "192.0.2.9");
        const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
        note(error.message, error.errno);
        modules.dgram.createSocket("udp4").send("x", 7, "192.0.2.9", (failed) => {
          note(failed?.message);
        });
        note((await lookup("b")).family);
        await assert.rejects(lookup("b", 4), { code: "ENOTFOUND" });
        const { eth0: [own] = [] } = networkInterfaces();
        note(own?.address, own?.family, own?.cidr);
      },
    });
    assert.deepEqual(notes, [
      ["connect ENETUNREACH 192.0.2.9:7 - Local (0.0.0.0:0)", -101],
      ["send ENETUNREACH 192.0.2.9:7"],
      [6],
      ["2001:db8::1", "IPv6", "2001:db8::1/64"],
    ]);
  });

  test("have themselves at ::1", async () => {
    const notes = await story({
      b: () => undefined,
      a: async ({ modules }, note) => {
        const server = modules.net.createServer((socket) => {
          note(socket.remoteAddress, socket.localAddress);
          socket.end("it is me");
        });
        server.listen(7, "::1");
        await once(server, "listening");
        note(await text(modules.net.connect(7, "::1")));
      },
    });
    assert.deepEqual(notes, [["::1", "::1"], ["it is me"]]);
  });
});
