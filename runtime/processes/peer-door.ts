import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { encodeBase64Url } from "../core/index.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { Log } from "../io/log.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import { compileLocalValidators } from "./peer-door-connection.ts";
import { peerDoorFile } from "./peer-door-file.ts";
import type { PeerHandlers, PeerTasks } from "./peer-types.ts";
import { PeerVisit } from "./peer-visit.ts";
import type { PeerCode } from "./peer-visit.ts";

type OnCode = NonNullable<PeerHandlers["onCode"]>;

/** What a door is of. */
export interface PeerDoorOptions {
  readonly dataFolder: string;
  /** Of the peer that runs. */
  readonly fingerprint: Uint8Array;
  readonly tasks: PeerTasks;
  readonly log: Log;
}

/** A code that is to be answered. */
interface Question extends PromiseWithResolvers<boolean> {
  readonly code: PeerCode;
}

/**
 * Where a running peer takes tasks of its user's other programs: one process uses a folder at a time, and the user
 * wants to say something all the same. Only this machine reaches it, and only who may read the folder is heard.
 */
export class PeerDoor {
  /** Programs that compare, by the other peer's fingerprint. */
  readonly #comparing = new Map<string, PeerVisit>();
  /** Codes that nobody has answered yet. */
  readonly #questions = new Map<string, Question>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #file: ReturnType<typeof peerDoorFile> | undefined;

  /** Asks the program that wants to compare with that peer, also one that comes later; `otherwise` if there is none. */
  onCode(otherwise: OnCode | undefined): OnCode {
    return (code) => {
      const peer = encodeBase64Url(code.from);
      const question = { code, ...Promise.withResolvers<boolean>() };
      this.#questions.set(peer, question);
      const visit = this.#comparing.get(peer);
      if (visit === undefined) void otherwise?.(code).then(question.resolve, question.reject);
      else void visit.ask(code).then(question.resolve);
      return question.promise;
    };
  }

  /** The comparison with that peer is over. */
  forget(peer: Uint8Array): void {
    this.#questions.delete(encodeBase64Url(peer));
  }

  /** @throws {Error} if no port can be had. @throws {OperatorError} if the file cannot be written. */
  async open({ dataFolder, fingerprint, log, tasks }: PeerDoorOptions): Promise<void> {
    const token = new Uint8Array(randomBytes(32));
    const validators = compileLocalValidators(new AjvSchemaCompiler());
    const server = createServer((socket) => {
      this.#sockets.add(socket.once("close", () => this.#sockets.delete(socket)));
      new PeerVisit({
        socket,
        token,
        fingerprint,
        tasks,
        validators,
        comparing: (peer, visit) => {
          this.#compare(peer, visit);
        },
        over: (visit) => {
          for (const [peer, other] of this.#comparing) {
            if (other === visit) this.#comparing.delete(peer);
          }
        },
        failed: (error) => {
          log.error({ err: error }, "a task of another program failed");
        },
      });
    });
    server.maxConnections = PEER_LIMITS.visitorsMax;
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

  #compare(peer: string, visit: PeerVisit): void {
    this.#comparing.set(peer, visit);
    const question = this.#questions.get(peer);
    if (question !== undefined) void visit.ask(question.code).then(question.resolve);
  }
}
