import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { OperatorError, decodeBase64Url, encodeBase64Url } from "../core/index.ts";
import type { RpcValidators } from "../core/index.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { VisitorHello } from "../../generated/peer/messages/door.ts";
import { decodeDoorLocal } from "../../generated/peer/receive.ts";
import { DOOR_METHODS, DoorErrors } from "../../generated/peer/rpc/door.ts";
import type { DoorMethods } from "../../generated/peer/rpc/door.ts";
import { VISITOR_METHODS } from "../../generated/peer/rpc/visitor.ts";
import type {
  EndedParams,
  FailedParams,
  VisitorMethods,
} from "../../generated/peer/rpc/visitor.ts";
import type { LinkHandlers, RpcAnswer } from "../roles/channel/rpc-link.ts";
import { DoorConnection } from "./peer-door-connection.ts";
import { PeerError } from "./peer-error.ts";
import type { PeerHandlers, PeerTasks } from "./peer-types.ts";

/** The code that a user is asked about. */
export type PeerCode = Parameters<NonNullable<PeerHandlers["onCode"]>>[0];

/** What a visit is of. */
export interface PeerVisitOptions {
  readonly socket: Socket;
  readonly token: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly tasks: PeerTasks;
  readonly validators: RpcValidators;
  /** The program wants to compare with that peer, from now until `over`. */
  readonly comparing: (peer: string, visit: PeerVisit) => void;
  readonly over: (visit: PeerVisit) => void;
  /** A bug: what went wrong with a task, and is nobody's fault. */
  readonly failed: (error: unknown) => void;
}

/** Does a task; settles with what came of a comparison, or nothing. */
type TaskWork = (fingerprint: Uint8Array) => Promise<EndedParams["result"]>;

type Hello = { readonly name: "VisitorHello"; readonly message: VisitorHello };

/** One program of the user at the door of its running peer: it shows the token and has one thing done. */
export class PeerVisit {
  readonly #options: PeerVisitOptions;
  readonly #connection: DoorConnection<DoorMethods, VisitorMethods, Hello>;
  readonly #cancelling = new AbortController();
  #hasTask = false;
  #answer: ((same: boolean) => void) | undefined;

  constructor(options: PeerVisitOptions) {
    this.#options = options;
    const { fingerprint, over, socket, token, validators } = options;
    socket.setTimeout(PEER_LIMITS.visitorHelloMs, () => socket.destroy());
    this.#connection = new DoorConnection<DoorMethods, VisitorMethods, Hello>({
      socket,
      decode: ({ bytes, end, offset, tag, view }) => decodeDoorLocal(tag, bytes, view, offset, end),
      opened: ({ message }) => {
        if (!timingSafeEqual(message.token, token)) return false;
        socket.setTimeout(0);
        this.#connection.send({ name: "DoorWelcome", message: { fingerprint } });
        return true;
      },
      ours: DOOR_METHODS,
      theirs: VISITOR_METHODS,
      handlers: this.#handlers(),
      validators,
      over: () => {
        over(this);
      },
    });
  }

  /** Has the user look at a code; never settles if the program ends without a word. */
  ask({ code, from, name }: PeerCode): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#answer = resolve;
    this.#connection.link.notify("Code", { peer: encodeBase64Url(from), name, code });
    return promise;
  }

  #handlers(): LinkHandlers<DoorMethods> {
    const { comparing, tasks } = this.#options;
    const { signal } = this.#cancelling;
    return {
      Send: ({ body, peer, withinMs }, answer) => {
        this.#begin(answer, peer, async (to) => {
          const within = withinMs === undefined ? {} : { withinMs };
          await tasks.send(to, bytesOf(body), { ...within, signal });
          return undefined;
        });
      },
      SendFile: ({ path, peer }, answer) => {
        const onProgress = (haveBytes: number, sizeBytes: number): void => {
          this.#connection.link.notify("Progress", { haveBytes, sizeBytes });
        };
        this.#begin(answer, peer, async (to) => {
          await tasks.sendFile(to, path, { onProgress, signal });
          return undefined;
        });
      },
      Compare: ({ peer }, answer) => {
        this.#begin(answer, peer, async (other) => {
          comparing(peer, this);
          return tasks.compare(other, { signal });
        });
      },
      Judge: ({ same }) => {
        this.#answer?.(same);
      },
      Cancel: () => {
        this.#cancelling.abort();
      },
    };
  }

  #begin(answer: RpcAnswer<DoorMethods["Send"]["result"]>, peer: string, work: TaskWork): void {
    if (this.#hasTask) {
      answer.refuse(DoorErrors.taskBegun, "This connection has a task already");
      return;
    }
    this.#hasTask = true;
    answer.answer({});
    this.#perform(bytesOf(peer), work).catch((error: unknown) => {
      this.#options.failed(error);
      this.#options.socket.destroy();
    });
  }

  async #perform(peer: Uint8Array, work: TaskWork): Promise<void> {
    const { socket, tasks } = this.#options;
    const { link } = this.#connection;
    try {
      const result = await work(peer);
      link.notify("Ended", {
        direct: tasks.isDirect(peer),
        ...(result === undefined ? {} : { result }),
      });
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      link.notify("Failed", failureOf(error));
    }
    socket.end();
  }
}

function failureOf(error: OperatorError): FailedParams {
  const { message, place, remedy } = error;
  const problem = message.slice(`${place}: `.length, -` ${remedy}`.length);
  const reason = error instanceof PeerError ? error.reason : undefined;
  // That no server answers is no end of a task: what is to be sent waits for one.
  const told = reason === undefined || reason === "unavailable" ? {} : { reason };
  return { ...told, place, problem, remedy };
}

/** The schema admits the characters; the last of them may still hold bits that no encoder leaves there. */
function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes !== undefined) return bytes;
  throw new OperatorError({
    place: "the visitor",
    problem: "has sent bytes that are no base64url.",
    remedy: "Mend that program.",
  });
}
