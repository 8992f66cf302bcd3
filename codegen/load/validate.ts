import type { ErrorObject } from "ajv";
import type { Place, Report } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import { pathOf } from "./document.ts";
import type { Document, Path } from "./document.ts";
import type { DocumentKind } from "./document-kind.ts";
import { metaSchemaOf } from "./meta-schemas.ts";
import { suggestName } from "./nearest-name.ts";

/**
 * Validates a document by the meta-schema of its kind and reports each problem.
 * @returns the paths of the values that are not as they should be; empty if the document is sound.
 */
export function validateDocument(
  document: Document,
  kind: DocumentKind,
  report: Report,
): readonly Path[] {
  const validate = metaSchemaOf(kind);
  if (validate(document.value)) return [];
  const errors = (validate.errors ?? []).filter((error) => !isEcho(error));
  for (const error of errors) {
    const problem = translate(document, error);
    report(problem.place, problem.code, problem.message, problem.remedy);
  }
  return errors.map((error) => pathOf(error.instancePath));
}

interface Problem {
  readonly place: Place;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly remedy: string;
}

/** `if` only says that `then` failed, and each wrong property name is told by `propertyNames`. */
function isEcho(error: ErrorObject): boolean {
  return (
    error.keyword === "if" ||
    (error.propertyName !== undefined && error.keyword !== "propertyNames")
  );
}

function translate(document: Document, error: ErrorObject): Problem {
  const path = pathOf(error.instancePath);
  const place = document.placeOf(path);
  const remedy = describe(error) ?? "See the meta-schema.";
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownProperty(document, path, error);
    case "required": {
      const missing = String(params["missingProperty"]);
      const message = `${subject(path)} lacks "${missing}".`;
      const hint = describe(error, missing) ?? `Add "${missing}".`;
      return { place: document.placeOfKey(path), code: "property-missing", message, remedy: hint };
    }
    case "propertyNames": {
      const name = String(params["propertyName"]);
      const message = `"${name}" is not a name that can stand here.`;
      const names = (error.parentSchema as { readonly propertyNames?: unknown } | undefined)
        ?.propertyNames;
      const hint = describeName(names) ?? remedy;
      return {
        place: document.placeOfKey([...path, name]),
        code: "name-malformed",
        message,
        remedy: hint,
      };
    }
    case "false schema": {
      const message = `"${String(path.at(-1))}" does not go with the other properties here.`;
      return {
        place: document.placeOfKey(path),
        code: "property-excluded",
        message,
        remedy: "Remove it.",
      };
    }
    case "type": {
      const message = `${subject(path)} must be ${listTypes(params["type"])}, not ${typeOf(error.data)}.`;
      return { place, code: "value-type", message, remedy };
    }
    default:
      return {
        place,
        code: "value-malformed",
        message: `${subject(path)} ${explain(error)}.`,
        remedy,
      };
  }
}

function unknownProperty(document: Document, path: Path, error: ErrorObject): Problem {
  const name = String(
    (error.params as { readonly additionalProperty?: unknown }).additionalProperty,
  );
  const { properties } = (error.parentSchema ?? {}) as { readonly properties?: object };
  return {
    place: document.placeOfKey([...path, name]),
    code: "property-unknown",
    message: `${subject(path)} has no property "${name}".`,
    remedy: suggestName(name, Object.keys(properties ?? {})),
  };
}

function explain(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case "enum": {
      const allowed = (params["allowedValues"] as readonly unknown[]).map((value) =>
        JSON.stringify(value),
      );
      return `is ${shorten(error.data)}; it must be one of ${allowed.join(", ")}`;
    }
    case "pattern":
      return `is ${shorten(error.data)}, which is not of the form that is asked for`;
    case "minimum":
    case "maximum":
      return `is ${shorten(error.data)}; it must be ${String(params["comparison"])} ${String(params["limit"])}`;
    case "uniqueItems":
      return "has the same item twice";
    case "minItems":
    case "minProperties":
    case "minLength":
      return "is empty";
    case "maxProperties":
      return "has properties that exclude each other";
    default:
      return `is not valid: it ${error.message ?? "breaks the schema"}`;
  }
}

/** The schema's own description of the value is the best advice there is. */
function describe(error: ErrorObject, property?: string): string | undefined {
  const schema = error.parentSchema as
    | {
        readonly description?: unknown;
        readonly properties?: Readonly<Record<string, { readonly description?: unknown }>>;
      }
    | undefined;
  const found = property === undefined ? schema : schema?.properties?.[property];
  return typeof found?.description === "string" ? found.description : undefined;
}

function describeName(names: unknown): string | undefined {
  const { $ref, description } = (names ?? {}) as {
    readonly $ref?: unknown;
    readonly description?: unknown;
  };
  if (typeof description === "string") return description;
  if (typeof $ref !== "string") return undefined;
  return $ref.endsWith("upperName")
    ? "Letters and digits only, starting with a capital letter (PascalCase)."
    : "Letters and digits only, starting with a small letter (camelCase).";
}

function subject(path: Path): string {
  if (path.length === 0) return "The document";
  const last = path.at(-1);
  const isIndex = typeof last === "string" && /^\d+$/.test(last);
  return isIndex ? `Item ${last} of ${String(path.at(-2))}` : String(last);
}

function listTypes(types: unknown): string {
  const names = Array.isArray(types) ? types.map(String) : String(types).split(",");
  return names.map((name) => (/^[aeio]/.test(name) ? `an ${name}` : `a ${name}`)).join(" or ");
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return listTypes(typeof value);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
