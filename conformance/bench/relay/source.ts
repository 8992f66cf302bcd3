import { connect } from "node:net";

/* A process that connects to a port, sends so many bytes and ends. */
const [port = "", bytes = ""] = process.argv.slice(2);
const block = Buffer.alloc(256 * 1024, "0123456789abcdef");
let left = Number(bytes);

const socket = connect({ host: "127.0.0.1", port: Number(port) });
socket.on("error", (error) => {
  throw error;
});

function fill(): void {
  while (left > 0) {
    const size = Math.min(left, block.length);
    left -= size;
    if (!socket.write(block.subarray(0, size))) {
      socket.once("drain", fill);
      return;
    }
  }
  socket.end();
}

fill();
