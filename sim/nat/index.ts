export { createNat, type NatOptions } from "./create-nat.ts";
export type * from "./nat.ts";
export type * from "./packet.ts";
export type * from "./profile.ts";
