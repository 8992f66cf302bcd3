import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject } from "ajv/dist/2020.js";
import type { JsonSchema, SchemaCheck, SchemaCompiler, SchemaProblem } from "../core/index.ts";

/**
 * The core's `SchemaCompiler` by ajv, for JSON Schema 2020-12. A check stops at the first problem,
 * because the values come from outside and looking for all of them costs what the sender chooses.
 * Formats are annotations, as the dialect has it by default.
 */
export class AjvSchemaCompiler implements SchemaCompiler {
  readonly #ajv = new Ajv2020({ strict: true, validateFormats: false });

  compile(schema: JsonSchema): SchemaCheck {
    const validate = this.#ajv.compile(schema);
    return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, 1).map(problemOf));
  }
}

/** A member that is missing or too much is named by its own pointer, which ajv leaves to its holder. */
function problemOf(error: ErrorObject): SchemaProblem {
  const { instancePath, keyword, message = "is not valid" } = error;
  const params = error.params as Readonly<Record<string, unknown>>;
  const { missingProperty, additionalProperty } = params as {
    missingProperty?: string;
    additionalProperty?: string;
  };
  if (keyword === "required" && missingProperty !== undefined) {
    return { pointer: below(instancePath, missingProperty), message: "is missing" };
  }
  if (keyword === "additionalProperties" && additionalProperty !== undefined) {
    return { pointer: below(instancePath, additionalProperty), message: "is not known" };
  }
  const { allowedValues } = params as { allowedValues?: readonly unknown[] };
  const choices = allowedValues === undefined ? "" : `: ${JSON.stringify(allowedValues)}`;
  return { pointer: instancePath, message: message + choices };
}

/** RFC 6901: `~` and `/` are escaped. */
function below(pointer: string, member: string): string {
  return `${pointer}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
