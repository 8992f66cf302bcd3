import type {
  Effect,
  Endpoint,
  Input,
  ProtocolElements,
  Role,
} from "../../../runtime/core/index.ts";
import type { Program, ProgramDisk, ProgramStart } from "../../world/world.ts";

/*
 * A protocol of two messages, small enough to be understood whole, with mistakes that can be planted: a sender
 * numbers its orders and repeats each until it is acknowledged; a keeper counts each order once, whatever befalls it.
 */

/** What is wrong with the roles. Each is found by one checker, and says what it takes. */
export type OrderBug =
  /** The sender sends each order once: one loss is enough. */
  | "no-retry"
  /** The keeper counts whatever comes: one duplicate, or the loss of one acknowledgement. */
  | "no-dedup"
  /** The keeper knows only in memory what it has counted: takes a lost acknowledgement and a crash. */
  | "forgets"
  /** The keeper acknowledges before the disk has it: takes a crash of the machine. */
  | "no-sync"
  /** The keeper does not check the sum: takes damage. It throws. */
  | "trusts"
  /** The keeper sets itself off for ever at the third order of a sender. Takes no fault. */
  | "restless"
  /** The keeper's handler never returns at the third order of a sender. */
  | "stuck"
  /** The keeper ends its whole thread at the third order of a sender. */
  | "exits";

const ORDER = 1;
const ACK = 2;
const FILE = "counted";
const GIVE_UP_TRIES = 1000;

/** What the two roles do, as codegen would write it. */
export const ORDER_ELEMENTS: ProtocolElements = {
  protocol: "orders",
  machines: [
    {
      machine: "Ordering",
      roles: ["sender"],
      transitions: [
        { from: "idle", on: "order", to: "waiting" },
        { from: "waiting", on: "Ack", to: "idle" },
        { from: "waiting", on: "retry", to: "waiting" },
        { from: "waiting", on: "retry", to: "idle" },
      ],
      timers: ["retry"],
    },
  ],
  messages: [
    { message: "Order", tag: ORDER, from: ["sender"], to: ["keeper"] },
    { message: "Ack", tag: ACK, from: ["keeper"], to: ["sender"] },
  ],
};

/** What a sender reports. */
export interface OrderDone {
  readonly type: "done";
  readonly number: number;
}

/** What a keeper reports. */
export interface OrderCounted {
  readonly type: "counted";
  readonly sender: number;
  readonly number: number;
}

/** Makes the frame `[tag, sender, number, sum]`. */
function frame(tag: number, sender: number, number: number): Uint8Array {
  return Uint8Array.of(tag, sender, number, (tag + sender + number) & 255);
}

function isIntact(bytes: Uint8Array): boolean {
  const [tag = 0, sender = 0, number = 0, sum] = bytes;
  return bytes.length === 4 && sum === ((tag + sender + number) & 255);
}

/** Sends its orders one after the other. */
class SenderRole implements Role<"order", OrderDone> {
  readonly #start: ProgramStart;
  readonly #options: SenderOptions;
  readonly #effects: Effect<OrderDone>[] = [];
  #wanted = 0;
  #number: number;
  #tries = 0;

  constructor(start: ProgramStart, options: SenderOptions) {
    this.#start = start;
    this.#options = options;
    this.#number = start.disk.read(FILE)?.[0] ?? 0;
  }

  handle(input: Input<"order">): void {
    if (input.type === "command") {
      this.#wanted += 1;
      if (this.#wanted === 1) this.#begin();
    } else if (input.type === "timer" && this.#wanted > 0) {
      this.#tries += 1;
      const isOver = this.#tries >= GIVE_UP_TRIES;
      this.#observe("waiting", "retry", isOver ? "idle" : "waiting");
      if (!isOver) this.#send();
    } else if (input.type === "datagram" && isIntact(input.bytes)) {
      this.#onAck(input.bytes[2] ?? 0);
    }
  }

  poll(): Effect<OrderDone> | undefined {
    return this.#effects.shift();
  }

  #onAck(number: number): void {
    this.#start.observe({ kind: "received", scope: "udp", message: "Ack", tag: ACK });
    if (this.#wanted === 0 || number !== this.#number) return;
    this.#observe("waiting", "Ack", "idle");
    this.#effects.push({ type: "cancelTimer", timer: "retry" });
    this.#effects.push({ type: "event", event: { type: "done", number } });
    this.#wanted -= 1;
    if (this.#wanted > 0) this.#begin();
  }

  #begin(): void {
    this.#number += 1;
    this.#tries = 0;
    // A sender that crashes must not give the next order the number of an earlier one.
    this.#start.disk.write(FILE, Uint8Array.of(this.#number));
    this.#start.disk.sync();
    this.#observe("idle", "order", "waiting");
    this.#send();
  }

  #send(): void {
    const { sender, retryMs, bug } = this.#options;
    this.#start.observe({ kind: "sent", scope: "udp", message: "Order", tag: ORDER });
    const bytes = frame(ORDER, sender, this.#number);
    this.#effects.push({ type: "sendDatagram", to: this.#start.endpointOf("keeper"), bytes });
    if (bug === "no-retry") return;
    this.#effects.push({ type: "armTimer", timer: "retry", afterMs: retryMs });
  }

  #observe(from: string, on: string, to: string): void {
    const scope = "ordering";
    this.#start.observe({ kind: "transition", scope, machine: "Ordering", from, on, to });
  }
}

/** Counts orders. The disk has the number of the last order of each sender. */
class KeeperRole implements Role<never, OrderCounted> {
  readonly #start: ProgramStart;
  readonly #bug: OrderBug | undefined;
  readonly #effects: Effect<OrderCounted>[] = [];
  readonly #counted: Uint8Array;

  constructor(start: ProgramStart, bug: OrderBug | undefined) {
    this.#start = start;
    this.#bug = bug;
    const kept = bug === "forgets" ? undefined : start.disk.read(FILE);
    this.#counted = kept?.slice() ?? new Uint8Array(256);
  }

  handle(input: Input<never>): void {
    if (input.type === "timer")
      this.#effects.push({ type: "armTimer", timer: "again", afterMs: 0 });
    if (input.type !== "datagram") return;
    const { bytes, from } = input;
    if (this.#bug === "trusts") {
      const [tag, sender, number] = bytes;
      if (tag !== ORDER) throw new TypeError(`tag ${String(tag)} is no order`);
      this.#onOrder(sender ?? 0, number ?? 0, from);
    } else if (isIntact(bytes)) {
      this.#onOrder(bytes[1] ?? 0, bytes[2] ?? 0, from);
    }
  }

  poll(): Effect<OrderCounted> | undefined {
    return this.#effects.shift();
  }

  #onOrder(sender: number, number: number, from: Endpoint): void {
    this.#start.observe({ kind: "received", scope: "udp", message: "Order", tag: ORDER });
    if (this.#bug === "restless" && number === 3) {
      this.#effects.push({ type: "armTimer", timer: "again", afterMs: 0 });
    }
    if (this.#bug === "exits" && number === 3) process.exit(3);
    // A role that is stuck is exactly what this is to be.
    while (this.#bug === "stuck" && number === 3) this.#counted.fill(0);
    if (this.#bug === "no-dedup" || number > (this.#counted[sender] ?? 0)) {
      this.#keep(this.#start.disk, sender, number);
      this.#effects.push({ type: "event", event: { type: "counted", sender, number } });
    }
    this.#start.observe({ kind: "sent", scope: "udp", message: "Ack", tag: ACK });
    const bytes = frame(ACK, sender, number);
    this.#effects.push({ type: "sendDatagram", to: from, bytes });
  }

  #keep(disk: ProgramDisk, sender: number, number: number): void {
    this.#counted[sender] = number;
    disk.write(FILE, this.#counted.slice());
    if (this.#bug !== "no-sync") disk.sync();
  }
}

/** How a sender is made. */
export interface SenderOptions {
  readonly sender: number;
  readonly retryMs: number;
  readonly bug?: OrderBug;
}

/** Program `sender`. */
export function senderProgram(options: SenderOptions): Program<"order", OrderDone> {
  return { createRole: (start) => new SenderRole(start, options) };
}

/** Program `keeper`. */
export function keeperProgram(options: { readonly bug?: OrderBug }): Program<never, OrderCounted> {
  return { createRole: (start) => new KeeperRole(start, options.bug) };
}

/** Where the keeper listens. */
export const KEEPER_UDP_PORT = 7000;
