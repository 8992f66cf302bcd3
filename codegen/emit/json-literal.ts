import type { JsonSchema } from "../model/model.ts";
import { referredShape } from "./json-shapes.ts";
import type { NamedShape } from "./json-shapes.ts";
import { constantCase } from "./names.ts";

const PREFIX = "#/schemas/";

/** Name of the constant that holds a shared schema in generated code. */
export function schemaConstant(name: string): string {
  return `${constantCase(name)}_SCHEMA`;
}

/**
 * The shared schemas that become constants, each after those it refers to. A schema that refers to
 * itself, directly or not, cannot be one: it is written out, with `$defs`, where it is used.
 */
export function constantShapes(shapes: readonly NamedShape[]): readonly NamedShape[] {
  const sorted: NamedShape[] = [];
  const visit = (shape: NamedShape): void => {
    if (sorted.includes(shape) || isRecursive(shape.schema, shapes)) return;
    for (const name of references(shape.schema)) {
      const target = shapes.find((candidate) => candidate.name === name);
      if (target !== undefined) visit(target);
    }
    sorted.push(shape);
  };
  shapes.forEach(visit);
  return sorted;
}

/** The expression of a schema that stands alone: references are constants, or, if it is recursive, `$defs`. */
export function schemaExpression(schema: JsonSchema, shapes: readonly NamedShape[]): string {
  if (!isRecursive(schema, shapes)) return literal(schema);
  const definitions = shapes
    .filter((shape) => reachable(schema, shapes).has(shape.name))
    .map((shape) => `${JSON.stringify(shape.name)}: ${withDefinitions(shape.schema)}`);
  return withDefinitions(schema).replace(/\}$/, `, "$defs": { ${definitions.join(", ")} } }`);
}

/** JSON text whose references are names of constants. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const { $ref: reference } = value as { $ref?: unknown };
  const members = Object.entries(value)
    .filter(([key, member]) => key !== "$ref" || typeof member !== "string")
    .map(([key, member]) => `${literalKey(key)}: ${literal(member)}`);
  if (typeof reference !== "string") return `{ ${members.join(", ")} }`;
  const constant = schemaConstant(reference.slice(PREFIX.length));
  if (members.length === 0) return constant;
  // A description beside a reference describes this use of the shape; a restriction comes on top of it.
  const isAnnotated = referredShape(value as JsonSchema) !== undefined;
  return isAnnotated
    ? `{ ...${constant}, ${members.join(", ")} }`
    : `{ "allOf": [${constant}, { ${members.join(", ")} }] }`;
}

/** In an object literal the key `__proto__` would set the prototype instead of a member. */
function literalKey(key: string): string {
  return key === "__proto__" ? `["__proto__"]` : JSON.stringify(key);
}

function withDefinitions(schema: JsonSchema): string {
  return JSON.stringify(schema, (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? value.replace(PREFIX, "#/$defs/") : value,
  ).replaceAll('"__proto__":', '["__proto__"]:');
}

function isRecursive(schema: JsonSchema, shapes: readonly NamedShape[]): boolean {
  return shapes.some(
    (shape) =>
      reachable(schema, shapes).has(shape.name) && reachable(shape.schema, shapes).has(shape.name),
  );
}

/** Names of the shapes that a schema refers to, directly or not. */
function reachable(schema: JsonSchema, shapes: readonly NamedShape[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (from: JsonSchema): void => {
    for (const name of references(from)) {
      if (found.has(name)) continue;
      found.add(name);
      const target = shapes.find((shape) => shape.name === name);
      if (target !== undefined) visit(target.schema);
    }
  };
  visit(schema);
  return found;
}

function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) =>
    key === "$ref" && typeof member === "string"
      ? [member.slice(PREFIX.length)]
      : references(member),
  );
}
