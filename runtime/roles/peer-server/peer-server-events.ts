import type { Endpoint, PeerCertificates } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { RoleEnvironment } from "../kernel/kernel.ts";

/** What a peer server is made with. */
export interface PeerServerOptions extends RoleEnvironment {
  readonly certificates: PeerCertificates;
  /** Where peers reach it, at least one: a proof for another address is not meant for this server. */
  readonly endpoints: readonly Endpoint[];
  /** Default: those of the spec. */
  readonly limits?: PeerLimits;
}

/** What a peer server reports; its owner need not do anything about it. */
export type PeerServerEvent =
  /** A peer has its registration, for the first time or again. */
  | {
      readonly type: "registered";
      readonly fingerprint: Uint8Array;
      readonly endpoint: Endpoint;
      /** Events that had waited for it and were sent now. */
      readonly flushed: number;
    }
  /** A peer was not heard for so long that what comes for it is queued. */
  | { readonly type: "away"; readonly fingerprint: Uint8Array }
  /** A peer was away for so long that it is forgotten. */
  | { readonly type: "forgotten"; readonly fingerprint: Uint8Array }
  /** A peer reached the server under an address that is not among the server's: the operator should name it. */
  | { readonly type: "misaddressed"; readonly server: Endpoint };
