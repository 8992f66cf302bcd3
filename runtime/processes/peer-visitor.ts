import { connect } from "node:net";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { OperatorError, decodeBase64Url, encodeBase64Url, fingerprintText } from "../core/index.ts";
import type { RpcValidators } from "../core/index.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { DoorWelcome } from "../../generated/peer/messages/door.ts";
import { decodeVisitorLocal } from "../../generated/peer/receive.ts";
import { DOOR_METHODS } from "../../generated/peer/rpc/door.ts";
import type { DoorMethods } from "../../generated/peer/rpc/door.ts";
import { VISITOR_METHODS } from "../../generated/peer/rpc/visitor.ts";
import type {
  EndedParams,
  FailedParams,
  VisitorMethods,
} from "../../generated/peer/rpc/visitor.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type { ComparisonResult } from "../roles/peer/peer-events.ts";
import type { LinkHandlers } from "../roles/channel/rpc-link.ts";
import { DoorConnection, compileLocalValidators } from "./peer-door-connection.ts";
import { peerDoorFile } from "./peer-door-file.ts";
import type { PeerDoorAddress } from "./peer-door-file.ts";
import { PeerError } from "./peer-error.ts";
import type {
  PeerFileOptions,
  PeerHandlers,
  PeerSendOptions,
  PeerTaskOptions,
  PeerTasks,
} from "./peer-types.ts";

type Welcome = { readonly name: "DoorWelcome"; readonly message: DoorWelcome };

type Handlers = Pick<PeerHandlers, "onCode">;

/** The methods that begin a task. */
type TaskMethod = "Compare" | "Send" | "SendFile";

/**
 * The peer that runs with this folder, in another process of its user; undefined if none runs there that takes tasks.
 * @throws {OperatorError} if the folder cannot be read.
 */
export async function visitPeer(
  dataFolder: string,
  handlers: Handlers = {},
): Promise<PeerTasks | undefined> {
  const door = peerDoorFile(dataFolder).load();
  if (door === undefined) return undefined;
  const validators = compileLocalValidators(new AjvSchemaCompiler());
  const visitor = new PeerVisitor({ door, handlers, validators });
  return (await visitor.isHeard()) ? visitor : undefined;
}

/** What a visitor is made with. */
interface VisitorOptions {
  readonly door: PeerDoorAddress;
  readonly handlers: Handlers;
  readonly validators: RpcValidators;
}

/** Has a peer of another process do things, each over a connection of its own. */
class PeerVisitor implements PeerTasks {
  readonly #options: VisitorOptions;
  readonly #direct = new Set<string>();

  constructor(options: VisitorOptions) {
    this.#options = options;
  }

  /** Whether that process runs. What it left behind when it was killed may lead anywhere. */
  async isHeard(): Promise<boolean> {
    const visit = new Visit(this.#options);
    return visit.welcomed
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        visit.close();
      });
  }

  async send(
    to: Uint8Array,
    body: Uint8Array | string,
    { signal, withinMs }: PeerSendOptions = {},
  ): Promise<void> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    if (bytes.length > PEER_LIMITS.messageBytesMax) {
      throw new PeerError(fingerprintText(to), "tooLong");
    }
    const within = withinMs === undefined ? {} : { withinMs };
    await this.#do(to, {
      method: "Send",
      params: { body: encodeBase64Url(bytes), ...within },
      signal,
    });
  }

  async compare(peer: Uint8Array, { signal }: PeerTaskOptions = {}): Promise<ComparisonResult> {
    const result = await this.#do(peer, { method: "Compare", params: {}, signal });
    return result ?? "abandoned";
  }

  async sendFile(
    to: Uint8Array,
    path: string,
    { onProgress, signal }: PeerFileOptions = {},
  ): Promise<void> {
    const params = { path: resolve(path) };
    await this.#do(to, { method: "SendFile", params, signal, onProgress });
  }

  isDirect(peer: Uint8Array): boolean {
    return this.#direct.has(encodeBase64Url(peer));
  }

  async #do(
    fingerprint: Uint8Array,
    task: {
      readonly method: TaskMethod;
      readonly params: object;
      readonly signal: AbortSignal | undefined;
      readonly onProgress?: PeerFileOptions["onProgress"];
    },
  ): Promise<EndedParams["result"] | undefined> {
    const peer = encodeBase64Url(fingerprint);
    const visit = new Visit(this.#options, task.onProgress);
    const cancel = (): void => {
      visit.cancel();
    };
    task.signal?.addEventListener("abort", cancel);
    try {
      await visit.welcomed;
      visit.begin(task.method, { peer, ...task.params });
      if (task.signal?.aborted === true) visit.cancel();
      const { direct, result } = await visit.ended;
      if (direct) this.#direct.add(peer);
      return result;
    } finally {
      task.signal?.removeEventListener("abort", cancel);
      visit.close();
    }
  }
}

/** One connection to a running peer. */
class Visit {
  /** Settles once the peer has greeted. @throws {OperatorError} if it does not. */
  readonly welcomed: Promise<undefined>;
  /** What became of the task. @throws {OperatorError} if it came to nothing, or the peer has gone. */
  readonly ended: Promise<EndedParams>;
  readonly #socket: Socket;
  readonly #connection: DoorConnection<VisitorMethods, DoorMethods, Welcome>;
  readonly #welcomed = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<EndedParams>();

  constructor(
    { door, handlers, validators }: VisitorOptions,
    onProgress?: PeerFileOptions["onProgress"],
  ) {
    this.welcomed = this.#welcomed.promise;
    this.ended = this.#ended.promise;
    // Who waits for one of them hears of it; the other fails with it.
    this.welcomed.catch(() => undefined);
    this.ended.catch(() => undefined);
    const socket = connect({ host: door.address, port: door.port });
    this.#socket = socket;
    socket.setTimeout(PEER_LIMITS.doorWelcomeMs, () => socket.destroy());
    this.#connection = new DoorConnection<VisitorMethods, DoorMethods, Welcome>({
      socket,
      decode: ({ bytes, end, offset, tag, view }) =>
        decodeVisitorLocal(tag, bytes, view, offset, end),
      opened: () => {
        socket.setTimeout(0);
        this.#welcomed.resolve(undefined);
        return true;
      },
      ours: VISITOR_METHODS,
      theirs: DOOR_METHODS,
      handlers: this.#handlers(handlers, onProgress),
      validators,
      over: () => {
        this.#welcomed.reject(gone());
        this.#ended.reject(gone());
      },
    });
    socket.once("connect", () => {
      this.#connection.send({ name: "VisitorHello", message: { token: door.token } });
    });
  }

  begin(method: TaskMethod, params: object): void {
    this.#connection.link.call(method, params as never, (outcome) => {
      if (!outcome.ok) this.#ended.reject(gone(outcome.error));
    });
  }

  /** Has the peer give the task up; what became of it follows. */
  cancel(): void {
    this.#connection.link.notify("Cancel", {});
  }

  close(): void {
    this.#socket.destroy();
  }

  #handlers(
    { onCode }: Handlers,
    onProgress: PeerFileOptions["onProgress"],
  ): LinkHandlers<VisitorMethods> {
    return {
      Progress: ({ haveBytes, sizeBytes }) => onProgress?.(haveBytes, sizeBytes),
      Code: ({ code, name, peer }) => {
        const from = decodeBase64Url(peer) ?? new Uint8Array(0);
        // What else comes meanwhile is the end of it all: nobody waits for a user who has gone.
        void onCode?.({ from, name, code }).then((same) => {
          this.#connection.link.notify("Judge", { same });
        });
      },
      Ended: (params) => {
        this.#ended.resolve(params);
      },
      Failed: (params) => {
        this.#ended.reject(errorOf(params));
      },
    };
  }
}

function errorOf({ place, problem, reason, remedy }: FailedParams): OperatorError {
  return reason === undefined
    ? new OperatorError({ place, problem, remedy })
    : new PeerError(place, reason);
}

function gone(cause?: unknown): OperatorError {
  return new OperatorError({
    place: "the peer that runs with this folder",
    problem: "has ended meanwhile.",
    remedy: "Start it again.",
    cause,
  });
}
