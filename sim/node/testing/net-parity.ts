import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import type { ParityStage } from "./parity.ts";

/** Where bodies listen. */
export const HERE = "127.0.0.1";

/** A server that listens, its port written down as `server`. */
export async function listening(
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
export function watch({ note }: ParityStage, name: string, socket: Socket): void {
  const events = ["lookup", "connect", "ready", "end", "finish", "drain", "timeout", "close"];
  for (const event of [...events, "error"])
    socket.on(event, (...parameters: unknown[]) => {
      note(name, event, ...parameters);
    });
}

/** All that comes, and the end. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Until a socket is closed, whether or not by an error. */
export function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
}

/** Until a server that takes no more connections has none. */
export async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
