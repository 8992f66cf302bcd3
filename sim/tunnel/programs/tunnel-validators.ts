import type { RpcValidators } from "../../../runtime/core/index.ts";
import { compileTunnelValidators } from "../../../runtime/roles/tunnel/tunnel-validators.ts";
import { SIM_SCHEMA_COMPILER } from "../../schema-compiler.ts";

/** Checks of all methods of the tunnel protocol. Made once: compiling takes some ms. */
export const TUNNEL_VALIDATORS: RpcValidators = compileTunnelValidators(SIM_SCHEMA_COMPILER);
