import { compileRouterValidators } from "../../../generated/control/rpc/router.ts";
import { SIM_SCHEMA_COMPILER } from "../../schema-compiler.ts";

/** Checks of the parameters and results of the service Router. Made once: compiling takes some ms. */
export const ROUTER_VALIDATORS: ReturnType<typeof compileRouterValidators> =
  compileRouterValidators(SIM_SCHEMA_COMPILER);
