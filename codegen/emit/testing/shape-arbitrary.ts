import fc from "fast-check";
import type { JsonSchema } from "../../model/model.ts";

/** A JSON Schema and a value that follows it. */
export interface ShapeExample {
  readonly schema: JsonSchema;
  readonly value: unknown;
}

const NAMES = ["alpha", "beta", "gamma-ray", "2nd"];

const scalar: fc.Arbitrary<ShapeExample> = fc.oneof(
  fc.record({
    schema: fc.constant({ type: "string", maxLength: 5 }),
    value: fc.string({ maxLength: 5 }),
  }),
  fc.record({
    schema: fc.constant({
      type: "integer",
      minimum: 0,
      maximum: 9,
      default: 3,
      description: "A digit.",
    }),
    value: fc.nat({ max: 9 }),
  }),
  fc.record({ schema: fc.constant({ type: "boolean" }), value: fc.boolean() }),
  fc.record({
    schema: fc.constant({ type: ["number", "null"] }),
    value: fc.constantFrom(null, 1.5),
  }),
  fc.record({
    schema: fc.constant({ enum: ["on", "off", 7] }),
    value: fc.constantFrom("on", "off", 7),
  }),
  fc.constant({ schema: { const: "fixed" }, value: "fixed" }),
  fc.constant({ schema: { type: "object", additionalProperties: false }, value: {} }),
  fc.constant({ schema: { type: "object" }, value: { any: [1, "x"] } }),
  fc.record({
    schema: fc.constantFrom({}, { description: "Anything." }),
    value: fc.constantFrom(null, 7, "x", [true], { any: {} }),
  }),
  fc.constant({ schema: { $ref: "#/schemas/Shared" }, value: { label: "x" } }),
  fc.constant({
    schema: { $ref: "#/schemas/Shared", description: "This one." },
    value: { label: "y" },
  }),
  fc.constant({
    schema: { $ref: "#/schemas/Tree" },
    value: { children: [{ children: [] }, { children: [{ children: [] }] }] },
  }),
);

/** Schemas of the keywords that a spec may use, nested to a depth of three, each with a value that follows it. */
export const shapeArbitrary: fc.Arbitrary<ShapeExample> = fc.letrec<{ shape: ShapeExample }>(
  (tie) => ({
    shape: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      scalar,
      fc.array(tie("shape"), { minLength: 1, maxLength: 2 }).map(arrayOf),
      fc
        .record({
          members: fc.dictionary(fc.constantFrom(...NAMES), tie("shape"), {
            minKeys: 1,
            maxKeys: 3,
          }),
          left: fc.subarray(NAMES),
          title: fc.constantFrom(undefined, "Shared", "Other Title"),
        })
        .map(objectOf),
      tie("shape").map(({ schema, value }) => ({
        schema: { type: "object", additionalProperties: schema },
        value: { first: value, second: value },
      })),
      fc.tuple(tie("shape"), tie("shape")).map(([one, other]) => ({
        schema: { anyOf: [one.schema, other.schema] },
        value: other.value,
      })),
    ),
  }),
).shape;

function arrayOf([first]: readonly ShapeExample[]): ShapeExample {
  if (first === undefined) throw new RangeError("an array shape needs an item");
  return {
    schema: { type: "array", minItems: 1, maxItems: 4, items: first.schema },
    value: [first.value, first.value],
  };
}

/** An object whose members named in `left` are optional and absent. */
function objectOf(parts: {
  readonly members: Readonly<Record<string, ShapeExample>>;
  readonly left: readonly string[];
  readonly title: string | undefined;
}): ShapeExample {
  const { members, left, title } = parts;
  const entries = Object.entries(members);
  const there = entries.filter(([name]) => !left.includes(name));
  return {
    schema: {
      ...(title === undefined ? {} : { title }),
      type: "object",
      additionalProperties: false,
      required: there.map(([name]) => name),
      properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    },
    value: Object.fromEntries(there.map(([name, { value }]) => [name, value])),
  };
}
