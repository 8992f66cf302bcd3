import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { Deadline } from "../kernel/deadline.ts";
import { stepMs } from "../kernel/backoff.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { OutgoingMessage, PeerFailure } from "./peer-events.ts";

/** A message that waits for its receipt, or for its turn. */
interface Waiting {
  readonly message: Pick<OutgoingMessage, "body" | "number" | "reference">;
  readonly untilMs: number;
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
  /** The message is to be on disk before it is sent. */
  keep(message: Omit<OutgoingMessage, "peer">): void;
  /** Whether something may be sent now. */
  isOpen(): boolean;
  /** @param attempt of this message, from 0. */
  send(message: { readonly number: number; readonly body: Uint8Array }, attempt: number): void;
  delivered(reference: number): void;
  failed(reference: number, reason: PeerFailure): void;
}

/**
 * Messages to one peer. Each is sent until its receipt comes or its time is over, and each ends as delivered or failed,
 * exactly once. Only so many wait for receipts at a time; of the rest the first goes when one has ended, and none waits for
 * another in particular.
 */
export class Outbox {
  readonly #office: OutboxOffice;
  readonly #deadline: Deadline;
  /** In the order of their numbers. */
  #messages: Waiting[] = [];
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
  add({
    reference,
    body,
    withinMs,
  }: Pick<OutgoingMessage, "body" | "reference" | "withinMs">): void {
    const { kernel, limits, numbered } = this.#office;
    if (this.#messages.length >= limits.messagesQueuedMax) {
      this.#office.failed(reference, "queueFull");
      return;
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    numbered(number);
    this.#office.keep({ reference, number, body, withinMs, saidUnixMs: kernel.unixMs() });
    this.#wait({ reference, number, body }, withinMs);
    this.#look();
  }

  /**
   * Goes on with messages of an earlier start, in the order of their numbers, before any is added. Those that the other
   * peer has already it knows by their numbers.
   */
  restore(messages: readonly OutgoingMessage[]): void {
    const { kernel } = this.#office;
    for (const { saidUnixMs, withinMs, ...message } of messages) {
      // Clocks are set back, too: no message is tried for longer than its sender wanted.
      const restMs = Math.min(saidUnixMs + withinMs - kernel.unixMs(), withinMs);
      this.#wait(message, Math.max(restMs, 0));
      this.#lastNumber = Math.max(this.#lastNumber, message.number);
    }
    this.#look();
  }

  /** The other peer's application has the message. */
  receipt(number: number): void {
    const found = this.#messages.findIndex(({ message }) => message.number === number);
    const waiting = this.#messages[found];
    if (waiting === undefined) return;
    this.#messages.splice(found, 1);
    this.#office.delivered(waiting.message.reference);
    this.#look();
  }

  /** Its user gives a message up. Nothing happens if it is none of this outbox's. */
  cancel(reference: number): void {
    const found = this.#messages.findIndex(({ message }) => message.reference === reference);
    if (found === -1) return;
    this.#messages.splice(found, 1);
    this.#office.failed(reference, "cancelled");
    this.#look();
  }

  /** The way to the other peer is new: whatever has no receipt is sent again now. */
  resend(): void {
    for (const waiting of this.#messages) waiting.dueMs = 0;
    this.#look();
  }

  /** Fails all. */
  end(reason: PeerFailure): void {
    const all = this.#messages;
    this.#messages = [];
    this.#deadline.moveTo(undefined);
    for (const { message } of all) this.#office.failed(message.reference, reason);
  }

  #wait(message: Waiting["message"], withinMs: number): void {
    const untilMs = this.#office.kernel.nowMs + withinMs;
    this.#messages.push({ message, untilMs, attempt: 0, dueMs: 0 });
  }

  #look(): void {
    const { nowMs } = this.#office.kernel;
    const late = this.#messages.filter(({ untilMs }) => untilMs <= nowMs);
    if (late.length > 0) {
      this.#messages = this.#messages.filter(({ untilMs }) => untilMs > nowMs);
      for (const { message } of late) this.#office.failed(message.reference, "timeout");
    }
    if (this.#office.isOpen()) for (const waiting of this.#inTurn()) this.#sendIfDue(waiting);
    this.#deadline.moveTo(this.#nextMs());
  }

  /** Those that were sent, and as many of the others as there are places. */
  #inTurn(): readonly Waiting[] {
    const { messagesInFlightMax } = this.#office.limits;
    const sent = this.#messages.filter(({ attempt }) => attempt > 0);
    const places = Math.max(0, messagesInFlightMax - sent.length);
    const next = this.#messages.filter(({ attempt }) => attempt === 0).slice(0, places);
    return [...sent, ...next];
  }

  #sendIfDue(waiting: Waiting): void {
    const { kernel, limits } = this.#office;
    if (waiting.dueMs > kernel.nowMs) return;
    const { message, attempt } = waiting;
    waiting.dueMs = kernel.nowMs + stepMs(limits.messageRetryMs, attempt);
    waiting.attempt += 1;
    this.#office.send({ number: message.number, body: message.body }, attempt);
  }

  #nextMs(): number | undefined {
    const due = this.#office.isOpen() ? this.#inTurn().map(({ dueMs }) => dueMs) : [];
    const nextMs = Math.min(...due, ...this.#messages.map(({ untilMs }) => untilMs));
    return nextMs === Infinity ? undefined : nextMs;
  }
}
