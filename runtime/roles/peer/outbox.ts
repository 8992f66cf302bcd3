import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { Deadline } from "../kernel/deadline.ts";
import { stepMs } from "../kernel/backoff.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { PeerFailure } from "./peer-events.ts";

/** A message that waits for its receipt, or for its turn. */
interface Outgoing {
  readonly reference: number;
  readonly body: Uint8Array;
  readonly untilMs: number;
  /** 0 as long as it waits for its turn. */
  number: number;
  attempt: number;
  dueMs: number;
}

/** What an outbox asks of the contact that it sends to. */
export interface OutboxOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  /** Names the outbox among the role's. */
  readonly scope: string;
  /** Numbers begin after this one: none that this peer ever gave a message to the other may be given again. */
  readonly numbersAfter: number;
  /** This number was given. */
  readonly numbered: (number: number) => void;
  /** Whether something may be sent now. */
  isOpen(): boolean;
  /** @param attempt of this message, from 0. */
  send(message: { readonly number: number; readonly body: Uint8Array }, attempt: number): void;
  delivered(reference: number): void;
  failed(reference: number, reason: PeerFailure): void;
}

/**
 * Messages to one peer. Each is sent until its receipt comes or its time is over, and each ends as delivered or failed,
 * exactly once. Numbers in flight stay within half of the receiver's window, so that none becomes too old for it.
 */
export class Outbox {
  readonly #office: OutboxOffice;
  readonly #deadline: Deadline;
  #messages: Outgoing[] = [];
  #lastNumber: number;

  constructor(office: OutboxOffice) {
    this.#office = office;
    this.#lastNumber = office.numbersAfter;
    this.#deadline = new Deadline(office.kernel, office.scope, () => {
      this.#look();
    });
  }

  /** Messages that wait. */
  get length(): number {
    return this.#messages.length;
  }

  /** Takes a message, or fails it at once. */
  add(message: {
    readonly reference: number;
    readonly body: Uint8Array;
    readonly withinMs: number;
  }): void {
    const { kernel, limits } = this.#office;
    const { reference, body, withinMs } = message;
    if (this.#messages.length >= limits.messagesQueuedMax) {
      this.#office.failed(reference, "queueFull");
      return;
    }
    const untilMs = kernel.nowMs + withinMs;
    this.#messages.push({ reference, body, untilMs, number: 0, attempt: 0, dueMs: 0 });
    this.#look();
  }

  /** The other peer's application has the message. */
  receipt(number: number): void {
    const found = this.#messages.findIndex((message) => message.number === number);
    const message = this.#messages[found];
    if (number === 0 || message === undefined) return;
    this.#messages.splice(found, 1);
    this.#office.delivered(message.reference);
    this.#look();
  }

  /** The way to the other peer is new: whatever has no receipt is sent again now. */
  resend(): void {
    for (const message of this.#messages) message.dueMs = 0;
    this.#look();
  }

  /** Fails all. */
  end(reason: PeerFailure): void {
    const all = this.#messages;
    this.#messages = [];
    this.#deadline.moveTo(undefined);
    for (const { reference } of all) this.#office.failed(reference, reason);
  }

  #look(): void {
    const { nowMs } = this.#office.kernel;
    const late = this.#messages.filter(({ untilMs }) => untilMs <= nowMs);
    if (late.length > 0) {
      this.#messages = this.#messages.filter(({ untilMs }) => untilMs > nowMs);
      for (const { reference } of late) this.#office.failed(reference, "timeout");
    }
    if (this.#office.isOpen()) {
      this.#number();
      for (const message of this.#messages) if (message.number !== 0) this.#sendIfDue(message);
    }
    this.#deadline.moveTo(this.#nextMs());
  }

  /** Gives numbers to those whose turn it is: never so many that the oldest gets too old for the receiver. */
  #number(): void {
    const { limits, numbered } = this.#office;
    for (const message of this.#messages) {
      if (message.number !== 0) continue;
      const oldest = this.#messages[0]?.number ?? 0;
      const next = this.#lastNumber + 1;
      if (oldest !== 0 && next >= oldest + limits.messagesInFlightMax) return;
      message.number = next;
      this.#lastNumber = next;
      numbered(next);
    }
  }

  #sendIfDue(message: Outgoing): void {
    const { kernel, limits } = this.#office;
    if (message.dueMs > kernel.nowMs) return;
    const { number, body, attempt } = message;
    message.dueMs = kernel.nowMs + stepMs(limits.messageRetryMs, attempt);
    message.attempt += 1;
    this.#office.send({ number, body }, attempt);
  }

  #nextMs(): number | undefined {
    const isOpen = this.#office.isOpen();
    let nextMs = Infinity;
    for (const { number, dueMs, untilMs } of this.#messages) {
      nextMs = Math.min(nextMs, untilMs);
      if (isOpen && number !== 0) nextMs = Math.min(nextMs, dueMs);
    }
    return nextMs === Infinity ? undefined : nextMs;
  }
}
