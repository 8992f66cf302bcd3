import spec from "../../../spec/control/http.json" with { type: "json" };

/** A JSON Schema without references. */
export type Schema = Readonly<{ [keyword: string]: unknown }>;

/** One operation of the hub's HTTP interface. */
export interface Operation {
  readonly doc: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly aliases: readonly string[];
  readonly auth: "none" | "session";
  readonly query: Schema | undefined;
  readonly body: Schema | undefined;
  readonly responses: readonly {
    readonly status: number;
    readonly doc: string;
    readonly schema: Schema | undefined;
  }[];
}

export type OperationName = keyof typeof spec.operations;

/** The operations that a hub answers. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = Object.fromEntries(
  Object.entries(spec.operations).map(([name, operation]) => [name, resolve(operation)]),
) as Record<OperationName, Operation>;

function resolve(operation: (typeof spec.operations)[OperationName]): Operation {
  return {
    doc: operation.doc,
    method: operation.method as Operation["method"],
    path: operation.path,
    aliases: operation.aliases,
    auth: operation.auth as Operation["auth"],
    query: "query" in operation ? inlined(operation.query) : undefined,
    body: "body" in operation ? inlined(operation.body) : undefined,
    responses: Object.entries(operation.responses).map(
      ([status, response]: [string, { doc: string; schema?: unknown }]) => ({
        status: Number(status),
        doc: response.doc,
        schema: response.schema === undefined ? undefined : inlined(response.schema),
      }),
    ),
  };
}

function inlined(schema: unknown): Schema {
  return inline(schema) as Schema;
}

function inline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inline);
  if (typeof value !== "object" || value === null) return value;
  if ("$ref" in value) {
    const name = String(value.$ref).replace("#/schemas/", "") as keyof typeof spec.schemas;
    return inline(spec.schemas[name].schema);
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inline(member)]));
}
