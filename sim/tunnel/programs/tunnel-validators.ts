import { Ajv2020 } from "ajv/dist/2020.js";
import type { RpcValidators, SchemaCompiler } from "../../../runtime/core/index.ts";
import { compileTunnelValidators } from "../../../runtime/roles/tunnel/tunnel-validators.ts";

// Types that may be null are lists of two, which ajv's strict mode takes for a slip.
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });

/** `runtime/io` has the compiler of the real processes, which the simulator may not know. */
const compiler: SchemaCompiler = {
  compile: (schema) => {
    const validate = ajv.compile(schema);
    return (value) =>
      validate(value)
        ? []
        : (validate.errors ?? []).slice(0, 1).map(({ instancePath, message }) => ({
            pointer: instancePath,
            message: message ?? "is not valid",
          }));
  },
};

/** Checks of all methods of the tunnel protocol. Made once: compiling takes some ms. */
export const TUNNEL_VALIDATORS: RpcValidators = compileTunnelValidators(compiler);
