import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const TRIES = 20;

/** A port that is free for both TCP and UDP, as far as can be known without keeping it. */
export async function freePort(address = "0.0.0.0"): Promise<number> {
  for (let left = TRIES; left > 0; left -= 1) {
    const port = await freeTcpPort(address);
    if (await isUdpFree(address, port)) return port;
  }
  throw new RangeError("no port is free for both TCP and UDP");
}

function freeTcpPort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: address, port: 0 }, () => {
      const bound = server.address();
      const port = bound === null || typeof bound === "string" ? 0 : bound.port;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

function isUdpFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address, port }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
