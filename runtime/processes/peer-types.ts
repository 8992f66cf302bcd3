/** What peers and their servers are started with, and what they offer once they run. */
import type { Endpoint } from "../core/index.ts";
import type { PeerKeyKind } from "../io/peer-key-kinds.ts";
import type {
  ComparisonResult,
  FileDescription,
  PeerEvent,
  PeerFailure,
} from "../roles/peer/peer-events.ts";
import type { HostPort } from "./config-types.ts";

/** What a peer server is started with. */
export interface PeerServerConfig {
  /** Where peers come, UDP. Port 0 takes any free one. */
  readonly listen: HostPort;
  /** Further addresses under which peers reach it: of a port forward, or a name. Those of this machine need not be named. */
  readonly advertise: readonly HostPort[];
}

/** A peer server that runs. */
export interface RunningPeerServer {
  readonly udp: Endpoint;
  /** Every address that it answers to. */
  readonly endpoints: readonly Endpoint[];
  close(): Promise<void>;
}

/** What a peer is, before it runs. */
export interface PeerIdentityConfig {
  /** Folder of certificate, key and state; made if missing. */
  readonly dataFolder: string;
  /** Name in the certificate that is made if there is none: 1–64 letters, digits, spaces and . _ @ -. */
  readonly name: string;
  /** Kind of the key that is made if there is none. */
  readonly key: PeerKeyKind;
}

/** The certificate of a peer. */
export interface PeerIdentity {
  /** SHA-256 of the certificate, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Name in the certificate. */
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** Whether it was made by this call. */
  readonly isNew: boolean;
}

/** What a peer tells the program that runs it. Each may be left out. */
export interface PeerHandlers {
  /**
   * A message. It is acknowledged when this settles; if it throws, the message comes again. It is kept that this message
   * was taken only after that, so that a loss of power in between brings it once more, with the same number.
   */
  onMessage?(message: {
    readonly from: Uint8Array;
    readonly number: number;
    readonly body: Uint8Array;
  }): Promise<void> | void;
  /** Show the code to the user. Settles with whether the other user sees the same. */
  readonly onCode?: (code: {
    readonly from: Uint8Array;
    readonly name: string;
    readonly code: string;
  }) => Promise<boolean>;
  /** A file is offered. Settles with whether it is wanted. Default: no. */
  onFileOffered?(offer: {
    readonly from: Uint8Array;
    readonly file: FileDescription;
  }): Promise<boolean> | boolean;
  /** A file is there, whole, at this path. */
  onFile?(received: { readonly from: Uint8Array; readonly path: string }): void;
  /**
   * What came of a message that an earlier start of this peer had said and did not live to hear of; `failure` is missing
   * if it was delivered.
   */
  onSettled?(earlier: {
    readonly to: Uint8Array;
    readonly body: Uint8Array;
    readonly failure?: PeerFailure;
  }): void;
  /** Everything else that happens. */
  onEvent?(event: PeerEvent): void;
}

/** What a peer is started with. */
export interface PeerConfig extends PeerIdentityConfig {
  /** Servers to register with, 1 to 8. */
  readonly servers: readonly HostPort[];
  /** Where to send from, UDP. Default: every address, any free port. */
  readonly listen?: HostPort;
  /** Whether to look for direct paths, which tells other peers this machine's addresses. Default true. */
  readonly direct?: boolean;
  /** Where files come. Default: `files` in the data folder. */
  readonly filesFolder?: string;
  /** Whether other programs of this user have it do things by `visitPeer` while it runs. Default false. */
  readonly door?: boolean;
  readonly handlers?: PeerHandlers;
}

/** How a task of a peer may be given up. */
export interface PeerTaskOptions {
  /** Gives it up: it fails as `cancelled`, unless it is done before. Default: nobody does. */
  readonly signal?: AbortSignal | undefined;
}

/** How a message is sent. */
export interface PeerSendOptions extends PeerTaskOptions {
  /** How long it is tried, milliseconds. Default: the limit `messageMs`. */
  readonly withinMs?: number;
}

/** How a file is sent. */
export interface PeerFileOptions extends PeerTaskOptions {
  /** Hears how many bytes of how many have arrived. */
  readonly onProgress?: ((haveBytes: number, sizeBytes: number) => void) | undefined;
}

/** What a peer does for its user. Peers are named by their fingerprints. */
export interface PeerTasks {
  /**
   * Settles once the other application has the message. If this process dies before, the next start goes on with it
   * for what is left of `withinMs`, and tells `onSettled`. In which order messages arrive is not promised: whoever needs
   * an order sends the next when the one before has settled.
   * @throws {PeerError} if it is not known to; it may have arrived all the same.
   */
  send(to: Uint8Array, body: Uint8Array | string, options?: PeerSendOptions): Promise<void>;
  /** Compares codes; the handler `onCode` asks the user. Settles with what came of it; given up it is `abandoned`. */
  compare(peer: Uint8Array, options?: PeerTaskOptions): Promise<ComparisonResult>;
  /**
   * Sends a file, or what of it the other does not have yet.
   * @throws {PeerError | OperatorError} if it did not arrive, or cannot be read.
   */
  sendFile(to: Uint8Array, path: string, options?: PeerFileOptions): Promise<void>;
  /** Whether what is sent to it goes straight. */
  isDirect(peer: Uint8Array): boolean;
}

/** A peer that runs. */
export interface RunningPeer extends PeerIdentity, PeerTasks {
  /** Where its socket is. */
  readonly udp: Endpoint;
  /** Settles once a server has this peer. @throws {PeerError} `unavailable` if none answers. */
  registered(): Promise<void>;
  /** Whether this peer's certificate was compared. */
  isPinned(peer: Uint8Array): boolean;
  /** Forgets that a certificate was compared. */
  unpin(peer: Uint8Array): void;
  /** Says goodbye and stops; settles when everything is on disk. */
  close(): Promise<void>;
}
