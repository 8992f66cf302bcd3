import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

const ATTEMPTS = 20;

/**
 * A port that is free for UDP and for TCP at this address. Somebody may take it before it is used; the ports that the
 * system gives out go round, so that this is rare.
 * @throws {Error} if none is found.
 */
export async function freePort(address: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const server = createServer().listen(0, address);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const isFree = await isFreeForUdp(address, port);
    server.close();
    await once(server, "close");
    if (isFree) return port;
  }
  throw new Error(`no port of ${address} is free for both UDP and TCP`);
}

async function isFreeForUdp(address: string, port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind(port, address);
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
