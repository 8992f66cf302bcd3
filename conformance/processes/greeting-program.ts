import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { AddressInfo, Server } from "node:net";

const LOOPBACK = "127.0.0.1";

/** What the program says. */
export const GREETING = "hello from bob's program";

/** A program that greets whoever connects and then waits for the end. */
export async function startProgram(): Promise<{ readonly server: Server; readonly to: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.write(GREETING);
    socket.resume();
  }).listen(0, LOOPBACK);
  await once(server, "listening");
  return { server, to: `${LOOPBACK}:${String((server.address() as AddressInfo).port)}` };
}

/** What a program gets that connects to a port, until the greeting is whole. */
export async function greeting(port: number): Promise<string> {
  const socket = connect({ host: LOOPBACK, port });
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk as string;
    if (text.length >= GREETING.length) break;
  }
  return text;
}
