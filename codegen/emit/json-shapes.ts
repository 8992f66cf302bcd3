import { compile } from "json-schema-to-typescript";
import { ts } from "ts-morph";
import type { Element, JsonSchema } from "../model/model.ts";

/** A JSON Schema that others refer to by name. */
export type NamedShape = Element & { readonly schema: JsonSchema };

/** Reads `{"$ref": "#/schemas/Name"}`; undefined if the schema is more, or something else. */
export function referredShape(schema: JsonSchema): string | undefined {
  const { $ref: reference } = schema as { $ref?: unknown };
  const isAlone = Object.keys(schema).every((key) => key === "$ref" || ANNOTATIONS.has(key));
  if (typeof reference !== "string" || !isAlone) return undefined;
  return reference.slice("#/schemas/".length);
}

/**
 * Writes the exported TypeScript type of a JSON Schema, all of it readonly. References become the names
 * of the types they refer to.
 * @throws {Error} if the library names the type otherwise: then the name is no TypeScript name.
 */
export async function shapeDeclaration(
  name: string,
  schema: JsonSchema,
  doc: string,
): Promise<string> {
  const documented = { ...plainShape(schema), description: doc };
  const text = await compile(documented, name, {
    additionalProperties: false,
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: true,
  });
  if (!new RegExp(`^export (type|interface) ${name}\\b`, "m").test(text)) {
    throw new Error(`the shape ${name} cannot be a TypeScript type of that name`);
  }
  return shortComments(withReadonly(text));
}

/** Keywords that say something about a value without restricting it. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
]);

/**
 * A schema as the library reads it best: no references (it would copy what they refer to), no titles
 * (it would name types after them), and objects without members as records.
 */
function plainShape(schema: JsonSchema): Record<string, unknown> {
  const { title: _, $ref: reference, ...rest } = schema as { title?: unknown; $ref?: unknown };
  const shape: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(rest))
    shape[keyword] = plainKeyword(keyword, value);
  if (typeof reference === "string") {
    const target = { tsType: reference.slice("#/schemas/".length) };
    const described = withRange(shape);
    return referredShape(schema) === undefined
      ? { allOf: [target, shape] }
      : { ...described, ...target };
  }
  // The library takes a schema that admits any value for one that admits any object.
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) shape["tsType"] = "unknown";
  const { type, properties, additionalProperties: others = false } = shape;
  const isBare = type === "object" && Object.keys(properties ?? {}).length === 0;
  if (isBare && schema["additionalProperties"] === false) shape["tsType"] = "Record<string, never>";
  else if (isBare && typeof others !== "object") shape["tsType"] = "Record<string, unknown>";
  return withRange(shape);
}

function plainKeyword(keyword: string, value: unknown): unknown {
  const isMap = keyword === "properties";
  if (Array.isArray(value))
    return value.map((item: unknown) => (isSchema(item) ? plainShape(item) : item));
  if (!isSchema(value) || keyword === "const" || keyword === "default") return value;
  if (!isMap) return plainShape(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSchema(member) ? plainShape(member) : member,
    ]),
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Puts what a type cannot say into its doc: bounds of numbers, and the default. */
function withRange(shape: Record<string, unknown>): Record<string, unknown> {
  const { description, minimum, maximum, default: preset } = shape;
  if (typeof description !== "string") return shape;
  const texts = [description];
  if (typeof minimum === "number" && typeof maximum === "number") {
    texts.push(`From ${String(minimum)} to ${String(maximum)}.`);
  } else if (typeof minimum === "number") {
    texts.push(`At least ${String(minimum)}.`);
  } else if (typeof maximum === "number") {
    texts.push(`At most ${String(maximum)}.`);
  }
  if (preset !== undefined) texts.push(`Default ${JSON.stringify(preset)}.`);
  return { ...shape, description: texts.join(" ") };
}

/** Makes members and arrays readonly, which the library does not. */
function withReadonly(text: string): string {
  const file = ts.createSourceFile("shape.ts", text, ts.ScriptTarget.Latest, true);
  const edits: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const start = node.getStart(file);
    if (ts.isPropertySignature(node) || ts.isIndexSignatureDeclaration(node)) {
      edits.push({ at: start, text: "readonly " });
    } else if (ts.isArrayTypeNode(node)) {
      const isInner = ts.isArrayTypeNode(node.parent);
      edits.push({ at: start, text: isInner ? "(readonly " : "readonly " });
      if (isInner) edits.push({ at: node.getEnd(), text: ")" });
    } else if (ts.isTypeReferenceNode(node) && node.typeName.getText(file) === "Record") {
      edits.push({ at: start, text: "Readonly<" }, { at: node.getEnd(), text: ">" });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  // A stable sort keeps an outer node's text before that of an inner node at the same place.
  let edited = "";
  let done = 0;
  for (const { at, text: insert } of edits.sort((a, b) => a.at - b.at)) {
    edited += text.slice(done, at) + insert;
    done = at;
  }
  return edited + text.slice(done);
}

/** A comment of one line stands on one line, and says only what the schema's author wrote. */
function shortComments(text: string): string {
  return text
    .replace(/^[ \t]*\*[ \t]*@(?:min|max)Items.*\n/gm, "")
    .replace(/(?:\n[ \t]*\*[ \t]*)+(?=\n[ \t]*\*\/)/g, "")
    .replace(/\/\*\*\n[ \t]*\*\/\n/g, "")
    .replace(/\/\*\*\n[ \t]*\* ([^\n]{1,88})\n[ \t]*\*\//g, "/** $1 */");
}
