/** Running roles on real sockets: the host, its crypto and the compiler of RPC schemas. */
export { HOST_LIMITS, RoleHost } from "./io/host.ts";
export type { HostCounters, HostLimits, HostOptions, ListenAddress } from "./io/host.ts";
export { createNodeCrypto } from "./io/node-crypto.ts";
export { AjvSchemaCompiler } from "./io/schema-compiler.ts";
/** Peers with certificates and the servers where they find each other. */
export { createPeer, openPeerIdentity } from "./processes/peer.ts";
export { PeerError } from "./processes/peer-error.ts";
export type { PeerErrorReason } from "./processes/peer-error.ts";
export { runPeerServer } from "./processes/peer-server.ts";
export { visitPeer } from "./processes/peer-visitor.ts";
export type {
  PeerConfig,
  PeerFileOptions,
  PeerHandlers,
  PeerIdentity,
  PeerIdentityConfig,
  PeerSendOptions,
  PeerServerConfig,
  PeerTaskOptions,
  PeerTasks,
  RunningPeer,
  RunningPeerServer,
} from "./processes/peer-types.ts";
/** Tunnels through chains of nodes: what opens and accepts them, and the processes that they stand on. */
export { createTunnelEnd } from "./processes/tunnel-end.ts";
export { TunnelError } from "./processes/tunnel-error.ts";
export type { TunnelErrorReason } from "./processes/tunnel-error.ts";
export { createTunnelFront } from "./processes/tunnel-front.ts";
export { runTunnelMain } from "./processes/tunnel-main.ts";
export { runTunnelNode } from "./processes/tunnel-node.ts";
export type {
  OpenTunnel,
  RunningTunnelEnd,
  RunningTunnelMain,
  RunningTunnelNode,
  TunnelAcceptOptions,
  TunnelAnswer,
  TunnelEndConfig,
  TunnelFront,
  TunnelFrontConfig,
  TunnelMainConfig,
  TunnelNodeConfig,
  TunnelOpenOptions,
  TunnelQuestion,
} from "./processes/tunnel-types.ts";
export { createLog } from "./io/log.ts";
export type { Log, LogOptions } from "./io/log.ts";
