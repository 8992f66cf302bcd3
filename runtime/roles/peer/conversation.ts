import type { Endpoint } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { FileOffer } from "../../../generated/peer/messages/files.ts";
import type { PeerSealedHandlers } from "../../../generated/peer/receive.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { Bars } from "./bars.ts";
import type { CodeScheme } from "./code-scheme.ts";
import { Comparison } from "./comparison.ts";
import { FileReceiver } from "./file-receiver.ts";
import { FileSender } from "./file-sender.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { FileDescription, PeerEvent } from "./peer-events.ts";
import type { TakenNumbersState } from "./taken-numbers.ts";

/** What a conversation asks of the contact that it is with. */
export interface ConversationOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly codeScheme: CodeScheme;
  readonly bars: Bars;
  readonly numbersAfter: number;
  readonly numbered: (number: number) => void;
  /** Names the contact among the role's. */
  readonly scope: string;
  /** Fingerprints. */
  readonly own: Uint8Array;
  readonly other: Uint8Array;
  /** Which messages of the other the application has, as it was kept. */
  readonly taken: TakenNumbersState | undefined;
  /** Whether there is a session. */
  isOpen(): boolean;
  /** Whether another certificate than the pinned one is shown: nothing but comparing is allowed. */
  isSuspect(): boolean;
  /** What the other calls itself. */
  name(): string;
  /** Opens a session, if there is none. */
  connect(): void;
  /** Sends inside of the session; nothing happens without one. @param isUrgent by every way there is. */
  send(sent: PeerSent, isUrgent: boolean): void;
  readonly report: (event: PeerEvent) => void;
  /** The application has so much of the other's messages. */
  readonly keepTaken: (numbers: TakenNumbersState) => void;
  pin(): void;
  /** Whether another file may come now, from whomever. */
  hasRoomForFile(): boolean;
  /** Something that was waited for is done. */
  settled(): void;
}

/** Where a content came from: an address if it came straight. */
export interface ContentArrival {
  readonly directFrom: Endpoint | undefined;
}

/** What two peers say to each other, whatever sessions carry it: messages, the comparison of codes, files. */
export class Conversation {
  readonly outbox: Outbox;
  readonly #office: ConversationOffice;
  readonly #inbox: Inbox;
  readonly #senders = new Map<number, FileSender>();
  readonly #receivers = new Map<number, FileReceiver>();
  #comparison: Comparison | undefined;
  #comparisons = 0;
  /** Our user wants to compare as soon as there is a session. */
  #isAsked = false;
  /** The same with the message that the application looks at. */
  #taken: TakenNumbersState | undefined;

  constructor(office: ConversationOffice) {
    this.#office = office;
    const { kernel, limits, other, report } = office;
    this.outbox = new Outbox({
      kernel,
      limits,
      scope: `${office.scope}/outbox`,
      numbersAfter: office.numbersAfter,
      numbered: office.numbered,
      keep: (message) => {
        report({ type: "outgoing", message: { ...message, peer: other } });
      },
      isOpen: () => office.isOpen() && !office.isSuspect(),
      send: (message, attempt) => {
        office.send({ name: "Message", message }, attempt > 0);
      },
      delivered: (reference) => {
        report({ type: "delivered", reference });
      },
      failed: (reference, reason) => {
        report({ type: "failed", reference, reason });
      },
    });
    this.#inbox = new Inbox(
      {
        limits,
        count: (code) => {
          kernel.count(code);
        },
        deliver: ({ number, body }, numbers) => {
          this.#taken = numbers;
          report({ type: "message", peer: other, number, body, numbers });
        },
        acknowledge: (number, isRepeated) => {
          // The way that the first one took may lead nowhere.
          office.send({ name: "Receipt", message: { number } }, isRepeated);
        },
      },
      office.taken,
    );
  }

  /** Whether the contact would lose nothing if it were forgotten. */
  get isIdle(): boolean {
    const isComparing = this.#isAsked || this.#comparison?.isOver === false;
    const isQuiet = this.outbox.length === 0 && this.#inbox.length === 0;
    return isQuiet && !this.hasTransfers && !isComparing;
  }

  /** Whether something waits for a session. */
  get isWaiting(): boolean {
    return (
      this.outbox.length > 0 ||
      this.#isAsked ||
      [...this.#senders.values()].some(({ isOver }) => !isOver)
    );
  }

  get hasTransfers(): boolean {
    const transfers = [...this.#senders.values(), ...this.#receivers.values()];
    return transfers.some(({ isOver }) => !isOver);
  }

  /** A session is there, or another way: whatever was under way is sent again. */
  resume(): void {
    this.outbox.resend();
    for (const sender of this.#senders.values()) sender.resend();
    if (this.#isAsked && this.#office.isOpen()) this.#begin();
  }

  /** There is no session any more. */
  pause(): void {
    this.#comparison?.dispatch({ name: "end" });
  }

  end(): void {
    this.#isAsked = false;
    this.pause();
    for (const sender of this.#senders.values()) sender.cancel("cancelled");
    for (const receiver of this.#receivers.values()) receiver.dispatch({ name: "refuse" });
    this.outbox.end("cancelled");
  }

  taken(number: number, good: boolean): void {
    if (good && this.#taken !== undefined) this.#office.keepTaken(this.#taken);
    this.#inbox.taken(number, good);
    this.#office.settled();
  }

  /** Our user wants to compare: one attempt at forging a certificate is one that a user takes part in. */
  compare(): void {
    this.#office.bars.lift(this.#office.other);
    if (this.#comparison?.isOver === false) return;
    this.#isAsked = true;
    if (this.#office.isOpen()) this.#begin();
    else this.#office.connect();
  }

  judge(same: boolean): void {
    this.#comparison?.dispatch({ name: "judge", same });
  }

  sendFile(transfer: number, file: FileDescription): void {
    const { kernel, limits, report } = this.#office;
    const sender = new FileSender({
      kernel,
      limits,
      transfer,
      file,
      send: (sent) => {
        if (!this.#office.isSuspect()) this.#office.send(sent, false);
      },
      read: (offsetBytes, lengthBytes) => {
        report({ type: "readFile", transfer, offsetBytes, lengthBytes });
      },
      progress: (haveBytes) => {
        report({ type: "fileProgress", transfer, haveBytes });
      },
      done: () => {
        report({ type: "fileSent", transfer });
      },
      failed: (reason) => {
        report({ type: "fileFailed", transfer, reason });
      },
    });
    for (const [key, old] of this.#senders) if (old.isOver) this.#senders.delete(key);
    this.#senders.set(transfer, sender);
    sender.dispatch({ name: "begin" });
    this.#office.connect();
  }

  /** A file that is being sent; undefined if it is none of this contact's. */
  sender(transfer: number): FileSender | undefined {
    return this.#senders.get(transfer);
  }

  receiver(transfer: number): FileReceiver | undefined {
    return this.#receivers.get(transfer);
  }

  /** Files that are being sent. */
  get sending(): number {
    return [...this.#senders.values()].filter(({ isOver }) => !isOver).length;
  }

  /** Files that come. */
  get receiving(): number {
    return [...this.#receivers.values()].filter(({ isOver }) => !isOver).length;
  }

  /** What each content leads to, but for those of the session and the path. */
  handlers(): Omit<
    PeerSealedHandlers<ContentArrival>,
    "onReady" | "onLeave" | "onPathOffer" | "onPathAnswer" | "onPathPing" | "onPathPong"
  > {
    return { ...this.#messageHandlers(), ...this.#comparisonHandlers(), ...this.#fileHandlers() };
  }

  #messageHandlers(): Pick<PeerSealedHandlers<ContentArrival>, "onMessage" | "onReceipt"> {
    return {
      onMessage: (message) => {
        if (!this.#office.isSuspect()) this.#inbox.take(message);
      },
      onReceipt: ({ number }) => {
        this.outbox.receipt(number);
      },
    };
  }

  #comparisonHandlers(): Pick<
    PeerSealedHandlers<ContentArrival>,
    "onCommit" | "onReply" | "onReveal" | "onVerdict"
  > {
    const ours = (round: number): Comparison | undefined =>
      this.#comparison?.round === round ? this.#comparison : undefined;
    return {
      onCommit: (message) => {
        const known = ours(message.round);
        if (known === undefined && !this.#mayAnswer()) {
          this.#office.kernel.count("comparison-refused");
          return;
        }
        (known ?? this.#renewed()).dispatch({ name: "Commit", message });
      },
      onReply: (message) => ours(message.round)?.dispatch({ name: "Reply", message }),
      onReveal: (message) => ours(message.round)?.dispatch({ name: "Reveal", message }),
      onVerdict: (message) => ours(message.round)?.dispatch({ name: "Verdict", message }),
    };
  }

  /**
   * Whether a comparison that the other begins is answered. While our user looks at a code no other may take its
   * place, and after one that was broken off none may follow: the one who begins knows the code before it shows its
   * nonce, so it could begin again until the code is the one that it needs.
   */
  #mayAnswer(): boolean {
    const comparison = this.#comparison;
    const { bars, own, other } = this.#office;
    if (comparison === undefined || comparison.isOver) return !bars.has(other);
    // Two that begin at once: the higher fingerprint's counts.
    return comparison.isUnanswered && isLower(own, other);
  }

  #begin(): void {
    this.#isAsked = false;
    this.#renewed().begin();
  }

  #renewed(): Comparison {
    const { codeScheme, kernel, limits, other, own, report, scope } = this.#office;
    const before = this.#comparison;
    this.#comparison = undefined;
    before?.dispatch({ name: "end" });
    this.#comparisons += 1;
    const comparison: Comparison = new Comparison({
      kernel,
      crypto: kernel.crypto,
      limits,
      scheme: codeScheme,
      scope: `${scope}/comparison/${String(this.#comparisons)}`,
      own,
      other,
      send: (sent) => {
        this.#office.send(sent, false);
      },
      showCode: (code) => {
        report({ type: "code", peer: other, name: this.#office.name(), code });
      },
      pin: () => {
        this.#office.pin();
      },
      ended: (result) => {
        if (this.#comparison !== comparison) return;
        if (comparison.wasUnrevealed) this.#office.bars.add(other);
        report({ type: "compared", peer: other, result });
      },
    });
    this.#comparison = comparison;
    return comparison;
  }

  #fileHandlers(): Pick<
    PeerSealedHandlers<ContentArrival>,
    "onFileOffer" | "onFileAnswer" | "onFilePart" | "onFileReceipt" | "onFileEnd"
  > {
    return {
      onFileOffer: (message) => {
        const known = this.#receivers.get(message.transfer);
        const receiver = known ?? this.#receive(message);
        receiver?.dispatch({ name: "FileOffer", message });
      },
      onFileAnswer: (message) =>
        this.#senders.get(message.transfer)?.dispatch({ name: "FileAnswer", message }),
      onFilePart: (message) =>
        this.#receivers.get(message.transfer)?.dispatch({ name: "FilePart", message }),
      onFileReceipt: (message) =>
        this.#senders.get(message.transfer)?.dispatch({ name: "FileReceipt", message }),
      onFileEnd: (message) => {
        const transfers = message.fromSender ? this.#receivers : this.#senders;
        transfers.get(message.transfer)?.dispatch({ name: "FileEnd", message });
      },
    };
  }

  #receive(offer: FileOffer): FileReceiver | undefined {
    const { kernel, limits, other, report, scope } = this.#office;
    const { transfer, sizeBytes, sha256, fileName } = offer;
    for (const [key, old] of this.#receivers) {
      if (this.#receivers.size < limits.transfersMax) break;
      if (!old.isOver) continue;
      old.dispatch({ name: "end" });
      this.#receivers.delete(key);
    }
    const hasRoom = this.#receivers.size < limits.transfersMax && this.#office.hasRoomForFile();
    if (this.#office.isSuspect() || !hasRoom) {
      kernel.count("file-not-taken");
      return undefined;
    }
    const receiver = new FileReceiver(
      {
        kernel,
        limits,
        scope: `${scope}/receiving/${String(transfer)}`,
        send: (sent) => {
          this.#office.send(sent, false);
        },
        ask: () => {
          const file = { fileName, sizeBytes, sha256 };
          report({ type: "fileOffered", peer: other, transfer, file });
        },
        write: (offsetBytes, bytes) => {
          report({ type: "writeFile", peer: other, transfer, offsetBytes, bytes });
        },
        check: () => {
          report({ type: "checkFile", peer: other, transfer });
        },
        done: () => {
          report({ type: "fileReceived", peer: other, transfer });
        },
        broken: () => {
          report({ type: "fileBroken", peer: other, transfer });
        },
      },
      offer,
    );
    this.#receivers.set(transfer, receiver);
    return receiver;
  }
}

/** Which of two fingerprints comes first. */
export function isLower(one: Uint8Array, other: Uint8Array): boolean {
  for (const [at, byte] of one.entries()) {
    const rival = other[at] ?? 0;
    if (byte !== rival) return byte < rival;
  }
  return false;
}
