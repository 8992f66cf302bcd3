import { once } from "node:events";
import type { Socket } from "node:dgram";
import { suite } from "node:test";
import { parity } from "../testing/parity.ts";
import type { ParityStage } from "../testing/parity.ts";

/** A socket that is bound, its port written down by a name. */
async function bound(stage: ParityStage, name: string, address = "127.0.0.1"): Promise<Socket> {
  const socket = stage.modules.dgram.createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  stage.namePort(socket.address().port, name);
  return socket;
}

async function closed(...sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) {
    socket.close();
    await once(socket, "close");
  }
}

suite("node:dgram and what stands in for it agree that", () => {
  parity("a socket listens, sends and receives, each in its turn", async (stage) => {
    const { note, noting, namePort, modules } = stage;
    const server = modules.dgram.createSocket("udp4", noting("server message"));
    server.on("listening", noting("server listening")).on("close", noting("server close"));
    note("bind gives the socket", server.bind(0, "127.0.0.1", noting("bind callback")) === server);
    note("bind is asynchronous");
    await once(server, "listening");
    namePort(server.address().port, "server");
    note(server.address());
    const client = modules.dgram.createSocket({ type: "udp4" });
    client.on("listening", () => {
      namePort(client.address().port, "client");
      note("client listening", client.address().address);
    });
    client.send("hello", server.address().port, "127.0.0.1", noting("sent"));
    note("send is asynchronous");
    const [bytes, from] = (await once(server, "message")) as [Buffer, { port: number }];
    note("server got", bytes, from, from.port === client.address().port);
    server.send([Buffer.from("a"), Buffer.from("bc")], from.port, "127.0.0.1");
    const [answer] = (await once(client, "message")) as [Buffer];
    note("client got", answer);
    await closed(client, server);
  });

  parity("messages are given in every form that send takes", async (stage) => {
    const { noting, modules, note } = stage;
    const server = await bound(stage, "server");
    const { port } = server.address();
    const client = modules.dgram.createSocket("udp4");
    const backing = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const sends: (() => void)[] = [
      () => {
        client.send("text", port, noting("sent to nobody in particular"));
      },
      () => {
        client.send(backing, port, "127.0.0.1", noting("sent array"));
      },
      () => {
        client.send(new DataView(backing.buffer, 2, 3), port, "127.0.0.1", noting("sent view"));
      },
      () => {
        client.send(backing, 1, 2, port, "127.0.0.1", noting("sent slice"));
      },
      () => {
        client.send(Buffer.from("abc"), 3, 0, port, "127.0.0.1", noting("sent nothing"));
      },
      () => {
        client.send(["x", backing.subarray(0, 1)], port, noting("sent list"));
      },
      () => {
        client.send([], port, "127.0.0.1", noting("sent empty list"));
      },
      () => {
        client.send(Buffer.alloc(60_000, 7), port, noting("sent much"));
      },
      () => {
        client.send("by name", port, "localhost", noting("sent by name"));
      },
    ];
    for (const send of sends) {
      send();
      const [bytes, from] = (await once(server, "message")) as [Buffer, { size: number }];
      note(bytes.subarray(0, 8), bytes.length, from.size);
      await stage.modules.timersPromises.setTimeout(2);
    }
    await closed(client, server);
  });

  parity("arguments that make no sense are refused", async (stage) => {
    const { attempt, modules } = stage;
    const { dgram } = modules;
    const create = dgram.createSocket as (...given: unknown[]) => Socket;
    for (const type of ["udp5", undefined, null, 7, {}, { type: "tcp" }])
      attempt(`createSocket`, () => create(type));
    attempt("lookup", () => create({ type: "udp4", lookup: 7 }));
    attempt("signal", () => create({ type: "udp4", signal: {} }));
    const socket = dgram.createSocket("udp4");
    const send = socket.send.bind(socket) as (...given: unknown[]) => void;
    const bytes = Buffer.from("abcd");
    const given: unknown[][] = [
      [bytes],
      [bytes, 0],
      [bytes, 65_536],
      [bytes, -1],
      [bytes, "x"],
      [bytes, null],
      [bytes, 1.5],
      [bytes, 0, 2, 0, "127.0.0.1"],
      [bytes, 5, 0, 7, "127.0.0.1"],
      [bytes, 1, 9, 7, "127.0.0.1"],
      [undefined, 7],
      [{}, 7, "127.0.0.1"],
      [7, 0, 1, 7, "127.0.0.1"],
      [["a", 7], 7, "127.0.0.1"],
      [bytes, 7, 127],
      [bytes, 7, {}],
    ];
    for (const [at, one] of given.entries())
      attempt(`send ${String(at)}`, () => {
        send(...one);
      });
    const connect = socket.connect.bind(socket) as (...all: unknown[]) => void;
    for (const one of [[], [0], [70_000, "127.0.0.1"], [7, 8], [7, null]])
      attempt("connect", () => {
        connect(...one);
      });
    const odd = socket as unknown as Record<string, (value?: unknown) => unknown>;
    for (const name of ["setTTL", "setMulticastTTL"])
      for (const value of [undefined, "1", 256, -1, {}])
        attempt(name, () => odd[name]?.call(socket, value));
    for (const name of ["setMulticastInterface", "addMembership", "dropMembership"])
      attempt(name, () => odd[name]?.call(socket, 7));
    for (const value of [-1, 1.5, "x", undefined])
      attempt("setRecvBufferSize", () => odd["setRecvBufferSize"]?.call(socket, value));
    await closed(socket);
  });

  parity("a socket that is not bound, bound twice or closed says so", async (stage) => {
    const { attempt, note, noting, modules } = stage;
    const socket = modules.dgram.createSocket("udp4");
    const calls: Readonly<Record<string, () => unknown>> = {
      address: () => socket.address(),
      remoteAddress: () => socket.remoteAddress(),
      setBroadcast: () => {
        socket.setBroadcast(true);
      },
      setTTL: () => socket.setTTL(64),
      setMulticastTTL: () => socket.setMulticastTTL(1),
      setMulticastLoopback: () => socket.setMulticastLoopback(true),
      disconnect: () => {
        socket.disconnect();
      },
      send: () => {
        socket.send("x", 7, "127.0.0.1");
      },
      connect: () => {
        socket.connect(7);
      },
      ref: () => socket.ref() === socket,
      unref: () => socket.unref() === socket,
      close: () => socket.close() === socket,
      bind: () => socket.bind(0) === socket,
    };
    const attemptAll = (...names: readonly string[]): void => {
      for (const name of names) attempt(name, () => calls[name]?.());
    };
    attemptAll("address", "remoteAddress", "setBroadcast", "setTTL", "disconnect", "ref", "unref");
    socket.bind(0, "127.0.0.1");
    attemptAll("bind");
    await once(socket, "listening");
    attemptAll("bind", "setBroadcast", "setTTL", "setMulticastTTL", "setMulticastLoopback");
    attemptAll("disconnect", "remoteAddress");
    socket.on("close", noting("close"));
    note(socket.close(noting("close callback")) === socket);
    note("close is asynchronous");
    // Of a closed socket's settings, and of connecting it, Node says that null has no such property.
    attemptAll("address", "remoteAddress", "disconnect", "send", "ref", "unref", "close", "bind");
    await once(socket, "close");
  });

  parity("ports and addresses that cannot be had are errors of the bind", async (stage) => {
    const { note, noting, modules } = stage;
    const first = await bound(stage, "first");
    const { port } = first.address();
    const binds: [number, string, boolean][] = [
      [port, "127.0.0.1", false],
      [port, "0.0.0.0", false],
      [port, "127.0.0.1", true],
      [0, "203.0.113.77", false],
      [0, "2001:db8::1", false],
    ];
    for (const [wanted, address, reuseAddr] of binds) {
      const socket = modules.dgram.createSocket({ type: "udp4", reuseAddr });
      socket.bind(wanted, address, noting("never"));
      const [error] = (await once(socket, "error")) as [Error];
      note(address, error);
      // It may be bound again.
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      await closed(socket);
    }
    await closed(first);
    const second = modules.dgram.createSocket("udp4");
    second.bind({ port, address: "127.0.0.1" });
    await once(second, "listening");
    note("free again", second.address());
    await closed(second);
  });

  parity("of sockets that share a port the last gets the datagrams", async (stage) => {
    const { note, modules } = stage;
    const one = modules.dgram.createSocket({ type: "udp4", reuseAddr: true });
    one.bind(0, "127.0.0.1");
    await once(one, "listening");
    const { port } = one.address();
    const two = modules.dgram.createSocket({ type: "udp4", reuseAddr: true });
    two.bind(port, "127.0.0.1");
    await once(two, "listening");
    one.on("message", (bytes) => {
      note("one", bytes);
    });
    two.on("message", (bytes) => {
      note("two", bytes);
    });
    const client = modules.dgram.createSocket("udp4");
    client.send("a", port, "127.0.0.1");
    await modules.timersPromises.setTimeout(20);
    await closed(two);
    client.send("b", port, "127.0.0.1");
    await modules.timersPromises.setTimeout(20);
    await closed(one, client);
  });

  parity("a connected socket hears its peer alone, and of nobody being there", async (stage) => {
    const { attempt, note, noting, modules } = stage;
    const server = await bound(stage, "server");
    const stranger = await bound(stage, "stranger");
    const client = modules.dgram.createSocket("udp4");
    client.on("connect", noting("connect"));
    client.connect(server.address().port, noting("connect callback"));
    attempt("again", () => {
      client.connect(server.address().port);
    });
    await once(client, "connect");
    stage.namePort(client.address().port, "client");
    note(client.address(), client.remoteAddress());
    attempt("send to", () => {
      client.send("x", 7, "127.0.0.1");
    });
    attempt("again", () => {
      client.connect(7);
    });
    client.on("message", noting("client message"));
    client.send("to peer", noting("sent"));
    client.send("sliced", 1, 3, noting("sent slice"));
    const [bytes, from] = (await once(server, "message")) as [Buffer, { port: number }];
    note("server got", bytes);
    stranger.send("not heard", from.port, "127.0.0.1");
    server.send("heard", from.port, "127.0.0.1");
    await once(client, "message");
    await closed(server, stranger);
    await modules.timersPromises.setTimeout(5);
    client.send("nobody", noting("sent"));
    const [error] = (await once(client, "error")) as [Error];
    note(error);
    client.disconnect();
    attempt("disconnect", () => {
      client.disconnect();
    });
    attempt("remote", () => client.remoteAddress());
    await closed(client);
  });

  parity("what cannot be sent is told to the callback alone", async (stage) => {
    const { note, noting, modules } = stage;
    const socket = modules.dgram.createSocket("udp4");
    socket.on("error", noting("never"));
    const sends: [Buffer | string, string][] = [
      [Buffer.alloc(65_508), "127.0.0.1"],
      ["x", "::1"],
      ["x", "255.255.255.255"],
    ];
    for (const [message, address] of sends) {
      socket.send(message, 7, address);
      const error = await new Promise((resolve) => {
        socket.send(message, 7, address, resolve);
      });
      note(error);
    }
    socket.send(Buffer.alloc(65_507), 7, "127.0.0.1", noting("sent"));
    await modules.timersPromises.setTimeout(20);
    await closed(socket);
  });

  parity("a lookup of one's own is asked, and its errors are passed on", async (stage) => {
    const { note, noting, modules } = stage;
    const server = await bound(stage, "server");
    const asked: unknown[] = [];
    const socket = modules.dgram.createSocket({
      type: "udp4",
      lookup: (name, options, callback) => {
        asked.push([name, options]);
        if (name === "known") callback(null, "127.0.0.1", 4);
        else if (name === "bad") callback(new Error("no such name"), "", 4);
        else callback(null, name, 4);
      },
    });
    socket.send("x", server.address().port, "known", noting("sent"));
    await once(server, "message");
    socket.on("error", noting("error"));
    socket.send("x", 7, "bad", noting("callback"));
    socket.send("x", 7, "bad");
    socket.connect(7, "bad", noting("connect callback"));
    await modules.timersPromises.setTimeout(5);
    note(asked);
    await closed(socket, server);
  });

  parity("a signal closes a socket, also before it is made, and so does a scope", async (stage) => {
    const { note, noting, modules } = stage;
    const controller = new AbortController();
    const { signal } = controller;
    const socket = modules.dgram.createSocket({ type: "udp4", signal });
    socket.on("close", noting("close"));
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    controller.abort();
    note("aborted");
    await once(socket, "close");
    const late = modules.dgram.createSocket({ type: "udp4", signal });
    await once(late, "close");
    const scoped = await bound(stage, "scoped");
    scoped.on("close", noting("scoped close"));
    await scoped[Symbol.asyncDispose]();
    await scoped[Symbol.asyncDispose]();
  });

  parity(
    "closing before the bind waits for it, and a bind that fails forgets what waits",
    async (stage) => {
      const { noting, modules } = stage;
      const server = await bound(stage, "server");
      const socket = modules.dgram.createSocket("udp4");
      socket.on("listening", noting("listening")).on("close", noting("close"));
      socket.send("x", server.address().port, "127.0.0.1", noting("sent"));
      socket.close(noting("close callback"));
      await once(socket, "close");
      const other = modules.dgram.createSocket("udp4");
      other.on("error", noting("error"));
      other.bind(server.address().port, "127.0.0.1");
      other.send("y", server.address().port, "127.0.0.1", noting("never"));
      await modules.timersPromises.setTimeout(20);
      await closed(other, server);
    },
  );
});
