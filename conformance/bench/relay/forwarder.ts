import { createServer, connect } from "node:net";
import { Relay } from "../../../runtime/io/relay.ts";
import { StreamSocket } from "../../../runtime/io/stream-socket.ts";
import type { StreamSocketOptions } from "../../../runtime/io/stream-socket.ts";

/*
 * A process that accepts connections and forwards each to a port: `relay` by runtime/io/relay.ts, `pipe` by
 * stream.pipe(). It prints the port it listens on.
 */
const [method = "", target = ""] = process.argv.slice(2);
const to = { address: "127.0.0.1", port: Number(target) };

const idle: StreamSocketOptions = {
  reader: { nextBuffer: () => new Uint8Array(65_536), take: () => true },
  listener: { onEnded: () => undefined, onClosed: () => undefined },
  keepAliveMs: 15_000,
};

const server =
  method === "relay"
    ? createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
        const a = StreamSocket.adopt(socket, idle);
        const b = StreamSocket.dial(to, 5_000, idle);
        new Relay({ a, b, onEnd: () => undefined });
      })
    : createServer({ allowHalfOpen: true, noDelay: true }, (a) => {
        const b = connect({ host: to.address, port: to.port, allowHalfOpen: true, noDelay: true });
        a.on("error", () => b.destroy()).pipe(b);
        b.on("error", () => a.destroy()).pipe(a);
      });

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address !== "string")
    process.stdout.write(`${String(address.port)}\n`);
});
