import { Ajv2020 } from "ajv/dist/2020.js";
import type { SchemaCompiler } from "../runtime/core/index.ts";

// Types that may be null are lists of two, which ajv's strict mode takes for a slip.
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });

/** Tells the first problem. `runtime/io` has the compiler of the real processes, which the simulator may not know. */
export const SIM_SCHEMA_COMPILER: SchemaCompiler = {
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
