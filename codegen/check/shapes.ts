import { Ajv2020 } from "ajv/dist/2020.js";
import type { Place, Report } from "../load/diagnostic.ts";
import type { Element, JsonSchema, SpecModel } from "../model/model.ts";
import { placeOf } from "./parts.ts";

/** Formats that every compiler of generated schemas must know; the same as in spec/meta/json-shapes.schema.json. */
const FORMATS = [
  "date-time",
  "date",
  "time",
  "duration",
  "uri",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
  "regex",
  "json-pointer",
];

/** Every JSON shape compiles in ajv's strict mode, parameters are objects, and shared shapes are used. */
export function checkShapes(model: SpecModel, report: Report): void {
  const ajv = newCompiler();
  for (const { owner, shapes, uses } of shapeOwnersOf(model)) {
    for (const { name, source } of shapes) {
      const reference = `"$ref":"#/schemas/${name}"`;
      const others = shapes.filter((shape) => shape.name !== name).map(({ schema }) => schema);
      if (JSON.stringify([...uses.map(({ schema }) => schema), ...others]).includes(reference))
        continue;
      const message = `Nothing of ${owner} refers to the shape ${name}.`;
      report(
        source,
        "schema-unused",
        message,
        `Refer to it by {"$ref": "#/schemas/${name}"}, or remove it.`,
      );
    }
    // What a reference refers to is compiled by itself: here it only has to be there.
    const definitions = Object.fromEntries(shapes.map(({ name }) => [name, true]));
    for (const shape of shapes) {
      const place = placeOf(model, shape, "schema");
      compile(ajv, { schema: shape.schema, definitions, place, name: shape.name }, report);
    }
    for (const { schema, place, name, isObject } of uses) {
      compile(ajv, { schema, definitions, place, name }, report);
      if (isObject && !describesObject(schema, shapes)) {
        const message = `${name} must be a JSON object.`;
        report(place, "params-not-object", message, 'Say "type": "object".');
      }
    }
  }
}

interface ShapeUse {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly place: Place;
  /** Whether the value must be an object. */
  readonly isObject: boolean;
}

interface ShapeOwner {
  readonly owner: string;
  readonly shapes: readonly (Element & { readonly schema: JsonSchema })[];
  readonly uses: readonly ShapeUse[];
}

function shapeOwnersOf(model: SpecModel): readonly ShapeOwner[] {
  return model.protocols.flatMap((protocol) => {
    const services = protocol.services.map((service) => ({
      owner: service.name,
      shapes: service.schemas,
      uses: service.methods.flatMap((method) => [
        ...use(model, method, ["params", method.params, true]),
        ...use(model, method, ["result", method.result, false]),
      ]),
    }));
    const { http } = protocol;
    if (http === undefined) return services;
    const uses = http.operations.flatMap((operation) => [
      ...use(model, operation, ["query", operation.query, true]),
      ...use(model, operation, ["body", operation.body, false]),
      ...operation.responses.flatMap(({ status, schema }) =>
        use(model, operation, [`responses/${status.toString()}/schema`, schema, false]),
      ),
    ]);
    return [
      ...services,
      { owner: `the HTTP interface of ${http.role}`, shapes: http.schemas, uses },
    ];
  });
}

function use(
  model: SpecModel,
  element: Element,
  [member, schema, isObject]: readonly [string, JsonSchema | undefined, boolean],
): readonly ShapeUse[] {
  if (schema === undefined) return [];
  return [
    {
      name: `${member} of ${element.name}`,
      schema,
      place: placeOf(model, element, member),
      isObject,
    },
  ];
}

interface Compilation {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly definitions: Readonly<Record<string, boolean>>;
  readonly place: Place;
}

function newCompiler(): Ajv2020 {
  const formats = Object.fromEntries(FORMATS.map((format) => [format, true as const]));
  const strict = { strict: true, strictRequired: false, allowUnionTypes: true } as const;
  return new Ajv2020({ ...strict, formats, logger: false });
}

function compile(ajv: Ajv2020, shape: Compilation, report: Report): void {
  const { name, schema, definitions, place } = shape;
  try {
    ajv.compile({
      ...withLocalRefs(schema),
      $defs: definitions,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report(
      place,
      "schema-invalid",
      `${name} is not a valid JSON Schema: ${reason}.`,
      "Mend the schema.",
    );
  }
}

/** `#/schemas/X` of a document is `#/$defs/X` of a schema that stands alone. */
function withLocalRefs(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/schemas/', '"$ref":"#/$defs/');
  return JSON.parse(text) as JsonSchema;
}

function describesObject(schema: JsonSchema, shapes: ShapeOwner["shapes"]): boolean {
  const { type, $ref: reference } = schema as { readonly type?: unknown; readonly $ref?: unknown };
  if (type !== undefined || typeof reference !== "string") return type === "object";
  const name = reference.split("/").at(-1);
  const { type: referred } = (shapes.find((shape) => shape.name === name)?.schema ?? {}) as {
    readonly type?: unknown;
  };
  return referred === "object";
}
