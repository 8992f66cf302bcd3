import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { suite } from "node:test";
import { closed, closing, HERE, listening, readAll, watch } from "../testing/net-parity.ts";
import { parity } from "../testing/parity.ts";

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
    const given = { port, host: HERE, timeout: 20 };
    const makings = [
      () => modules.net.connect(given),
      () => new modules.net.Socket().connect(given),
    ];
    for (const make of makings) {
      const other = make();
      await once(other, "connect");
      note("given", other.timeout);
      other.end();
      other.resume();
      await closing(other);
    }
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

  parity("a socket that was closed connects again, and counts anew", async (stage) => {
    const { modules, note } = stage;
    const { server, port } = await listening(stage, (socket) => socket.resume().end("bye"));
    const socket = new modules.net.Socket();
    watch(stage, "socket", socket);
    for (let round = 1; round <= 3; round += 1) {
      socket.connect(port, HERE);
      note(round, socket.destroyed, socket.connecting, socket.bytesRead, socket.bytesWritten);
      socket.write("x".repeat(round));
      socket.resume();
      await closing(socket);
      note(round, socket.destroyed, socket.bytesRead, socket.readyState);
    }
    await closed(server);
  });
});
