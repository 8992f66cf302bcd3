import type { HostPort } from "../processes/config-types.ts";
import { optionalParsed, requiredParsed } from "./option-spec.ts";
import type { OptionSpec } from "./option-spec.ts";
import { FINGERPRINT, HOST_PORT } from "./option-values.ts";

/** How a router or a server finds its hub, and knows it. A type, since an interface is no table. */
export type HubOptions = {
  readonly hub: OptionSpec<HostPort>;
  readonly hubFingerprint: OptionSpec<Uint8Array | undefined>;
};

/** These options. */
export const HUB_OPTIONS: HubOptions = {
  hub: requiredParsed({ ...HOST_PORT, doc: "The hub, UDP and TCP" }),
  hubFingerprint: optionalParsed({
    ...FINGERPRINT,
    doc: "The identity that the hub must have; default: learnt on first contact and kept",
  }),
};
