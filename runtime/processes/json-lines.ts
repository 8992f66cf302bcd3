import type { Socket } from "node:net";

/** One value a line, both ways, over a connection on this machine. */
export class JsonLines {
  readonly #socket: Socket;
  readonly #charactersMax: number;

  /** @param charactersMax of a line that comes; a longer one ends the connection. */
  constructor(socket: Socket, charactersMax: number) {
    this.#socket = socket.setEncoding("utf8");
    this.#charactersMax = charactersMax;
  }

  /** Nothing happens if the connection is over. */
  write(value: object): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(value)}\n`);
  }

  /** What comes, until the connection is over. @throws {Error} if it breaks, or what comes is no JSON or too long. */
  async *values(): AsyncGenerator<unknown, void> {
    let text = "";
    for await (const chunk of this.#socket as AsyncIterable<string>) {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      if (text.length > this.#charactersMax) throw new RangeError("a line is too long");
      for (const line of lines) yield JSON.parse(line) as unknown;
    }
  }

  close(): void {
    this.#socket.end();
  }
}
