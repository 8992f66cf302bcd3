import type { MachineRunner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { defineFileSending } from "../../../generated/peer/machines/file-sending.ts";
import type {
  FileSendingEvent,
  FileSendingHandlers,
  FileSendingOut,
  FileSendingOutput,
  FileSendingState,
} from "../../../generated/peer/machines/file-sending.ts";
import type { FileReceipt } from "../../../generated/peer/messages/files.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { FileDescription, PeerFailure } from "./peer-events.ts";

/** Bytes of a part: what the spec says of FilePart. */
export const FILE_PART_BYTES = 1024;

/** Parts under way at first, and at least. */
const WINDOW_FIRST = 16;
const WINDOW_MIN = 2;

/** A part that was overtaken by so many later ones is taken for lost, as RFC 9002 has it. */
const OVERTAKEN_MAX = 3;

/** What a sender asks of the contact that it sends to. */
export interface FileSenderOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly transfer: number;
  readonly file: FileDescription;
  send(sent: PeerSent): void;
  read(offsetBytes: number, lengthBytes: number): void;
  progress(haveBytes: number): void;
  done(): void;
  failed(reason: PeerFailure): void;
}

/** A part that is under way; its bytes are missing until the owner has read them. */
interface Part {
  readonly offsetBytes: number;
  bytes: Uint8Array | undefined;
  /** How many parts had been sent when this one was, for the last time. */
  sentAt: number;
}

/** Sends one file: parts under a window that grows as long as nothing is lost. */
export class FileSender {
  readonly #office: FileSenderOffice;
  readonly #runner: MachineRunner<FileSendingState, FileSendingEvent, FileSendingOutput>;
  readonly #parts = new Map<number, Part>();
  #haveBytes = 0;
  #nextBytes = 0;
  #window = WINDOW_FIRST;
  /** The window grows by one each round from here on, and doubles before. */
  #threshold: number;
  #grown = 0;
  #sent = 0;
  /** Losses among parts sent before this count once. */
  #lossAt = 0;
  #heardMs: number;
  #reason: PeerFailure = "timeout";

  constructor(office: FileSenderOffice) {
    this.#office = office;
    this.#threshold = office.limits.fileWindowMax;
    this.#heardMs = office.kernel.nowMs;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `sending/${String(office.transfer)}`,
      definition: defineFileSending(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  get isOver(): boolean {
    return this.#runner.state.name === "done" || this.#runner.state.name === "failed";
  }

  dispatch(event: FileSendingEvent): void {
    this.#runner.dispatch(event);
  }

  /** What `read` asked for. */
  bytes(offsetBytes: number, bytes: Uint8Array | undefined): void {
    const part = this.#parts.get(offsetBytes);
    if (part === undefined || this.isOver) return;
    if (bytes === undefined || bytes.length !== this.#lengthAt(offsetBytes)) {
      this.cancel("unreadable");
      return;
    }
    part.bytes = bytes;
    this.#transmit(part);
  }

  cancel(reason: PeerFailure): void {
    this.#reason = reason;
    this.dispatch({ name: "cancel" });
  }

  /** The way to the other peer is new. */
  resend(): void {
    const { name } = this.#runner.state;
    if (name === "sending") this.#repeat();
    else if (name === "offering") this.dispatch({ name: "retry" });
  }

  #transitions(): FileSendingHandlers {
    const { fileSilentMs } = this.#office.limits;
    return {
      idleOnBegin: () => ({ state: { name: "offering" }, outputs: [this.#offer()] }),
      offeringOnRetry: () => ({ state: { name: "offering" }, outputs: [this.#offer()] }),
      offeringOnFileAnswer: (_state, { message }) => {
        if (!message.accepted) return this.#givenUp("refused");
        this.#haveBytes = Math.min(message.haveBytes, this.#office.file.sizeBytes);
        this.#nextBytes = this.#haveBytes;
        this.#heardMs = this.#office.kernel.nowMs;
        return { state: { name: "sending", waitMs: fileSilentMs }, outputs: [PUMP] };
      },
      sendingOnFileReceipt: (state, { message }) => {
        this.#account(message);
        return { state, outputs: [PUMP] };
      },
      sendingOnRetry: (state) => ({ state, outputs: [{ kind: "do", name: "repeat" }] }),
      sendingOnSilence: () => {
        const restMs = this.#heardMs + fileSilentMs - this.#office.kernel.nowMs;
        return restMs > 0
          ? { state: { name: "sending", waitMs: Math.ceil(restMs) } }
          : { state: { name: "failed" }, outputs: [TELL_FAILED] };
      },
      begunOnFileEnd: (_state, { message }) =>
        message.complete
          ? { state: { name: "done" }, outputs: [{ kind: "do", name: "tellDone" }] }
          : this.#givenUp("brokenOff"),
      begunOnCancel: () => {
        const { transfer } = this.#office;
        const message = { transfer, fromSender: true, complete: false };
        return {
          state: { name: "failed" },
          outputs: [{ kind: "send", name: "FileEnd", to: "peer", message }, TELL_FAILED],
        };
      },
    };
  }

  /** By the receiver. */
  #givenUp(reason: PeerFailure): {
    readonly state: { readonly name: "failed" };
    readonly outputs: readonly FileSendingOut<"tellFailed">[];
  } {
    this.#reason = reason;
    return { state: { name: "failed" }, outputs: [TELL_FAILED] };
  }

  #offer(): FileSendingOut<"FileOffer"> {
    const { transfer, file } = this.#office;
    return { kind: "send", name: "FileOffer", to: "peer", message: { transfer, ...file } };
  }

  /** Takes in how far the file has come, and what of it got lost. */
  #account({ haveBytes, beyond }: FileReceipt): void {
    this.#heardMs = this.#office.kernel.nowMs;
    if (haveBytes > this.#nextBytes) return;
    const newest = this.#arrived(haveBytes, beyond);
    if (haveBytes > this.#haveBytes) {
      this.#haveBytes = haveBytes;
      this.#office.progress(haveBytes);
    }
    for (const part of this.#parts.values()) {
      if (part.sentAt > 0 && part.sentAt + OVERTAKEN_MAX <= newest) this.#lost(part);
    }
  }

  /** Forgets the parts that arrived; gives the count of the one among them that was sent last. */
  #arrived(haveBytes: number, beyond: Uint8Array): number {
    let newest = 0;
    for (const part of this.#parts.values()) {
      const index = (part.offsetBytes - haveBytes) / FILE_PART_BYTES - 1;
      const isBeyond = index >= 0 && (((beyond[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
      if (part.offsetBytes >= haveBytes && !isBeyond) continue;
      newest = Math.max(newest, part.sentAt);
      this.#parts.delete(part.offsetBytes);
      this.#grow();
    }
    return newest;
  }

  #grow(): void {
    if (this.#window >= this.#office.limits.fileWindowMax) return;
    if (this.#window < this.#threshold) {
      this.#window += 1;
      return;
    }
    this.#grown += 1;
    if (this.#grown < this.#window) return;
    this.#grown = 0;
    this.#window += 1;
  }

  /** Sends a part again, and fewer at a time: once for all that were lost together. */
  #lost(part: Part): void {
    if (part.sentAt > this.#lossAt) this.#shrink();
    if (part.bytes !== undefined) this.#transmit(part);
  }

  #shrink(): void {
    this.#window = Math.max(WINDOW_MIN, this.#window >> 1);
    this.#threshold = this.#window;
    this.#lossAt = this.#sent;
  }

  #pump(): void {
    const { sizeBytes } = this.#office.file;
    while (this.#parts.size < this.#window && this.#nextBytes < sizeBytes) {
      const offsetBytes = this.#nextBytes;
      const lengthBytes = this.#lengthAt(offsetBytes);
      if (offsetBytes - this.#haveBytes >= this.#spanBytes) return;
      this.#parts.set(offsetBytes, { offsetBytes, bytes: undefined, sentAt: 0 });
      this.#nextBytes += lengthBytes;
      this.#office.read(offsetBytes, lengthBytes);
    }
  }

  /** How far beyond the first gap the receiver takes parts. */
  get #spanBytes(): number {
    return this.#office.limits.fileWindowMax * FILE_PART_BYTES;
  }

  #repeat(): void {
    this.#shrink();
    const first = [...this.#parts.values()].slice(0, this.#window);
    for (const part of first) if (part.bytes !== undefined) this.#transmit(part);
    if (this.#parts.size > 0) return;
    if (this.#nextBytes < this.#office.file.sizeBytes) {
      this.#pump();
      return;
    }
    // All has arrived, so what is missing is the receiver's word. An empty part asks for it.
    const message = {
      transfer: this.#office.transfer,
      offsetBytes: this.#office.file.sizeBytes,
      bytes: new Uint8Array(0),
    };
    this.#office.send({ name: "FilePart", message });
  }

  #transmit(part: Part): void {
    this.#sent += 1;
    part.sentAt = this.#sent;
    const { transfer } = this.#office;
    const { offsetBytes, bytes = new Uint8Array(0) } = part;
    this.#office.send({ name: "FilePart", message: { transfer, offsetBytes, bytes } });
  }

  #lengthAt(offsetBytes: number): number {
    return Math.min(FILE_PART_BYTES, this.#office.file.sizeBytes - offsetBytes);
  }

  #perform(output: FileSendingOutput): void {
    switch (output.name) {
      case "FileOffer":
      case "FileEnd":
        this.#office.send(output);
        return;
      case "pump":
        this.#pump();
        return;
      case "repeat":
        this.#repeat();
        return;
      case "tellDone":
        this.#office.done();
        return;
      case "tellFailed":
        this.#office.failed(this.#reason);
        return;
    }
  }
}

const PUMP: FileSendingOut<"pump"> = { kind: "do", name: "pump" };
const TELL_FAILED: FileSendingOut<"tellFailed"> = { kind: "do", name: "tellFailed" };
