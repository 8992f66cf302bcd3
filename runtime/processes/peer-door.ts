import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { OperatorError, decodeBase64Url, encodeBase64Url } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import { JsonLines } from "./json-lines.ts";
import { DOOR_LINE_CHARACTERS_MAX, peerDoorFile } from "./peer-door-file.ts";
import type { PeerDoorTask, PeerDoorWord } from "./peer-door-file.ts";
import type { PeerHandlers, PeerTasks } from "./peer-types.ts";

/** Programs that may have something done at a time. */
const VISITS_MAX = 64;

/** How long a program may take to show its token. */
const HELLO_MS = 5_000;

type OnCode = NonNullable<PeerHandlers["onCode"]>;

/** What a door is of. */
export interface PeerDoorOptions {
  readonly dataFolder: string;
  readonly tasks: PeerTasks;
  readonly log: Log;
}

/**
 * Where a running peer takes tasks of its user's other programs: one process uses a folder at a time, and the user
 * wants to say something all the same. Only this machine reaches it, and only who may read the folder is heard.
 */
export class PeerDoor {
  /** Programs that compare, by the other peer's fingerprint. */
  readonly #comparing = new Map<string, Visit>();
  /** Codes that nobody has answered yet. */
  readonly #questions = new Map<string, Question>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #file: ReturnType<typeof peerDoorFile> | undefined;

  /** Asks the program that wants to compare with that peer, also one that comes later; `otherwise` if there is none. */
  onCode(otherwise: OnCode | undefined): OnCode {
    return async (code) => {
      const peer = encodeBase64Url(code.from);
      const question = { code, ...Promise.withResolvers<boolean>() };
      this.#questions.set(peer, question);
      const visit = this.#comparing.get(peer);
      if (visit === undefined) void otherwise?.(code).then(question.resolve, question.reject);
      else await this.#ask(visit, question);
      return question.promise;
    };
  }

  /** The comparison with that peer is over. */
  forget(peer: Uint8Array): void {
    this.#questions.delete(encodeBase64Url(peer));
  }

  /** @throws {Error} if no port can be had. @throws {OperatorError} if the file cannot be written. */
  async open({ dataFolder, log, tasks }: PeerDoorOptions): Promise<void> {
    const token = encodeBase64Url(randomBytes(32));
    const server = createServer((socket) => {
      this.#sockets.add(socket.once("close", () => this.#sockets.delete(socket)));
      this.#visited(new Visit(socket, tasks), token).catch((error: unknown) => {
        log.debug({ err: error }, "a program at the door was not understood");
        socket.destroy();
      });
    });
    server.maxConnections = VISITS_MAX;
    this.#server = server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { address, port } = server.address() as AddressInfo;
    this.#file = peerDoorFile(dataFolder);
    this.#file.save({ address, port, token });
  }

  close(): void {
    this.#file?.remove();
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #ask(visit: Visit, { code, resolve }: Question): Promise<void> {
    const same = await visit.ask(code);
    if (same !== undefined) resolve(same);
  }

  async #visited(visit: Visit, token: string): Promise<void> {
    const task = await visit.hear(token);
    if (task.task !== "compare") {
      await visit.perform(task);
      return;
    }
    this.#comparing.set(task.peer, visit);
    const question = this.#questions.get(task.peer);
    if (question !== undefined) void this.#ask(visit, question);
    try {
      await visit.perform(task);
    } finally {
      if (this.#comparing.get(task.peer) === visit) this.#comparing.delete(task.peer);
    }
  }
}

/** A code that is to be answered. */
interface Question extends PromiseWithResolvers<boolean> {
  readonly code: Parameters<OnCode>[0];
}

/** One program at the door. */
class Visit {
  readonly #socket: Socket;
  readonly #lines: JsonLines;
  readonly #values: AsyncGenerator<unknown, void>;
  readonly #tasks: PeerTasks;

  constructor(socket: Socket, tasks: PeerTasks) {
    this.#socket = socket;
    this.#lines = new JsonLines(socket, DOOR_LINE_CHARACTERS_MAX);
    this.#values = this.#lines.values();
    this.#tasks = tasks;
  }

  /** What it wants. @throws {Error} if it does not show the token. */
  async hear(token: string): Promise<PeerDoorTask> {
    this.#socket.setTimeout(HELLO_MS, () => this.#socket.destroy());
    const first = (await this.#values.next()).value as
      (PeerDoorTask & { readonly token?: unknown }) | undefined;
    this.#socket.setTimeout(0);
    const shown = Buffer.from(String(first?.token));
    const wanted = Buffer.from(token);
    if (first === undefined || shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) {
      throw new RangeError("the token is another");
    }
    return first;
  }

  /** Does it, and says what came of it. */
  async perform(task: PeerDoorTask): Promise<void> {
    try {
      const result = await this.#do(task);
      const direct = "peer" in task && this.#tasks.isDirect(fingerprintOf(task.peer));
      this.#say({ word: "done", direct, ...(result === undefined ? {} : { result }) });
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const { message, place, remedy } = error;
      const problem = message.slice(`${place}: `.length, -` ${remedy}`.length);
      this.#say({ word: "fault", place, problem, remedy });
    }
    this.#lines.close();
  }

  /** What its user says of the code; undefined if the program has ended. */
  async ask({ from, name, code }: Parameters<OnCode>[0]): Promise<boolean | undefined> {
    this.#say({ word: "code", peer: encodeBase64Url(from), name, code });
    const answer = await this.#values.next().catch(() => undefined);
    const { same } = (answer?.value ?? {}) as { readonly same?: unknown };
    return typeof same === "boolean" ? same : undefined;
  }

  async #do(task: PeerDoorTask): Promise<string | undefined> {
    switch (task.task) {
      case "hello":
        return undefined;
      case "send": {
        const body = decodeBase64Url(task.body) ?? new Uint8Array(0);
        await this.#tasks.send(fingerprintOf(task.peer), body, task.withinMs);
        return undefined;
      }
      case "sendFile":
        await this.#tasks.sendFile(fingerprintOf(task.peer), task.path, (haveBytes, sizeBytes) => {
          this.#say({ word: "progress", haveBytes, sizeBytes });
        });
        return undefined;
      case "compare":
        return this.#tasks.compare(fingerprintOf(task.peer));
    }
  }

  #say(word: PeerDoorWord): void {
    this.#lines.write(word);
  }
}

function fingerprintOf(text: string): Uint8Array {
  return decodeBase64Url(text) ?? new Uint8Array(0);
}
