import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { suite, test } from "node:test";
import { closed, closing, HERE, listening, readAll, watch } from "../testing/net-parity.ts";
import { parity } from "../testing/parity.ts";

const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((of) => of?.address === "::1");

suite("node:net and what stands in for it agree on addresses:", () => {
  parity("nobody listening refuses, and says where", async (stage) => {
    const { modules, note, namePort } = stage;
    const { server, port } = await listening(stage, () => undefined);
    await closed(server);
    namePort(port, "nobody");
    const client = modules.net.connect(port, HERE);
    watch(stage, "client", client);
    client.write("never", (error) => {
      note("written", error);
    });
    const [error] = (await once(client, "error")) as [Error];
    note(error);
    await closing(client);
    note(client.destroyed, client.readyState, client.connecting, client.pending);
  });

  parity("ports and addresses that cannot be had are errors of listening", async (stage) => {
    const { modules, note, attempt, noting } = stage;
    const { server, port } = await listening(stage, () => undefined);
    attempt("listen again", () => server.listen(0));
    for (const [wanted, host] of [
      [port, HERE],
      [port, "0.0.0.0"],
      [0, "203.0.113.77"],
    ] as const) {
      const other = modules.net.createServer();
      other.listen(wanted, host, noting("never"));
      const [error] = (await once(other, "error")) as [Error];
      note(host, error, other.listening, other.address());
      // It may listen again.
      other.removeAllListeners("listening");
      other.listen(0, HERE);
      await once(other, "listening");
      await closed(other);
    }
    await closed(server);
    server.listen(port, HERE);
    await once(server, "listening");
    note("the same port again", server.address());
    await closed(server);
  });

  parity("arguments that make no sense are refused", async (stage) => {
    const { modules, attempt } = stage;
    const { net } = modules;
    const connect = net.connect as (...given: unknown[]) => Socket;
    const targets = [
      {},
      { port: undefined },
      { port: 70_000 },
      { port: -1 },
      { port: {} },
      { port: 7, localAddress: "nowhere" },
      { port: 7, localPort: "7" },
      { port: 7, lookup: 7 },
    ];
    for (const target of targets) attempt("connect", () => connect(target));
    attempt("connect", () => connect(65_536, HERE));
    const listen = (...given: unknown[]): unknown =>
      (net.createServer().listen as (...all: unknown[]) => unknown).call(
        net.createServer(),
        ...given,
      );
    for (const target of [{}, { port: 70_000 }, { port: -1 }, { port: "x" }, { port: 1.5 }])
      attempt("listen", () => listen(target));
    attempt("listen", () => listen(70_000));
    attempt("createServer", () => net.createServer(7 as never));
    const socket = new net.Socket();
    const set = socket.setTimeout.bind(socket) as (...given: unknown[]) => unknown;
    for (const given of [["7"], [undefined], [-1], [NaN], [Infinity], [7, 7]])
      attempt("setTimeout", () => set(...given));
    attempt("same", () => [
      socket.setNoDelay() === socket,
      socket.setKeepAlive(true, 1000) === socket,
      socket.ref() === socket,
      socket.unref() === socket,
      socket.setTimeout(0) === socket,
    ]);
    attempt("state", () => [
      socket.readyState,
      socket.pending,
      socket.connecting,
      socket.address(),
    ]);
    socket.destroy();
    await closing(socket);
    attempt("state", () => [socket.readyState, socket.pending, socket.destroyed]);
  });

  parity("names are looked up, by one's own lookup too", async (stage) => {
    const { modules, note } = stage;
    const { server, port } = await listening(stage, (socket) => socket.end("hi"));
    const known = modules.net.connect({
      port,
      host: "known.example",
      lookup: (name, options, callback) => {
        note("asked", name, (options as { readonly all?: boolean }).all === true ? "" : "one");
        callback(null, HERE, 4);
      },
      autoSelectFamily: false,
    });
    watch(stage, "known", known);
    note(await readAll(known));
    const unknown = modules.net.connect({
      port,
      host: "unknown.example",
      lookup: (_name, _options, callback) => {
        callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "", 4);
      },
    });
    const [error] = (await once(unknown, "error")) as [Error];
    note(error);
    const local = modules.net.connect({ port, host: "localhost", family: 4 });
    note(await readAll(local), local.bytesRead);
    await closed(server);
  });

  parity("an own address that cannot be had is an error of connecting", async (stage) => {
    const { modules, note, namePort } = stage;
    const { server, port } = await listening(stage, (socket) => socket.resume());
    const failing = async (options: object): Promise<void> => {
      const socket = modules.net.connect({ port, host: HERE, ...options });
      const [error] = (await once(socket, "error")) as [Error];
      note(error);
    };
    // A port that nobody has.
    const other = await listening(stage, () => undefined);
    await closed(other.server);
    const localPort = other.port;
    namePort(localPort, "first");
    const first = modules.net.connect({ port, host: HERE, localPort });
    await once(first, "connect");
    await failing({ localPort });
    await failing({ localPort, localAddress: HERE });
    await failing({ localPort: port });
    await failing({ localPort: port, localAddress: HERE });
    await failing({ localAddress: "203.0.113.77" });
    first.end();
    first.resume();
    await closed(server);
  });

  if (HAS_IPV6) {
    parity("a server of all addresses shows those of IPv4 as mapped", async (stage) => {
      const { modules, note, namePort } = stage;
      // Which side's events come first is chance.
      const seen: unknown[] = [];
      const server = modules.net.createServer((socket) => {
        seen.push("accepted", socket.remoteAddress, socket.remoteFamily, socket.address());
        socket.end();
      });
      server.listen(0, "::");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      namePort(port, "server");
      note(server.address());
      for (const host of [HERE, `::ffff:${HERE}`, "::1"]) {
        const client = modules.net.connect(port, host);
        await once(client, "connect");
        note(client.remoteAddress, client.remoteFamily, client.localAddress, client.localFamily);
        client.resume();
        await closing(client);
      }
      await closed(server);
      note(seen);
    });
  } else {
    test("a server of all addresses shows those of IPv4 as mapped", { skip: "there is no IPv6" });
  }
});
