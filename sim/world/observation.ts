import type { RoleObservation } from "../../runtime/roles/kernel/observation.ts";

export type { RoleObservation };

/** What a role did on which host. */
export type Observation = RoleObservation & { readonly host: string };
