import { createSocket } from "node:dgram";

/*
 * The floor of the bench `peer`: a bare socket that sends each datagram back, which is what a server cannot do
 * without. It prints its port.
 */
const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
socket.on("message", (bytes, { address, port }) => {
  socket.send(bytes, port, address);
});
socket.bind(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: socket.address().port })}\n`);
});
