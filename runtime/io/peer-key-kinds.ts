/** The kinds of key that a peer may have. */
export const PEER_KEY_KINDS = ["p256", "ed25519", "rsa"] as const;

/** A kind of key that a peer may have. */
export type PeerKeyKind = (typeof PEER_KEY_KINDS)[number];
