import type { Endpoint, PeerCertificates, PeerSigner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { RoleEnvironment } from "../kernel/kernel.ts";
import type { CodeScheme } from "./code-scheme.ts";
import type { TakenNumbersState } from "./taken-numbers.ts";

/** A certificate that a user has compared. */
export interface PinnedPeer {
  readonly fingerprint: Uint8Array;
  /** Name in its certificate. */
  readonly name: string;
}

/** Which messages of another peer the application has already. */
export interface TakenMessages {
  readonly fingerprint: Uint8Array;
  readonly numbers: TakenNumbersState;
}

/** A message of which it is not known yet whether it arrived. */
export interface OutgoingMessage {
  /** What its sender calls it; no other that waits has the same. */
  readonly reference: number;
  /** Fingerprint of whom it is for. */
  readonly peer: Uint8Array;
  /** No other message of this peer to that one ever has it. */
  readonly number: number;
  readonly body: Uint8Array;
  /** When it was said, wall-clock time in Unix milliseconds. */
  readonly saidUnixMs: number;
  /** How long it is tried from then on, milliseconds. */
  readonly withinMs: number;
}

/** What a peer is made with. */
export interface PeerOptions extends RoleEnvironment {
  readonly certificates: PeerCertificates;
  readonly signer: PeerSigner;
  /** Servers to register with, 1 to 8; they need not know each other. */
  readonly servers: readonly Endpoint[];
  /** How often this peer was started with its store, this start included. 1 … 2^20. */
  readonly starts: number;
  /** What the store holds. Default nothing. */
  readonly pinned?: readonly PinnedPeer[];
  readonly taken?: readonly TakenMessages[];
  readonly outgoing?: readonly OutgoingMessage[];
  /** Whether to look for direct paths, which tells other peers our addresses. Default true. */
  readonly direct?: boolean;
  /** Default: six digits. */
  readonly codeScheme?: CodeScheme;
  /** Default: those of the spec. */
  readonly limits?: PeerLimits;
}

/** A file that is offered. */
export interface FileDescription {
  /** Without folders. */
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
}

/** What a peer can be told. `peer` is always a fingerprint. */
export type PeerCommand =
  /** The process runs, or its addresses have changed: registers (again) with all servers. */
  | {
      readonly type: "network";
      /** The own addresses with the port of the socket, as they are on this machine. */
      readonly addresses: readonly Endpoint[];
    }
  /** Sends a message; `reference` names it in the answer, and no other that waits may have it. At most 1024 bytes. */
  | {
      readonly type: "send";
      readonly reference: number;
      readonly peer: Uint8Array;
      readonly body: Uint8Array;
      /** How long it is tried, milliseconds. Default: the limit `messageMs`. */
      readonly withinMs?: number;
    }
  /** Gives a message up that has not been delivered: it has failed as `cancelled`. */
  | { readonly type: "cancelMessage"; readonly reference: number }
  /** The application has, or could not take, the message that was delivered last from this peer. */
  | {
      readonly type: "taken";
      readonly peer: Uint8Array;
      readonly number: number;
      readonly good: boolean;
    }
  /** Begins to compare codes. */
  | { readonly type: "compare"; readonly peer: Uint8Array }
  /** What the user says of the code. */
  | { readonly type: "judge"; readonly peer: Uint8Array; readonly same: boolean }
  /** Forgets that a certificate was compared. */
  | { readonly type: "unpin"; readonly peer: Uint8Array }
  /** Offers a file; `transfer` names it, 1 … 2^32 - 1, never the same twice in one start. */
  | {
      readonly type: "sendFile";
      readonly transfer: number;
      readonly peer: Uint8Array;
      readonly file: FileDescription;
    }
  /** What `readFile` asked for; undefined if the file cannot be read any more. */
  | {
      readonly type: "fileBytes";
      readonly transfer: number;
      readonly offsetBytes: number;
      readonly bytes: Uint8Array | undefined;
    }
  | { readonly type: "cancelFile"; readonly transfer: number }
  /** Wants a file that was offered, of which so much is there already. */
  | {
      readonly type: "acceptFile";
      readonly peer: Uint8Array;
      readonly transfer: number;
      readonly haveBytes: number;
    }
  | { readonly type: "refuseFile"; readonly peer: Uint8Array; readonly transfer: number }
  /** What `checkFile` asked for. */
  | {
      readonly type: "fileChecked";
      readonly peer: Uint8Array;
      readonly transfer: number;
      readonly good: boolean;
    }
  /** Ends all sessions with a word. */
  | { readonly type: "stop" };

/** Why a message or file did not arrive, as far as is known. */
export type PeerFailure =
  /** Nobody acknowledged it in time. It may have arrived all the same. */
  | "timeout"
  /** Too many wait already. */
  | "queueFull"
  /** The message is longer than 1024 bytes. */
  | "tooLong"
  /** The other user did not want it. */
  | "refused"
  /** The other peer gave a file up: its disk failed, or what came is not what was offered. */
  | "brokenOff"
  /** The own file cannot be read any more. */
  | "unreadable"
  /** The owner gave it up, or the process ends. */
  | "cancelled";

/** How a comparison of codes ended. */
export type ComparisonResult =
  /** Both users see the same code. */
  | "same"
  /** A user saw another code: somebody is in the middle. */
  | "different"
  /** What was revealed is not what was committed to: somebody tried to choose the code. */
  | "forged"
  /** It came to nothing. */
  | "abandoned";

/** What a peer reports. */
export type PeerEvent =
  | { readonly type: "registered"; readonly server: Endpoint; readonly observed: Endpoint }
  /** The verdict: no answer, however often we asked. `all` is true if no server is left. */
  | { readonly type: "unavailable"; readonly server: Endpoint; readonly all: boolean }
  /** Keep-alives are due so often from now on. */
  | { readonly type: "keepAlive"; readonly periodMs: number }
  /** A session with this peer is open. */
  | {
      readonly type: "sessionOpen";
      readonly peer: Uint8Array;
      readonly name: string;
      readonly isPinned: boolean;
    }
  | { readonly type: "sessionClosed"; readonly peer: Uint8Array }
  /** The other peer does not answer now. What is to be sent waits. */
  | { readonly type: "unreachable"; readonly peer: Uint8Array }
  /** Another certificate than the pinned one goes by a pinned name. Nothing passes until it is compared. */
  | {
      readonly type: "certificateChanged";
      readonly name: string;
      readonly pinned: Uint8Array;
      readonly found: Uint8Array;
    }
  | { readonly type: "direct"; readonly peer: Uint8Array; readonly endpoint: Endpoint }
  /** Everything goes through a server, from the start or again. */
  | { readonly type: "relayed"; readonly peer: Uint8Array }
  /**
   * A message for the application. The next of this peer comes when this one is `taken`; `numbers` must be on disk
   * together with the message before, and be given back as `taken` at the next start.
   */
  | {
      readonly type: "message";
      readonly peer: Uint8Array;
      readonly number: number;
      readonly body: Uint8Array;
      readonly numbers: TakenNumbersState;
    }
  /**
   * Must be on disk until `delivered` or `failed` names its reference, and be given back as `outgoing` at the next
   * start. It is not sent before this is reported.
   */
  | { readonly type: "outgoing"; readonly message: OutgoingMessage }
  | { readonly type: "delivered"; readonly reference: number }
  | { readonly type: "failed"; readonly reference: number; readonly reason: PeerFailure }
  /** Show this to the user, who answers by `judge`. */
  | {
      readonly type: "code";
      readonly peer: Uint8Array;
      readonly name: string;
      readonly code: string;
    }
  | { readonly type: "compared"; readonly peer: Uint8Array; readonly result: ComparisonResult }
  /** Keep this certificate as compared, in place of others of this name. */
  | { readonly type: "pin"; readonly pinned: PinnedPeer }
  | {
      readonly type: "fileOffered";
      readonly peer: Uint8Array;
      readonly transfer: number;
      readonly file: FileDescription;
    }
  /** Give the bytes of a file that is being sent, by `fileBytes`. */
  | {
      readonly type: "readFile";
      readonly transfer: number;
      readonly offsetBytes: number;
      readonly lengthBytes: number;
    }
  /** Append these to a file that is being received; they come in order. */
  | {
      readonly type: "writeFile";
      readonly peer: Uint8Array;
      readonly transfer: number;
      readonly offsetBytes: number;
      readonly bytes: Uint8Array;
    }
  /** Compare the hash of a file that is complete, and answer by `fileChecked`. */
  | { readonly type: "checkFile"; readonly peer: Uint8Array; readonly transfer: number }
  /** So much of a file that is being sent has arrived. */
  | { readonly type: "fileProgress"; readonly transfer: number; readonly haveBytes: number }
  | { readonly type: "fileSent"; readonly transfer: number }
  | { readonly type: "fileFailed"; readonly transfer: number; readonly reason: PeerFailure }
  | { readonly type: "fileReceived"; readonly peer: Uint8Array; readonly transfer: number }
  /** What came of it is kept, to be resumed. */
  | { readonly type: "fileBroken"; readonly peer: Uint8Array; readonly transfer: number };
