import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { HttpOperationInfo, JsonSchema } from "../../core/index.ts";
import type { Input } from "./operation-handler.ts";
import type { MemberFault } from "./problem.ts";
import { Problem } from "./problem.ts";

/** What the HTTP library read of a request. */
export interface RawInput {
  readonly query: unknown;
  readonly body: unknown;
  /** True if the body was a form: its values are texts and are read as the schema's types. */
  readonly form: boolean;
}

/** Checks the requests of one operation. @throws {Problem} `invalidRequest` with each fault. */
export type InputReader = (raw: RawInput) => Input<unknown, unknown>;

const NOTHING: JsonSchema = { type: "object" };

/** Makes the readers of one server's operations. */
export class InputReaders {
  readonly #strict = new Ajv2020({ allErrors: true, strict: true });
  readonly #texts = new Ajv2020({ allErrors: true, strict: true, coerceTypes: true });

  /** Compiles the schemas of an operation. Members that no schema names are refused where there is a schema. */
  readerOf(operation: HttpOperationInfo): InputReader {
    const query = this.#texts.compile(operation.query ?? NOTHING);
    const form = this.#texts.compile(operation.body ?? NOTHING);
    const json = this.#strict.compile(operation.body ?? NOTHING);
    return (raw) => {
      const input = { query: raw.query ?? {}, body: raw.body ?? {} };
      const faults = [
        ...faultsOf("query", query, input.query),
        ...faultsOf("body", raw.form ? form : json, input.body),
      ];
      if (faults.length > 0) throw new Problem("invalidRequest", { errors: faults });
      return input;
    };
  }
}

function faultsOf(part: "query" | "body", check: ValidateFunction, value: unknown): MemberFault[] {
  if (check(value)) return [];
  return (check.errors ?? []).map((error) => ({
    in: part,
    pointer: pointerOf(error),
    detail: error.message ?? "does not fit",
  }));
}

function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as Record<string, unknown>;
  const member =
    keyword === "required"
      ? missingProperty
      : keyword === "additionalProperties"
        ? additionalProperty
        : undefined;
  if (typeof member !== "string") return instancePath;
  return `${instancePath}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
