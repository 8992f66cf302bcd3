import type { MachineRunner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { defineFileReceiving } from "../../../generated/peer/machines/file-receiving.ts";
import type {
  FileReceivingEvent,
  FileReceivingHandlers,
  FileReceivingOut,
  FileReceivingOutput,
  FileReceivingState,
} from "../../../generated/peer/machines/file-receiving.ts";
import type { FileOffer, FilePart } from "../../../generated/peer/messages/files.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { FILE_PART_BYTES } from "./file-sender.ts";

/** What a receiver asks of the contact that it receives from. */
export interface FileReceiverOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  /** Names the transfer among the role's. */
  readonly scope: string;
  send(sent: PeerSent): void;
  ask(offer: FileOffer): void;
  /** Bytes in order. */
  write(offsetBytes: number, bytes: Uint8Array): void;
  check(): void;
  done(): void;
  broken(): void;
}

/** Receives one file: puts its parts in order and says what is missing. */
export class FileReceiver {
  readonly transfer: number;
  readonly #office: FileReceiverOffice;
  readonly #offer: FileOffer;
  readonly #runner: MachineRunner<FileReceivingState, FileReceivingEvent, FileReceivingOutput>;
  /** Parts beyond the first gap, by where they begin. */
  readonly #beyond = new Map<number, Uint8Array>();
  /** Bytes in order that the owner has not got yet. */
  #ready: { readonly offsetBytes: number; readonly bytes: Uint8Array }[] = [];
  #haveBytes = 0;
  #heardMs: number;

  constructor(office: FileReceiverOffice, offer: FileOffer) {
    this.#office = office;
    this.#offer = offer;
    this.transfer = offer.transfer;
    this.#heardMs = office.kernel.nowMs;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: office.scope,
      definition: defineFileReceiving(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  get isOver(): boolean {
    return ["done", "refused", "failed", "over"].includes(this.#runner.state.name);
  }

  dispatch(event: FileReceivingEvent): void {
    this.#runner.dispatch(event);
    const isComplete = this.#haveBytes >= this.#offer.sizeBytes;
    if (this.#runner.state.name === "receiving" && isComplete) {
      this.#runner.dispatch({ name: "complete" });
    }
  }

  #transitions(): FileReceivingHandlers {
    const { fileSilentMs } = this.#office.limits;
    const broken = { kind: "do", name: "tellFailed" } as const;
    const end = (complete: boolean): FileReceivingOut<"FileEnd"> => ({
      kind: "send",
      name: "FileEnd",
      to: "peer",
      message: { transfer: this.transfer, fromSender: false, complete },
    });
    const failed = { state: { name: "failed" }, outputs: [end(false), broken] } as const;
    const unwanted = this.#answer(false);
    const refused = { state: { name: "refused" }, outputs: [unwanted, broken] } as const;
    const stillDone = { state: { name: "done" }, outputs: [end(true)] } as const;
    const stillFailed = { state: { name: "failed" }, outputs: [end(false)] } as const;
    return {
      decidingOnAccept: (_state, { haveBytes }) => {
        this.#haveBytes = Math.min(wholeParts(haveBytes), this.#offer.sizeBytes);
        this.#heardMs = this.#office.kernel.nowMs;
        return {
          state: { name: "receiving", waitMs: fileSilentMs },
          outputs: [this.#answer(true)],
        };
      },
      decidingOnRefuse: () => refused,
      decidingOnDecide: () => refused,
      refusedOnFileOffer: (state) => ({ state, outputs: [unwanted] }),
      receivingOnFileOffer: (state) => ({ state, outputs: [this.#answer(true)] }),
      receivingOnFilePart: (state, { message }) => {
        this.#take(message);
        const isNew = this.#ready.length > 0;
        return {
          state,
          outputs: [...(isNew ? [{ kind: "do", name: "write" } as const] : []), this.#receipt()],
        };
      },
      receivingOnSilence: () => {
        const restMs = this.#heardMs + fileSilentMs - this.#office.kernel.nowMs;
        return restMs > 0
          ? { state: { name: "receiving", waitMs: Math.ceil(restMs) } }
          : { state: { name: "failed" }, outputs: [broken] };
      },
      checkingOnChecked: (_state, { good }) =>
        good
          ? { state: { name: "done" }, outputs: [end(true), { kind: "do", name: "tellDone" }] }
          : failed,
      checkingOnCheck: () => failed,
      acceptedOnRefuse: () => failed,
      doneOnFileOffer: () => stillDone,
      doneOnFilePart: () => stillDone,
      failedOnFileOffer: () => stillFailed,
      failedOnFilePart: () => stillFailed,
    };
  }

  #answer(accepted: boolean): FileReceivingOut<"FileAnswer"> {
    const { transfer } = this;
    const message = { transfer, accepted, haveBytes: this.#haveBytes };
    return { kind: "send", name: "FileAnswer", to: "peer", message };
  }

  #receipt(): FileReceivingOut<"FileReceipt"> {
    const beyond = new Uint8Array(Math.ceil(this.#office.limits.fileWindowMax / 8));
    for (const offsetBytes of this.#beyond.keys()) {
      const index = (offsetBytes - this.#haveBytes) / FILE_PART_BYTES - 1;
      beyond[index >> 3] = (beyond[index >> 3] ?? 0) | (1 << (index & 7));
    }
    const used = this.#beyond.size === 0 ? beyond.subarray(0, 0) : beyond;
    const message = { transfer: this.transfer, haveBytes: this.#haveBytes, beyond: used };
    return { kind: "send", name: "FileReceipt", to: "peer", message };
  }

  #take({ offsetBytes, bytes }: FilePart): void {
    this.#heardMs = this.#office.kernel.nowMs;
    const wanted = Math.min(FILE_PART_BYTES, this.#offer.sizeBytes - offsetBytes);
    const isBeyondWindow =
      offsetBytes >= this.#haveBytes + this.#office.limits.fileWindowMax * FILE_PART_BYTES;
    if (offsetBytes % FILE_PART_BYTES !== 0 || bytes.length !== wanted || isBeyondWindow) return;
    if (offsetBytes > this.#haveBytes) {
      this.#beyond.set(offsetBytes, bytes);
      return;
    }
    if (offsetBytes < this.#haveBytes) return;
    let next: Uint8Array | undefined = bytes;
    while (next !== undefined) {
      this.#ready.push({ offsetBytes: this.#haveBytes, bytes: next });
      this.#haveBytes += next.length;
      next = this.#beyond.get(this.#haveBytes);
      this.#beyond.delete(this.#haveBytes);
    }
  }

  #perform(output: FileReceivingOutput): void {
    switch (output.name) {
      case "FileAnswer":
      case "FileReceipt":
      case "FileEnd":
        this.#office.send(output);
        return;
      case "ask":
        this.#office.ask(this.#offer);
        return;
      case "write": {
        const ready = this.#ready;
        this.#ready = [];
        for (const { offsetBytes, bytes } of ready) this.#office.write(offsetBytes, bytes);
        return;
      }
      case "check":
        this.#office.check();
        return;
      case "tellDone":
        this.#office.done();
        return;
      case "tellFailed":
        this.#office.broken();
        return;
    }
  }
}

/** A transfer goes on at the beginning of a part. */
function wholeParts(bytes: number): number {
  return bytes - (bytes % FILE_PART_BYTES);
}
