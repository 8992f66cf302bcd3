import { connect } from "node:net";
import { resolve } from "node:path";
import { OperatorError, decodeBase64Url, encodeBase64Url } from "../core/index.ts";
import type { ComparisonResult } from "../roles/peer/peer-events.ts";
import { JsonLines } from "./json-lines.ts";
import { DOOR_LINE_CHARACTERS_MAX, peerDoorFile } from "./peer-door-file.ts";
import type { PeerDoorAddress, PeerDoorTask, PeerDoorWord } from "./peer-door-file.ts";
import type { PeerHandlers, PeerTasks } from "./peer-types.ts";

/** How long a running peer may take to greet. */
const HELLO_MS = 2_000;

/**
 * The peer that runs with this folder, in another process of its user; undefined if none runs there that takes tasks.
 * @throws {OperatorError} if the folder cannot be read.
 */
export async function visitPeer(
  dataFolder: string,
  handlers: Pick<PeerHandlers, "onCode"> = {},
): Promise<PeerTasks | undefined> {
  const door = peerDoorFile(dataFolder).load();
  if (door === undefined) return undefined;
  const visitor = new PeerVisitor(door, handlers);
  return (await visitor.isHeard()) ? visitor : undefined;
}

/** Has a peer of another process do things. */
class PeerVisitor implements PeerTasks {
  readonly #door: PeerDoorAddress;
  readonly #handlers: Pick<PeerHandlers, "onCode">;
  readonly #direct = new Set<string>();

  constructor(door: PeerDoorAddress, handlers: Pick<PeerHandlers, "onCode">) {
    this.#door = door;
    this.#handlers = handlers;
  }

  /** Whether that process runs. What it left behind when it was killed may lead anywhere. */
  async isHeard(): Promise<boolean> {
    return this.#ask({ task: "hello" }, { withinMs: HELLO_MS }).then(
      () => true,
      () => false,
    );
  }

  async send(to: Uint8Array, body: Uint8Array | string, withinMs?: number): Promise<void> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const within = withinMs === undefined ? {} : { withinMs };
    const text = encodeBase64Url(bytes);
    await this.#ask({ task: "send", peer: encodeBase64Url(to), body: text, ...within });
  }

  async compare(peer: Uint8Array): Promise<ComparisonResult> {
    const result = await this.#ask({ task: "compare", peer: encodeBase64Url(peer) });
    return result as ComparisonResult;
  }

  async sendFile(
    to: Uint8Array,
    path: string,
    onProgress?: (haveBytes: number, sizeBytes: number) => void,
  ): Promise<void> {
    const task = { task: "sendFile", peer: encodeBase64Url(to), path: resolve(path) } as const;
    await this.#ask(task, onProgress === undefined ? {} : { onProgress });
  }

  isDirect(peer: Uint8Array): boolean {
    return this.#direct.has(encodeBase64Url(peer));
  }

  /** Has one thing done, over a connection of its own. */
  async #ask(
    task: PeerDoorTask,
    {
      onProgress,
      withinMs = 0,
    }: {
      readonly onProgress?: (haveBytes: number, sizeBytes: number) => void;
      readonly withinMs?: number;
    } = {},
  ): Promise<string | undefined> {
    const { address, port, token } = this.#door;
    const socket = connect({ host: address, port });
    socket.setTimeout(withinMs, () => socket.destroy(new Error("no answer")));
    try {
      const lines = new JsonLines(socket, DOOR_LINE_CHARACTERS_MAX);
      lines.write({ token, ...task });
      for await (const value of lines.values()) {
        const word = value as PeerDoorWord;
        switch (word.word) {
          case "progress":
            onProgress?.(word.haveBytes, word.sizeBytes);
            break;
          case "code":
            // What else comes meanwhile is the end of it all: nobody waits for a user who has gone.
            void this.#answer(word, lines);
            break;
          case "done":
            if ("peer" in task && word.direct) this.#direct.add(task.peer);
            return word.result;
          case "fault":
            throw new OperatorError(word);
        }
      }
    } catch (error) {
      throw error instanceof OperatorError ? error : gone(error);
    } finally {
      socket.destroy();
    }
    throw gone(undefined);
  }

  async #answer(
    { peer, name, code }: Extract<PeerDoorWord, { readonly word: "code" }>,
    lines: JsonLines,
  ): Promise<void> {
    const from = decodeBase64Url(peer) ?? new Uint8Array(0);
    const same = await this.#handlers.onCode?.({ from, name, code });
    if (same !== undefined) lines.write({ same });
  }
}

function gone(cause: unknown): OperatorError {
  return new OperatorError({
    place: "the peer that runs with this folder",
    problem: "has ended meanwhile.",
    remedy: "Start it again.",
    cause,
  });
}
