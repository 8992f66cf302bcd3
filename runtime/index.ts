/** Running roles on real sockets: the host, its crypto and the compiler of RPC schemas. */
export { HOST_LIMITS, RoleHost } from "./io/host.ts";
export type { HostCounters, HostLimits, HostOptions, ListenAddress } from "./io/host.ts";
export { createNodeCrypto } from "./io/node-crypto.ts";
export { AjvSchemaCompiler } from "./io/schema-compiler.ts";
