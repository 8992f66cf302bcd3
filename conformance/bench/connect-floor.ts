import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/*
 * The floor of the bench `connect`: one process that is hub, router and server at once and does what the
 * network cannot do without, on bare sockets: no keys, no checks, no state. It prints its two ports.
 */

const LOOPBACK = "127.0.0.1";
/** Round trips on each connection between hub, router and server: the handshake's, and a message's with its answer. */
const ROUND_TRIPS = 2;

/** Connects, makes round trips of one small message each, and ends. */
async function visit(port: number): Promise<void> {
  const socket = connect({ host: LOOPBACK, port, noDelay: true });
  await once(socket, "connect");
  for (let left = ROUND_TRIPS; left > 0; left -= 1) {
    socket.write("a message");
    await once(socket, "data");
  }
  socket.destroy();
}

function echo(socket: Socket): void {
  socket.setNoDelay();
  socket.on("data", (bytes) => socket.write(bytes));
  socket.on("error", () => socket.destroy());
}

const relay = createServer(echo);
relay.listen(0, LOOPBACK);
await once(relay, "listening");
const { port: relayPort } = relay.address() as AddressInfo;

const router = createSocket("udp4");
router.bind(0, LOOPBACK);
await once(router, "listening");

/** An invitation by UDP; then router to hub, hub to server, router to server. */
async function arrange(): Promise<void> {
  const invitation = once(router, "message");
  router.send("an invitation", router.address().port, LOOPBACK);
  await invitation;
  for (let connections = 3; connections > 0; connections -= 1) await visit(relayPort);
}

const http = createHttpServer((request, response) => {
  request.resume();
  void arrange().then(() => {
    response.setHeader("content-type", "application/json");
    response.end("{}");
  });
});
http.listen(0, LOOPBACK);
await once(http, "listening");
const { port: httpPort } = http.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ httpPort, relayPort })}\n`);
