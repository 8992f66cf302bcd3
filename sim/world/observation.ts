/** What a role did, in the words of the spec. Hosts are added by the world. */
export type RoleObservation =
  | {
      readonly kind: "transition";
      readonly machine: string;
      readonly from: string;
      readonly on: string;
      readonly to: string;
    }
  /** A message that a role sent or took in after all checks, also those inside encrypted records. */
  | { readonly kind: "sent" | "received"; readonly message: string; readonly tag: number };

/** What a role did on which host. */
export type Observation = RoleObservation & { readonly host: string };
