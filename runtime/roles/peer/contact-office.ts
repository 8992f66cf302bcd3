import type { Endpoint, KeyPair, PeerCertificates, PeerSigner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { Scratch } from "../kernel/scratch.ts";
import type { Contact } from "./contact.ts";
import type { ConversationOffice } from "./conversation.ts";
import type { PeerEvent } from "./peer-events.ts";
import type { ServerLink } from "./server-link.ts";

/** What a contact asks of its peer. */
export interface ContactOffice extends Pick<
  ConversationOffice,
  "bars" | "codeScheme" | "hasRoomForFile" | "keepTaken" | "numbered" | "numbersAfter" | "taken"
> {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly scratch: Scratch;
  readonly certificates: PeerCertificates;
  readonly signer: PeerSigner;
  readonly staticKey: KeyPair;
  /** Whether to look for a direct path. */
  readonly direct: boolean;
  /** Unique among the role's contacts. */
  readonly id: number;
  /** Fingerprint of the other peer. */
  readonly fingerprint: Uint8Array;
  readonly candidates: () => readonly Endpoint[];
  readonly periodMs: () => number;
  readonly report: (event: PeerEvent) => void;
  /** A name for a session that no other of this peer has. */
  nameSession(contact: Contact): number;
  forgetSession(local: number): void;
  /** Passes a frame to the other peer through one server, or through all that have us. */
  relay(payload: Uint8Array, route: ServerLink | undefined): void;
  sendDatagram(to: Endpoint, bytes: Uint8Array): void;
  /** The pinned certificate that goes by a name, if it is another than this. */
  readonly rival: (name: string) => Uint8Array | undefined;
  readonly isPinned: () => boolean;
  pin(name: string): void;
  /** Nothing would be lost by forgetting this contact. */
  idle(contact: Contact): void;
}

/** Where a frame of another peer came from. */
export interface PathArrival {
  /** The server that passed it on, or the address that it came straight from. */
  readonly link?: ServerLink;
  readonly from?: Endpoint;
}
