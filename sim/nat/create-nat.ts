import { AxesNat } from "./axes-nat.ts";
import { LinuxNat } from "./linux-nat.ts";
import type { Nat, NatRandom } from "./nat.ts";
import type { NatProfile } from "./profile.ts";

/** What a NAT box needs besides its profile. */
export interface NatOptions {
  /** Canonical text, at least one, all of one family. A Linux profile uses the first. */
  readonly externalAddresses: readonly string[];
  readonly random: NatRandom;
}

/** A NAT that behaves as a profile says. @throws {RangeError} if it has no address or its ports make no sense. */
export function createNat(profile: NatProfile, { externalAddresses, random }: NatOptions): Nat {
  switch (profile.kind) {
    case "axes":
      return new AxesNat(profile, externalAddresses, random);
    case "linux":
      return new LinuxNat(profile, externalAddresses, random);
  }
}
