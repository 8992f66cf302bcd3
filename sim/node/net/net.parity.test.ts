import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { suite } from "node:test";
import { parity } from "../testing/parity.ts";
import type { ParityStage } from "../testing/parity.ts";

const HERE = "127.0.0.1";

/** A server that listens, its port written down as `server`. */
async function listening(
  { modules, namePort }: ParityStage,
  onConnection: (socket: Socket) => void,
  options: object = {},
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = modules.net.createServer(options, onConnection);
  server.listen(0, HERE);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  namePort(port, "server");
  return { server, port };
}

/** Writes down the events of a socket as they come. */
function watch({ note }: ParityStage, name: string, socket: Socket): void {
  const events = ["lookup", "connect", "ready", "end", "finish", "drain", "timeout", "close"];
  for (const event of [...events, "error"])
    socket.on(event, (...parameters: unknown[]) => {
      note(name, event, ...parameters);
    });
}

/** All that comes, and the end. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Until a socket is closed, whether or not by an error. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

suite("node:net and what stands in for it agree that", () => {
  parity("a connection opens, echoes, ends and closes, each in its turn", async (stage) => {
    const { modules, note, noting, namePort } = stage;
    // Which side's events come first is chance, so those of the server are written down at the end.
    const seen: unknown[] = [];
    const server = modules.net.createServer((socket) => {
      seen.push("accepted", socket.remoteAddress, socket.remoteFamily, socket.localAddress);
      seen.push(socket.localPort, socket.readyState, socket.connecting, socket.pending);
      socket.pipe(socket);
      for (const event of ["end", "finish", "close"])
        socket.on(event, (...parameters: unknown[]) => seen.push(event, ...parameters));
    });
    note("listening", server.listening, server.address());
    note(server.listen(0, HERE, noting("listen callback")) === server, server.listening);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    namePort(port, "server");
    note(server.address(), server.listening);
    const client = modules.net.connect(port, HERE, noting("connect callback"));
    for (const event of ["connect", "ready", "end", "finish"]) client.on(event, noting(event));
    note(client.connecting, client.pending, client.readyState, client.address());
    note(client.remoteAddress, client.localPort === undefined, client.bytesWritten);
    await once(client, "ready");
    namePort(client.localPort ?? 0, "client");
    note(client.connecting, client.pending, client.readyState, client.address());
    note(client.remoteAddress, client.remotePort, client.remoteFamily, client.localAddress);
    client.write("hel", noting("written"));
    note(client.bytesWritten, client.writableLength > 0 || client.bytesWritten === 3);
    client.end("lo");
    note(client.readyState, client.writableEnded);
    note(await readAll(client), client.bytesRead, client.bytesWritten);
    note(client.destroyed, client.readyState);
    await closed(server);
    note(server.listening, server.address(), seen);
  });

  parity("a side that ended still reads if it may stay half open", async (stage) => {
    const { modules, note } = stage;
    const onConnection = (socket: Socket): void => {
      socket.on("data", (bytes) => {
        note("server got", bytes);
      });
      socket.on("end", () => {
        note("server end", socket.writable, socket.readyState);
        socket.end("late answer");
      });
      socket.on("close", (hadError) => {
        note("server close", hadError);
      });
    };
    const { server, port } = await listening(stage, onConnection, { allowHalfOpen: true });
    const client = modules.net.connect({ port, host: HERE, allowHalfOpen: true });
    client.end("question");
    client.on("end", () => {
      note("client end", client.readyState);
    });
    note(await readAll(client));
    await closed(server);
  });

  parity(
    "who writes to a peer that has ended, without being half open, breaks the pipe",
    async (stage) => {
      const { modules, note } = stage;
      const { server, port } = await listening(stage, (socket) => socket.end("bye"));
      const client = modules.net.connect(port, HERE);
      watch(stage, "client", client);
      client.resume();
      await once(client, "end");
      note(client.writable, client.writableEnded);
      client.write("x", (error) => {
        note("write", error);
      });
      await closing(client);
      await closed(server);
    },
  );

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

  parity("a server that is closed waits for its connections, and closes once", async (stage) => {
    const { modules, note, noting } = stage;
    const sockets: Socket[] = [];
    const { server, port } = await listening(stage, (socket) => sockets.push(socket));
    server.on("close", noting("close"));
    const client = modules.net.connect(port, HERE);
    await once(client, "connect");
    await modules.timersPromises.setTimeout(10);
    const count = (): Promise<void> =>
      new Promise((resolve) => {
        server.getConnections((error, connections) => {
          note("connections", error, connections);
          resolve();
        });
        note("asked");
      });
    await count();
    note(server.close(noting("close callback")) === server, server.listening, server.address());
    server.close(noting("close again"));
    const late = modules.net.connect(port, HERE);
    const [error] = (await once(late, "error")) as [Error];
    note("late", error);
    client.end();
    client.resume();
    for (const socket of sockets) socket.resume();
    await once(server, "close");
    await count();
    const idle = modules.net.createServer();
    idle.close(noting("not running"));
    await modules.timersPromises.setTimeout(5);
  });

  parity("an idle socket times out, again and again, and goes on", async (stage) => {
    const { modules, note, noting } = stage;
    const { server, port } = await listening(stage, (socket) => socket.pipe(socket));
    const client = modules.net.connect(port, HERE);
    await once(client, "connect");
    client.setTimeout(30, noting("timeout callback"));
    client.on("timeout", noting("timeout"));
    note(client.timeout);
    await once(client, "timeout");
    client.write("x");
    const [bytes] = (await once(client, "data")) as [Buffer];
    note("got", bytes, client.destroyed);
    await once(client, "timeout");
    client.setTimeout(0);
    await modules.timersPromises.setTimeout(60);
    note("no more");
    client.end();
    await closing(client);
    await closed(server);
  });

  parity("who writes faster than is read has to wait, and all arrives in order", async (stage) => {
    const { modules, note } = stage;
    // More than any kernel takes at once.
    const bytes = Buffer.alloc(6 * 1024 * 1024, "in order, ");
    const chunks: Buffer[] = [];
    const onConnection = async (socket: Socket): Promise<void> => {
      socket.pause();
      await modules.timersPromises.setTimeout(30);
      for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    };
    const { server, port } = await listening(stage, (socket) => void onConnection(socket));
    const client = modules.net.connect(port, HERE);
    note("write", client.write(bytes.subarray(0, -5)), client.writableNeedDrain);
    note("write", client.write(bytes.subarray(-5)), client.writableLength);
    await once(client, "drain");
    note("drain", client.writableLength, client.bytesWritten);
    client.end();
    client.resume();
    await closing(client);
    await closed(server);
    note(Buffer.concat(chunks).equals(bytes));
  });

  parity("a connection that is reset fails both ways", async (stage) => {
    const { modules, note } = stage;
    const accepted: Socket[] = [];
    const { server, port } = await listening(stage, (socket) => {
      accepted.push(socket);
      watch(stage, "server", socket);
      socket.resume();
    });
    const client = modules.net.connect(port, HERE);
    await once(client, "connect");
    client.write("x");
    await modules.timersPromises.setTimeout(10);
    note(client.resetAndDestroy() === client);
    const [peer] = accepted;
    if (peer !== undefined && !peer.closed) await closing(peer);
    await modules.timersPromises.setTimeout(10);
    peer?.write("after", (error) => {
      note("written", error);
    });
    const unconnected = new modules.net.Socket();
    unconnected.on("error", (error) => {
      note("unconnected", error);
    });
    unconnected.resetAndDestroy();
    await closing(unconnected);
    await closed(server);
  });

  parity("destroying closes at once, whatever the state", async (stage) => {
    const { modules, note, noting } = stage;
    const { server, port } = await listening(stage, (socket) => {
      socket.on("error", noting("server error")).on("close", noting("server close"));
      socket.resume();
    });
    const early = modules.net.connect(port, HERE);
    early.on("close", noting("early close")).on("connect", noting("never"));
    early.write("x", (error) => {
      note("early write", error);
    });
    early.destroy();
    note(early.destroyed, early.connecting, early.readyState);
    await closing(early);
    const failing = modules.net.connect(port, HERE);
    await once(failing, "connect");
    failing.on("error", noting("error")).on("close", noting("close"));
    failing.destroy(new Error("enough"));
    failing.write("after", (error) => {
      note("written", error);
    });
    await closing(failing);
    const ended = modules.net.connect(port, HERE);
    ended.on("error", noting("ended error"));
    ended.end();
    ended.write("x", (error) => {
      note("written after the end", error);
    });
    await closing(ended);
    const soon = modules.net.connect(port, HERE);
    await once(soon, "connect");
    soon.write("last words");
    (soon as unknown as { destroySoon(): void }).destroySoon();
    await closing(soon);
    note(soon.bytesWritten);
    await modules.timersPromises.setTimeout(10);
    await closed(server);
  });

  parity("a server may pause connections, and drop those beyond its bound", async (stage) => {
    const { modules, note, namePort } = stage;
    const sockets: Socket[] = [];
    const { server, port } = await listening(
      stage,
      (socket) => {
        note("accepted", socket.isPaused());
        sockets.push(socket);
      },
      { pauseOnConnect: true },
    );
    server.maxConnections = 1;
    server.on("drop", (data) => {
      note("drop", data?.localAddress, data?.localPort, data?.remoteFamily);
    });
    const first = modules.net.connect(port, HERE);
    first.write("held");
    await once(first, "connect");
    await modules.timersPromises.setTimeout(20);
    const second = modules.net.connect(port, HERE);
    await once(second, "connect");
    namePort(second.localPort ?? 0, "second");
    note("second", await readAll(second));
    const [socket] = sockets;
    note("nothing yet", socket?.bytesRead);
    first.end();
    if (socket !== undefined) note(await readAll(socket));
    first.resume();
    await closed(server);
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

  parity("streams of Node take the sockets: encodings, pipelines, signals", async (stage) => {
    const { modules, note } = stage;
    const { server, port } = await listening(stage, (socket) => {
      void pipeline(socket, socket).catch((error: unknown) => {
        note("pipeline", error);
      });
    });
    const client = modules.net.connect(port, HERE);
    client.setEncoding("hex");
    client.write("ä", "latin1");
    client.write("00ff", "hex");
    client.end();
    note(await readAll(client), client.bytesWritten);
    const controller = new AbortController();
    const aborted = new modules.net.Socket({ signal: controller.signal });
    aborted.connect(port, HERE);
    aborted.on("error", (error) => {
      note(error.name, (error as NodeJS.ErrnoException).code);
    });
    await once(aborted, "connect");
    controller.abort();
    await closing(aborted);
    const stopper = new AbortController();
    const stopped = modules.net.createServer();
    stopped.listen({ port: 0, host: HERE, signal: stopper.signal });
    await once(stopped, "listening");
    stopper.abort();
    await once(stopped, "close");
    note(stopped.listening);
    await modules.timersPromises.setTimeout(10);
    await closed(server);
  });

  parity("the classes are there, with and without new, and instances are theirs", async (stage) => {
    const { modules, note } = stage;
    const { net } = modules;
    const { server, port } = await listening(stage, (socket) => {
      note("accepted", socket instanceof net.Socket);
      socket.end();
    });
    const Make = net.Server as unknown as () => Server;
    note(server instanceof net.Server, Make() instanceof net.Server);
    class Mine extends net.Socket {}
    const mine = new Mine();
    note(mine.connect(port, HERE) === mine, mine instanceof net.Socket);
    note(await readAll(mine));
    note(net.isIP("::1"), net.isIPv4(HERE), net.isIPv6(HERE), typeof net.createConnection);
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    note(server.listening);
  });
});
