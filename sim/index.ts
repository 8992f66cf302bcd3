/**
 * The simulator for authors of protocols: scenarios and their cases, campaigns, the world that programs run in, and what people
 * look at afterwards (docs/guides/simulate.md). Code written for Node's sockets runs in it by `NodeHost`
 * (docs/guides/node-modules.md).
 */
export * from "./campaign/index.ts";
export { SimulatedCrypto } from "./crypto/simulated-crypto.ts";
export * from "./engine/index.ts";
export * from "./nat/index.ts";
export * from "./node/index.ts";
export type * from "./network/fault.ts";
export { LINK_PRESETS } from "./network/link-presets.ts";
export type { BurstLoss, LinkParameters, LinkPresetName } from "./network/link-presets.ts";
export { SimNetwork } from "./network/sim-network.ts";
export type * from "./network/topology.ts";
export * from "./view/index.ts";
export type * from "./world/observation.ts";
export { SimulatedProcess } from "./world/simulated-process.ts";
export { SimulatedWorld } from "./world/simulated-world.ts";
export type { SimulatedWorldOptions, WorldBounds } from "./world/simulated-world.ts";
export type * from "./world/world.ts";
