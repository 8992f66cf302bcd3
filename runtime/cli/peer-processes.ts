import type { createPeer, openPeerIdentity } from "../processes/peer.ts";
import type { runPeerDemo } from "../processes/peer-demo.ts";
import type { runPeerServer } from "../processes/peer-server.ts";
import type { visitPeer } from "../processes/peer-visitor.ts";

/** The processes of peers, each loaded when it is called for. */
export const PEER_PROCESSES: {
  readonly server: () => Promise<typeof runPeerServer>;
  readonly peer: () => Promise<typeof createPeer>;
  readonly identity: () => Promise<typeof openPeerIdentity>;
  readonly visit: () => Promise<typeof visitPeer>;
  readonly demo: () => Promise<typeof runPeerDemo>;
} = {
  server: async () => (await import("../processes/peer-server.ts")).runPeerServer,
  peer: async () => (await import("../processes/peer.ts")).createPeer,
  identity: async () => (await import("../processes/peer.ts")).openPeerIdentity,
  visit: async () => (await import("../processes/peer-visitor.ts")).visitPeer,
  demo: async () => (await import("../processes/peer-demo.ts")).runPeerDemo,
};
