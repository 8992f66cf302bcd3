import type { HttpApi, HttpOperation, JsonSchema, Protocol } from "../model/model.ts";
import { constantShapes, schemaConstant, schemaExpression } from "./json-literal.ts";
import { referredShape, shapeDeclaration } from "./json-shapes.ts";
import { capitalized, constantCase, pascalCase } from "./names.ts";
import { code, coreType, jsdoc } from "./printer.ts";
import { GeneratedFile } from "./printer.ts";

/** The HTTP operations of a protocol: a type per query, body and response, and the table of routes. */
export async function emitHttp(protocol: Protocol): Promise<readonly GeneratedFile[]> {
  const { http } = protocol;
  if (http === undefined) return [];
  const file = new GeneratedFile(`${protocol.folder}/http.ts`, [http.source.file]);
  for (const { name, schema, doc } of http.schemas) {
    file.print(await shapeDeclaration(name, schema, doc));
  }
  for (const operation of http.operations) {
    for (const part of partsOf(operation)) file.print(await partDeclaration(part));
  }
  printOperationTypes(file, http);
  printOperationTable(file, http);
  return [file];
}

/** A query, a body or a response, with the name of its type. */
interface OperationPart {
  readonly type: string;
  readonly doc: string;
  readonly schema: JsonSchema;
}

function queryType(operation: HttpOperation): string {
  return operation.query === undefined ? "undefined" : `${capitalized(operation.name)}Query`;
}

function bodyType(operation: HttpOperation): string {
  return operation.body === undefined ? "undefined" : `${capitalized(operation.name)}Body`;
}

/** An error that many operations share goes by its own name instead of a new one per operation. */
function responseType(
  operation: HttpOperation,
  response: HttpOperation["responses"][number],
): string {
  const { schema, status } = response;
  if (schema === undefined) return "undefined";
  const shared = referredShape(schema);
  return shared !== undefined && status >= 400
    ? shared
    : `${capitalized(operation.name)}${String(status)}`;
}

function partsOf(operation: HttpOperation): readonly OperationPart[] {
  const { query, body, method, path } = operation;
  const route = `\`${method} ${path}\``;
  const responses = operation.responses.flatMap((response) => {
    const { schema, status, doc } = response;
    const type = responseType(operation, response);
    const isNamed = schema === undefined || type === referredShape(schema);
    return isNamed ? [] : [{ type, doc: `Answer ${String(status)} of ${route}: ${doc}`, schema }];
  });
  return [
    ...(query === undefined
      ? []
      : [{ type: queryType(operation), doc: `Query of ${route}.`, schema: query }]),
    ...(body === undefined
      ? []
      : [{ type: bodyType(operation), doc: `Body of ${route}.`, schema: body }]),
    ...responses,
  ];
}

async function partDeclaration({ type, doc, schema }: OperationPart): Promise<string> {
  const shared = referredShape(schema);
  if (shared !== undefined) return `${jsdoc(doc)}export type ${type} = ${shared};\n`;
  return shapeDeclaration(type, schema, doc);
}

function printOperationTypes(file: GeneratedFile, http: HttpApi): void {
  const role = pascalCase(http.role);
  const members = http.operations.map((operation) => {
    const responses = operation.responses.map(
      (response) =>
        `${jsdoc(response.doc)}readonly ${String(response.status)}: ${responseType(operation, response)};\n`,
    );
    return `${jsdoc(operation.doc)}readonly ${operation.name}: {
      readonly query: ${queryType(operation)};
      readonly body: ${bodyType(operation)};
      readonly responses: {\n${responses.join("")}};
    };\n`;
  });
  file.print(
    jsdoc(`The HTTP operations of role \`${http.role}\` by name. ${http.doc}`),
    `export interface ${role}Operations {\n${members.join("")}}\n`,
  );
}

function printOperationTable(file: GeneratedFile, http: HttpApi): void {
  for (const shape of constantShapes(http.schemas)) {
    file.print(
      jsdoc(`JSON Schema of \`${shape.name}\`.`),
      code`const ${schemaConstant(shape.name)}: ${coreType("JsonSchema")} = ${schemaExpression(shape.schema, http.schemas)};\n`,
    );
  }
  file.print(
    jsdoc(`The routes of role \`${http.role}\`, as the spec has them. Each schema stands alone.`),
    code`export const ${constantCase(http.role)}_HTTP: ${coreType("HttpOperationTable")}<keyof ${pascalCase(http.role)}Operations> = {
      ${http.operations.map((operation) => operationRow(operation, http))}
    };\n`,
  );
}

function operationRow(operation: HttpOperation, http: HttpApi): string {
  const { name, doc, method, path, aliases, auth, query, body } = operation;
  const expression = (schema: JsonSchema | undefined): string =>
    schema === undefined ? "undefined" : schemaExpression(schema, http.schemas);
  const responses = operation.responses.map(
    (response) =>
      `{ status: ${String(response.status)}, doc: ${JSON.stringify(response.doc)}, schema: ${expression(response.schema)} },\n`,
  );
  return `${name}: {
    doc: ${JSON.stringify(doc)},
    method: "${method}",
    path: ${JSON.stringify(path)},
    aliases: ${JSON.stringify(aliases)},
    auth: "${auth}",
    query: ${expression(query)},
    body: ${expression(body)},
    responses: [\n${responses.join("")}],
  },\n`;
}
