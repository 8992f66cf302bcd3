import type { FastifySchema } from "fastify";
import type { HttpOperationInfo, JsonSchema } from "../../core/index.ts";

/** The part of the OpenAPI document that no operation states. */
export const OPEN_API_BASE = {
  openapi: "3.1.0",
  info: {
    title: "Tagwire hub",
    version: "1",
    description: "Accounts, their devices and claim codes, and connecting to a device.",
  },
  components: {
    securitySchemes: {
      cookie: { type: "apiKey", in: "cookie", name: "tagwire_session" },
      bearer: { type: "http", scheme: "bearer" },
    },
  },
} as const;

/** An operation as the documentation generator reads it. */
export function routeSchema(name: string, operation: HttpOperationInfo): FastifySchema {
  const { doc, auth, query, body, responses } = operation;
  return {
    operationId: name,
    summary: doc.split(/(?<=[.:;]) /, 1)[0]?.replace(/[.:;]$/, "") ?? doc,
    description: doc,
    ...(auth === "session" ? { security: [{ cookie: [] }, { bearer: [] }] } : {}),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body: { content: contents(body, BODY_TYPES) } }),
    response: Object.fromEntries(
      responses.map(({ status, doc: description, schema }) => [
        status,
        schema === undefined
          ? { description, type: "null" }
          : {
              description,
              content: contents(schema, [
                status < 400 ? "application/json" : "application/problem+json",
              ]),
            },
      ]),
    ),
  };
}

const BODY_TYPES = ["application/json", "application/x-www-form-urlencoded"];

function contents(
  schema: JsonSchema,
  types: readonly string[],
): Readonly<Record<string, { schema: JsonSchema }>> {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
