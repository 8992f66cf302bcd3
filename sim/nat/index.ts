export { createNat, type NatOptions } from "./create-nat.ts";
export {
  punchHole,
  type HolePunchOptions,
  type HolePunchResult,
  type PunchSide,
} from "./hole-punch.ts";
export {
  natMatrix,
  renderNatMatrix,
  type NatMatrix,
  type NatMatrixCell,
  type NatMatrixOptions,
} from "./nat-matrix.ts";
export type * from "./nat.ts";
export type * from "./packet.ts";
export type * from "./profile.ts";
export { NAT_PROFILES, natProfile } from "./profiles.ts";
export { createSeededNatRandom } from "./random.ts";
