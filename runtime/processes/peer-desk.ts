import { randomBytes } from "node:crypto";
import { encodeBase64Url, fingerprintText } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { ComparisonResult, PeerCommand, PeerEvent } from "../roles/peer/peer-events.ts";
import { PeerError } from "./peer-error.ts";
import { OutgoingFile } from "./peer-files.ts";
import { IncomingFiles } from "./peer-incoming-files.ts";
import type { PeerIncoming } from "./peer-incoming.ts";
import type { PeerOutgoing } from "./peer-outgoing.ts";
import type { PeerStore } from "./peer-store.ts";
import type {
  PeerFileOptions,
  PeerHandlers,
  PeerSendOptions,
  PeerTaskOptions,
  PeerTasks,
} from "./peer-types.ts";

type EventOf<Type extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: Type }>;

/** What somebody waits for. */
interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** A file that is being sent, with who waits for it. */
interface Sending extends Waiting<undefined> {
  readonly file: OutgoingFile;
  readonly peer: Uint8Array;
  readonly onProgress: PeerFileOptions["onProgress"];
}

/** What a desk works with. */
export interface PeerDeskOptions {
  readonly store: PeerStore;
  readonly incoming: PeerIncoming;
  readonly outgoing: PeerOutgoing;
  readonly handlers: PeerHandlers;
  /** Who is asked about codes. */
  readonly onCode: PeerHandlers["onCode"];
  readonly filesFolder: string;
  readonly log: Log;
  readonly command: (command: PeerCommand) => void;
}

/** Between a peer's role and the program that runs it: answers its events, and turns them into promises. */
export class PeerDesk implements PeerTasks {
  readonly #options: PeerDeskOptions;
  readonly #messages = new Map<number, Waiting<undefined> & { readonly peer: Uint8Array }>();
  readonly #sending = new Map<number, Sending>();
  readonly #files: IncomingFiles;
  readonly #comparing = new Map<string, Waiting<ComparisonResult>[]>();
  readonly #direct = new Set<string>();
  /** Messages that the handler has and the disk did not take, by sender and number. */
  readonly #handled = new Set<string>();
  readonly #work = new Set<Promise<void>>();
  /** The code that each peer's comparison has come to. */
  readonly #codes = new Map<string, string>();
  #registering: Waiting<undefined>[] = [];
  #isRegistered = false;
  #isClosed = false;
  /** References of messages are never those of an earlier start that are still in use. */
  #last: number;

  constructor(options: PeerDeskOptions) {
    this.#options = options;
    const { command, filesFolder: folder, handlers, log } = options;
    this.#files = new IncomingFiles({ folder, handlers, log, command });
    this.#last = Math.max(0, ...options.outgoing.earlier.map(({ reference }) => reference));
  }

  async registered(): Promise<void> {
    if (this.#isRegistered) return;
    await this.#waiting<undefined>((waiting) => this.#registering.push(waiting));
  }

  async send(
    peer: Uint8Array,
    body: Uint8Array | string,
    { signal, withinMs }: PeerSendOptions = {},
  ): Promise<void> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    this.#last += 1;
    const reference = this.#last;
    this.#refuseIfOver(peer, signal);
    const cancel = (): void => {
      this.#options.command({ type: "cancelMessage", reference });
    };
    signal?.addEventListener("abort", cancel);
    try {
      await this.#waiting<undefined>((waiting) => {
        this.#messages.set(reference, { ...waiting, peer });
        const within = withinMs === undefined ? {} : { withinMs };
        this.#options.command({ type: "send", reference, peer, body: bytes, ...within });
      });
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async compare(peer: Uint8Array, { signal }: PeerTaskOptions = {}): Promise<ComparisonResult> {
    this.#refuseIfOver(peer, signal);
    return this.#waiting((waiting) => {
      const name = encodeBase64Url(peer);
      this.#comparing.set(name, [...(this.#comparing.get(name) ?? []), waiting]);
      // The other user may still look at the digits; only whoever gave it up hears no more of it.
      signal?.addEventListener("abort", () => {
        waiting.resolve("abandoned");
      });
      this.#options.command({ type: "compare", peer });
    });
  }

  async sendFile(
    peer: Uint8Array,
    path: string,
    { onProgress, signal }: PeerFileOptions = {},
  ): Promise<void> {
    const file = await OutgoingFile.open(path);
    // The other peer remembers transfers of earlier starts.
    const transfer = randomBytes(4).readUInt32BE();
    const cancel = (): void => {
      this.#options.command({ type: "cancelFile", transfer });
    };
    try {
      this.#refuseIfOver(peer, signal);
      signal?.addEventListener("abort", cancel);
      await this.#waiting<undefined>((waiting) => {
        this.#sending.set(transfer, { ...waiting, file, peer, onProgress });
        this.#options.command({ type: "sendFile", transfer, peer, file: file.description });
      });
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#sending.delete(transfer);
      file.close();
    }
  }

  isDirect(peer: Uint8Array): boolean {
    return this.#direct.has(encodeBase64Url(peer));
  }

  unpin(peer: Uint8Array): void {
    this.#options.store.unpin(peer);
    this.#options.command({ type: "unpin", peer });
  }

  /** Settles when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#work);
    this.#files.close();
    const cancelled = new PeerError("the other peer", "cancelled");
    for (const waiting of this.#registering) waiting.reject(cancelled);
    for (const waiting of [...this.#comparing.values()].flat()) waiting.resolve("abandoned");
  }

  take(event: PeerEvent): void {
    this.#options.handlers.onEvent?.(event);
    switch (event.type) {
      case "registered":
      case "unavailable":
        this.#onServer(event);
        return;
      case "message":
        this.#later(this.#onMessage(event));
        return;
      case "outgoing":
        this.#onOutgoing(event);
        return;
      case "delivered":
      case "failed":
        this.#onDelivery(event);
        return;
      case "code":
        void this.#asked(this.#onCode(event));
        return;
      case "compared":
        this.#onCompared(event);
        return;
      case "pin":
        this.#guarded("that a certificate was compared cannot be kept", () => {
          this.#options.store.pin(event.pinned);
        });
        return;
      case "certificateChanged":
        this.#onCertificateChanged(event);
        return;
      case "direct":
        this.#direct.add(encodeBase64Url(event.peer));
        return;
      case "relayed":
      case "sessionClosed":
        this.#direct.delete(encodeBase64Url(event.peer));
        return;
      case "readFile":
      case "fileProgress":
      case "fileSent":
      case "fileFailed":
        this.#onSending(event);
        return;
      case "fileOffered":
        void this.#asked(this.#files.offered(event));
        return;
      case "writeFile":
        this.#files.write(event);
        return;
      case "checkFile":
        this.#later(this.#files.check(event));
        return;
      case "fileReceived":
      case "fileBroken":
        this.#files.ended(event);
        return;
      case "keepAlive":
      case "sessionOpen":
      case "unreachable":
        return;
    }
  }

  /** A role that has stopped answers nothing. @throws {PeerError} if this peer has, or the task was given up before. */
  #refuseIfOver(peer: Uint8Array, signal: AbortSignal | undefined): void {
    if (this.#isClosed || signal?.aborted === true) {
      throw new PeerError(fingerprintText(peer), "cancelled");
    }
  }

  #waiting<Value>(begin: (waiting: Waiting<Value>) => void): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    begin({ resolve, reject });
    return promise;
  }

  /** What must be done before this peer may end. */
  #later(work: Promise<void>): void {
    const done = this.#asked(work).finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  /** A user may never answer. What a handler throws was for its author. */
  async #asked(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#options.log.error({ err: error }, "a handler failed");
    }
  }

  #onServer(event: EventOf<"registered" | "unavailable">): void {
    const waiting = this.#registering;
    if (event.type === "registered") {
      this.#isRegistered = true;
    } else {
      this.#options.log.warn({ server: event.server }, "server unavailable");
      if (!event.all) return;
      this.#isRegistered = false;
    }
    this.#registering = [];
    for (const one of waiting) {
      if (this.#isRegistered) one.resolve(undefined);
      else one.reject(new PeerError("every server", "unavailable"));
    }
  }

  async #onMessage({ peer, number, numbers, body }: EventOf<"message">): Promise<void> {
    const { command, handlers, incoming, log } = this.#options;
    let good = true;
    try {
      const key = `${encodeBase64Url(peer)}/${String(number)}`;
      // One that the handler has and the disk did not take comes again for the disk alone.
      if (!this.#handled.has(key)) await handlers.onMessage?.({ from: peer, number, body });
      this.#handled.add(key);
      incoming.keep({ fingerprint: peer, numbers });
      this.#handled.delete(key);
    } catch (error) {
      good = false;
      log.error({ err: error }, "a message could not be taken; it will come again");
    }
    command({ type: "taken", peer, number, good });
  }

  /** A message that the disk does not take is given up: the next start would know nothing of it. */
  #onOutgoing({ message }: EventOf<"outgoing">): void {
    const { command, outgoing } = this.#options;
    const { reference } = message;
    const fault = this.#guarded("a message cannot be kept; it is not sent", () => {
      outgoing.keep(message);
    });
    if (fault === undefined) return;
    this.#messages.get(reference)?.reject(fault);
    this.#messages.delete(reference);
    command({ type: "cancelMessage", reference });
  }

  /** What a disk does not take is told and does not end the peer; gives the fault. */
  #guarded(problem: string, work: () => void): Error | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      this.#options.log.error({ err: error }, problem);
      return error instanceof Error ? error : new Error(problem, { cause: error });
    }
  }

  #onDelivery(event: EventOf<"delivered" | "failed">): void {
    const { handlers, outgoing } = this.#options;
    const { reference } = event;
    // If it stays it is sent once more by the next start, and known to its receiver.
    this.#guarded("a message that is over cannot be taken out", () => {
      outgoing.remove(reference);
    });
    const failure = event.type === "failed" ? event.reason : undefined;
    const waiting = this.#messages.get(reference);
    this.#messages.delete(reference);
    if (waiting !== undefined) {
      if (failure === undefined) waiting.resolve(undefined);
      else waiting.reject(new PeerError(fingerprintText(waiting.peer), failure));
      return;
    }
    const earlier = outgoing.earlier.find((message) => message.reference === reference);
    if (earlier === undefined) return;
    const { peer: to, body } = earlier;
    handlers.onSettled?.({ to, body, ...(failure === undefined ? {} : { failure }) });
  }

  async #onCode({ peer, name, code }: EventOf<"code">): Promise<void> {
    const { command, onCode } = this.#options;
    if (onCode === undefined) return;
    this.#codes.set(encodeBase64Url(peer), code);
    const same = await onCode({ from: peer, name, code });
    // What is said of the code of a comparison that is over says nothing of the next.
    if (this.#codes.get(encodeBase64Url(peer)) === code) command({ type: "judge", peer, same });
  }

  #onCompared({ peer, result }: EventOf<"compared">): void {
    if (result === "different" || result === "forged") {
      this.#options.log.error(
        { peer: fingerprintText(peer), result },
        "the certificate of this peer is not genuine: somebody is in the middle",
      );
    }
    const name = encodeBase64Url(peer);
    this.#codes.delete(name);
    const waiting = this.#comparing.get(name) ?? [];
    this.#comparing.delete(name);
    for (const one of waiting) one.resolve(result);
  }

  #onCertificateChanged({ name, pinned, found }: EventOf<"certificateChanged">): void {
    this.#options.log.error(
      { name, pinned: fingerprintText(pinned), found: fingerprintText(found) },
      "a peer goes by a name whose certificate was compared, with another certificate: nothing passes until it is compared again",
    );
  }

  #onSending(event: EventOf<"readFile" | "fileProgress" | "fileSent" | "fileFailed">): void {
    const { transfer } = event;
    const sending = this.#sending.get(transfer);
    if (sending === undefined) return;
    const { file, onProgress, peer } = sending;
    switch (event.type) {
      case "readFile": {
        const { lengthBytes, offsetBytes } = event;
        const bytes = file.read(offsetBytes, lengthBytes);
        this.#options.command({ type: "fileBytes", transfer, offsetBytes, bytes });
        return;
      }
      case "fileProgress":
        onProgress?.(event.haveBytes, file.description.sizeBytes);
        return;
      case "fileSent":
        onProgress?.(file.description.sizeBytes, file.description.sizeBytes);
        sending.resolve(undefined);
        return;
      case "fileFailed":
        sending.reject(new PeerError(fingerprintText(peer), event.reason));
        return;
    }
  }
}
