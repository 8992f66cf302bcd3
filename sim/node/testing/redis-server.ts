import type { Server } from "node:net";
import type { NodeModules } from "../index.ts";

/**
 * A server of the Redis protocol (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/) that keeps
 * strings in memory: as much as a client that connects, sets and gets needs.
 */
export function createRedisServer(
  { createServer }: NodeModules["net"],
  onCommand: (words: readonly string[]) => void,
): Server {
  const kept = new Map<string, string>();
  return createServer((socket) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (piece: string) => {
      text += piece;
      for (let command = takeCommand(text); command !== undefined; command = takeCommand(text)) {
        text = command.rest;
        onCommand(command.words);
        socket.write(answer(command.words, kept), "latin1");
      }
    });
    // A client that is reset comes back by itself.
    socket.on("error", () => undefined);
  });
}

/** The first command of what came, an array of bulk strings; undefined if it has not come as a whole. */
function takeCommand(
  text: string,
): { readonly words: readonly string[]; readonly rest: string } | undefined {
  const [head, count] = /^\*(\d+)\r\n/u.exec(text) ?? [];
  if (head === undefined) return undefined;
  const words: string[] = [];
  let rest = text.slice(head.length);
  while (words.length < Number(count)) {
    const [line, length] = /^\$(\d+)\r\n/u.exec(rest) ?? [];
    const end = (line?.length ?? 0) + Number(length);
    if (line === undefined || rest.length < end + 2) return undefined;
    words.push(rest.slice(line.length, end));
    rest = rest.slice(end + 2);
  }
  return { words, rest };
}

function answer(
  [command = "", key = "", value = ""]: readonly string[],
  kept: Map<string, string>,
): string {
  switch (command.toUpperCase()) {
    case "CLIENT":
      return "+OK\r\n";
    case "SET":
      kept.set(key, value);
      return "+OK\r\n";
    case "GET": {
      const found = kept.get(key);
      return found === undefined ? "$-1\r\n" : `$${String(found.length)}\r\n${found}\r\n`;
    }
    default:
      return `-ERR unknown command '${command}'\r\n`;
  }
}
