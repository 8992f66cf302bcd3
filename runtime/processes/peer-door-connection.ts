import type { Socket } from "node:net";
import { FrameReader, WireError } from "../core/index.ts";
import type { Frame, RpcMethodTable, RpcValidators, SchemaCompiler } from "../core/index.ts";
import type { DoorRpc } from "../../generated/peer/messages/door.ts";
import { compileDoorValidators } from "../../generated/peer/rpc/door.ts";
import { compileVisitorValidators } from "../../generated/peer/rpc/visitor.ts";
import { encodePeer } from "../../generated/peer/send.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_TRANSPORTS } from "../../generated/peer/tags.ts";
import type { DeadlineClock } from "../roles/kernel/deadline.ts";
import { Scratch } from "../roles/kernel/scratch.ts";
import { RpcLink } from "../roles/channel/rpc-link.ts";
import type { LinkHandlers } from "../roles/channel/rpc-link.ts";

/** Calls that one end may have under way at a time: one begins the task, and the rest is told by notifications. */
const CALLS_MAX = 4;

/** Whatever a service's methods take and give. */
type Methods<Service> = {
  readonly [Method in keyof Service]: { readonly params: unknown; readonly result: unknown };
};

/** What one end of a connection between a running peer and a visitor is made with. */
export interface DoorConnectionOptions<
  Ours extends Methods<Ours>,
  Theirs extends Methods<Theirs>,
  Opening,
> {
  readonly socket: Socket;
  /** The decoder of this end. @throws {WireError} if the frame is not one that may come here. */
  readonly decode: (
    frame: Frame,
  ) => Opening | { readonly name: "DoorRpc"; readonly message: DoorRpc };
  /** The first frame of the other end; false if it is not let in. */
  readonly opened: (opening: Opening) => boolean;
  readonly ours: RpcMethodTable<Extract<keyof Ours, string>>;
  readonly theirs: RpcMethodTable<Extract<keyof Theirs, string>>;
  readonly handlers: LinkHandlers<Ours>;
  readonly validators: RpcValidators;
  /** The connection is over, whoever ended it. Called once. */
  readonly over: () => void;
}

/** One end of a connection between a running peer and another program of its user: the spec's transport `local`. */
export class DoorConnection<
  Ours extends Methods<Ours>,
  Theirs extends Methods<Theirs>,
  Opening extends { readonly name: string },
> {
  readonly link: RpcLink<Ours, Theirs>;
  readonly #options: DoorConnectionOptions<Ours, Theirs, Opening>;
  readonly #reader = new FrameReader({ maxBytes: PEER_TRANSPORTS.local.maxBytes });
  readonly #scratch = new Scratch();
  #isOpen = false;

  constructor(options: DoorConnectionOptions<Ours, Theirs, Opening>) {
    this.#options = options;
    const { handlers, ours, socket, theirs, validators } = options;
    const clock = new ProcessClock();
    this.link = new RpcLink<Ours, Theirs>({
      clock,
      scope: "door",
      ours,
      theirs,
      handlers,
      validators,
      callsMax: CALLS_MAX,
      send: (json) => {
        this.send({ name: "DoorRpc", message: { json } });
      },
    });
    // What goes wrong with a connection ends it, and "close" follows.
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      this.#take(bytes);
    });
    socket.once("close", () => {
      this.link.close();
      options.over();
    });
  }

  /** Nothing happens if the connection is over. */
  send(sent: PeerSent): void {
    const { socket } = this.#options;
    if (!socket.writable) return;
    socket.write(this.#scratch.take((bytes, view, at) => encodePeer(sent, bytes, view, at)));
  }

  #take(chunk: Uint8Array): void {
    const { socket } = this.#options;
    try {
      this.#reader.push(chunk);
      while (!socket.destroyed && this.#reader.next()) {
        if (!this.#frame(this.#reader)) socket.destroy();
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      socket.destroy();
    }
  }

  /** Whether the frame is one that may come now. */
  #frame(frame: Frame): boolean {
    const { decode, opened } = this.#options;
    const received = decode(frame);
    if (isRpc(received)) {
      if (this.#isOpen) this.link.handle(received.message.json);
      return this.#isOpen;
    }
    if (this.#isOpen || !opened(received)) return false;
    this.#isOpen = true;
    return true;
  }
}

/** The checks of all methods between a running peer and its visitors. */
export function compileLocalValidators(compiler: SchemaCompiler): RpcValidators {
  return { ...compileDoorValidators(compiler), ...compileVisitorValidators(compiler) };
}

function isRpc(received: {
  readonly name: string;
}): received is { readonly name: "DoorRpc"; readonly message: DoorRpc } {
  return received.name === "DoorRpc";
}

/** The time of this process, for the deadlines of calls. */
class ProcessClock implements DeadlineClock {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  get nowMs(): number {
    return performance.now();
  }

  arm(timer: string, afterMs: number, fire: () => void): void {
    this.cancel(timer);
    this.#timers.set(timer, setTimeout(fire, afterMs));
  }

  cancel(timer: string): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  /** Both ends are one user's: what is wrong with a message is answered, and nobody counts it. */
  count(): void {
    // Nothing to do.
  }
}
