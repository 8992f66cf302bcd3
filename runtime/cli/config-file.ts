import { readFileSync } from "node:fs";
import type { JsonSchema } from "../core/index.ts";
import { OperatorError, parseJson, JsonError } from "../core/index.ts";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject } from "ajv";
import { parse, printParseErrorCode } from "jsonc-parser";
import type { ParseError } from "jsonc-parser";
import { ConfigError, configError } from "./config-error.ts";
import { envName, nearestOf } from "./option-names.ts";
import type { OptionSpec, OptionTable } from "./option-spec.ts";

const CONFIG_BYTES_MAX = 1_048_576;

/** JSON Schema of one option's value. */
export function optionSchema(spec: OptionSpec<unknown>): JsonSchema {
  const { kind, doc: description, fallback, schema } = spec;
  const about = fallback === undefined ? { description } : { description, default: fallback };
  switch (kind) {
    case "text":
      return { type: "string", ...about, ...schema };
    case "integer":
      return { type: "integer", ...about, ...schema };
    case "flag":
      return { type: "boolean", ...about, ...schema };
    case "texts":
      return { type: "array", ...about, items: { type: "string", ...schema } };
  }
}

/** JSON Schema of the configuration file of a command with these options. Nothing is required: other sources may have it. */
function configSchema(table: OptionTable): JsonSchema {
  const inFile = Object.entries(table).filter(([name, spec]) => envName(name, spec) !== undefined);
  return {
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { type: "string", description: "For editors." },
      ...Object.fromEntries(inFile.map(([name, spec]) => [name, optionSchema(spec)])),
    },
  };
}

/**
 * Reads a configuration file and checks it against the schema of the options.
 *
 * @throws {ConfigError} naming the file and each JSON pointer that is wrong.
 */
export function readConfigFile(
  path: string,
  table: OptionTable,
): Readonly<Record<string, unknown>> {
  const value = parseFile(path);
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(configSchema(table));
  if (!validate(value)) {
    throw new ConfigError((validate.errors ?? []).map((error) => faultOf(path, error, table)));
  }
  return value as Record<string, unknown>;
}

function parseFile(path: string): unknown {
  const bytes = readFile(path);
  try {
    return parseJson(bytes, { maxBytes: CONFIG_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw configError(
      path,
      `this is not JSON that can be used (${whereOf(bytes, error)}).`,
      "Mend it there.",
    );
  }
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { message } = error as Error;
    throw configError(
      path,
      `the configuration file cannot be read (${message}).`,
      "Give the path of a readable file.",
    );
  }
}

/** What is wrong, with line and column where JSON stops being JSON: the safe reader does not say. */
function whereOf(bytes: Uint8Array, { code }: JsonError): string {
  const text = new TextDecoder().decode(bytes);
  const errors: ParseError[] = [];
  parse(text, errors);
  const [first] = errors;
  if (code !== "bad-json" || first === undefined) return code;
  const before = text.slice(0, first.offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `${printParseErrorCode(first.error)} in line ${String(before.length)}, column ${String(column)}`;
}

function faultOf(path: string, error: ErrorObject, table: OptionTable): OperatorError {
  const { instancePath, keyword, message = "does not fit", params } = error;
  const extra: unknown = (params as Record<string, unknown>)["additionalProperty"];
  if (keyword === "additionalProperties" && typeof extra === "string") {
    const near = nearestOf(extra, Object.keys(table));
    return new OperatorError({
      place: `${path}#${instancePath}/${extra.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      problem: "there is no such option.",
      remedy:
        near === undefined ? "Remove it; --help names the options." : `Did you mean "${near}"?`,
    });
  }
  const name = instancePath.split("/")[1] ?? "";
  const remedy = table[name]?.remedy ?? "Change it.";
  return new OperatorError({ place: `${path}#${instancePath}`, problem: `it ${message}.`, remedy });
}
