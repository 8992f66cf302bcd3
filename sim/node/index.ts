/** Code written for Node's sockets, timers and clocks, run on hosts of a simulated network. */
export { loadInHost, requireInHost } from "./loader/load-in-host.ts";
export type { LoadOptions } from "./loader/load-in-host.ts";
export { NodeHost } from "./node-host.ts";
export type { NodeHostOptions } from "./node-host.ts";
export type { NodeModules } from "./node-modules.ts";
