import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import swagger from "@fastify/swagger";
import fastify from "fastify";
import type { HttpOperationTable } from "../../runtime/core/index.ts";
import type { HttpOperation, Protocol } from "../model/model.ts";
import { compileErrors, GeneratedFolder } from "./testing/generated-folder.ts";
import { element, model, protocol } from "./testing/model-fixture.ts";

const CONNECT: HttpOperation = {
  ...element("connect", "http.json"),
  method: "POST",
  path: "/",
  aliases: ["/connect"],
  auth: "session",
  query: {
    type: "object",
    additionalProperties: false,
    required: ["mac"],
    properties: { mac: { type: "string", pattern: "^[0-9a-f]{12}$" } },
  },
  body: undefined,
  responses: [
    { status: 200, doc: "Connected.", schema: { $ref: "#/schemas/Connection" } },
    { status: 204, doc: "Nothing to say.", schema: undefined },
    { status: 404, doc: "Unknown.", schema: { $ref: "#/schemas/Problem" } },
  ],
};

const SAMPLE: Protocol = protocol({
  http: {
    ...element("http", "http.json"),
    protocol: "sample",
    role: "server",
    schemas: [
      {
        ...element("Connection"),
        schema: {
          type: "object",
          additionalProperties: false,
          required: ["at"],
          properties: { at: { $ref: "#/schemas/Address" } },
        },
      },
      { ...element("Address"), schema: { type: "string" } },
      {
        ...element("Problem"),
        schema: {
          type: "object",
          additionalProperties: false,
          properties: { title: { type: "string" } },
        },
      },
    ],
    operations: [CONNECT],
  },
});

let folder: GeneratedFolder;
let table: HttpOperationTable;

before(async () => {
  folder = await GeneratedFolder.make();
  const paths = await folder.emit("generated", model(SAMPLE));
  const path = paths.find((candidate) => candidate.endsWith("/http.ts"));
  assert.ok(path !== undefined);
  table = ((await import(pathToFileURL(path).href)) as { SERVER_HTTP: HttpOperationTable })
    .SERVER_HTTP;
});

after(async () => {
  await folder.remove();
});

test("the table has each operation as the spec has it, its references resolved", () => {
  const { connect } = table;
  assert.deepEqual(connect, {
    doc: "The connect.",
    method: "POST",
    path: "/",
    aliases: ["/connect"],
    auth: "session",
    query: CONNECT.query,
    body: undefined,
    responses: [
      {
        status: 200,
        doc: "Connected.",
        schema: {
          type: "object",
          additionalProperties: false,
          required: ["at"],
          properties: { at: { type: "string" } },
        },
      },
      { status: 204, doc: "Nothing to say.", schema: undefined },
      {
        status: 404,
        doc: "Unknown.",
        schema: {
          type: "object",
          additionalProperties: false,
          properties: { title: { type: "string" } },
        },
      },
    ],
  });
});

test("each part has a type, and the operations' types hang together by name", async () => {
  const user = await folder.write(
    "user.ts",
    `import type { Connect200, ConnectQuery, Problem, ServerOperations } from "./generated/sample/http.ts";
export const query: ConnectQuery = { mac: "001122334455" };
export const answer: Connect200 = { at: "x" };
export const unknown: ServerOperations["connect"]["responses"][404] = { title: "x" } satisfies Problem;
export const wrong: ConnectQuery = {};
`,
  );
  const errors = compileErrors([user]);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /^5: TS2741 Property 'mac' is missing/);
});

test("fastify serves the routes of the table, and swagger describes them", async () => {
  const app = fastify();
  await app.register(swagger, { openapi: {} });
  app.after(() => {
    for (const [name, operation] of Object.entries(table)) {
      app.route({
        method: operation.method,
        url: operation.path,
        schema: {
          operationId: name,
          querystring: operation.query,
          response: Object.fromEntries(
            operation.responses.map(({ status, schema = { type: "null" } }) => [status, schema]),
          ),
        },
        handler: () => ({ at: "here", secret: "left out" }),
      });
    }
  });
  await app.ready();
  const good = await app.inject({ method: "POST", url: "/?mac=001122334455" });
  assert.deepEqual([good.statusCode, good.json()], [200, { at: "here" }]);
  const bad = await app.inject({ method: "POST", url: "/?mac=x" });
  assert.equal(bad.statusCode, 400);
  const { paths } = app.swagger() as unknown as {
    paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  };
  assert.equal(paths["/"]?.["post"]?.operationId, "connect");
  assert.deepEqual(Object.keys(paths["/"]["post"].responses), ["200", "204", "404"]);
  await app.close();
});
