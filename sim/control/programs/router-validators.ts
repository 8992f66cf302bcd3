import { Ajv2020 } from "ajv/dist/2020.js";
import { compileRouterValidators } from "../../../generated/control/rpc/router.ts";
import type { SchemaCompiler } from "../../../runtime/core/index.ts";

const ajv = new Ajv2020({ strict: true, validateFormats: false });

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

/** Checks of the parameters and results of the service Router. Made once: compiling takes some ms. */
export const ROUTER_VALIDATORS: ReturnType<typeof compileRouterValidators> =
  compileRouterValidators(compiler);
