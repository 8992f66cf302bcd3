import type { JsonSchema, Protocol, RpcService } from "../model/model.ts";
import { referredShape, shapeDeclaration } from "./json-shapes.ts";
import { constantCase, kebabCase } from "./names.ts";
import { jsdoc } from "./printer.ts";
import { GeneratedFile } from "./printer.ts";
import { printClient, printDispatcher, printHandlers } from "./rpc-interfaces.ts";
import { paramsType, resultType } from "./rpc-names.ts";
import { printMethodTable, printValidators } from "./rpc-table.ts";

/** Where a service's code goes: `control/rpc/router.ts`. */
function rpcPath(protocol: Protocol, service: RpcService): string {
  return `${protocol.folder}/rpc/${kebabCase(service.name)}.ts`;
}

/** One file a service: its types, its method table, a client, an interface of handlers and their dispatcher. */
export async function emitRpc(protocol: Protocol): Promise<readonly GeneratedFile[]> {
  return Promise.all(protocol.services.map((service) => emitService(protocol, service)));
}

async function emitService(protocol: Protocol, service: RpcService): Promise<GeneratedFile> {
  const file = new GeneratedFile(rpcPath(protocol, service), [service.source.file]);
  for (const { name, schema, doc } of service.schemas) {
    file.print(await shapeDeclaration(name, schema, doc));
  }
  for (const method of service.methods) {
    const { name, params, result } = method;
    file.print(await typeOf(paramsType(method), params, `Parameters of \`${name}\`.`));
    if (result !== undefined) {
      file.print(await typeOf(resultType(method), result, `Result of \`${name}\`.`));
    }
  }
  printErrors(file, service);
  printMethodTypes(file, service);
  printMethodTable(file, service);
  printValidators(file, service);
  printHandlers(file, service);
  printDispatcher(file, service);
  printClient(file, service);
  return file;
}

async function typeOf(name: string, schema: JsonSchema, doc: string): Promise<string> {
  const shared = referredShape(schema);
  if (shared !== undefined) return `${jsdoc(doc)}export type ${name} = ${shared};\n`;
  const own = typeof schema["description"] === "string" ? `${doc} ${schema["description"]}` : doc;
  return shapeDeclaration(name, schema, own);
}

function printErrors(file: GeneratedFile, service: RpcService): void {
  if (service.errors.length === 0) return;
  const members = service.errors.map(
    ({ name, code, doc }) => `${jsdoc(doc)}${name}: ${String(code)},\n`,
  );
  file.print(
    jsdoc(
      `Error codes that methods of \`${service.name}\` declare; a handler answers with one by throwing an \`RpcError\`.`,
    ),
    `export const ${service.name}Errors = {\n${members.join("")}} as const;\n`,
  );
}

function printMethodTypes(file: GeneratedFile, service: RpcService): void {
  const members = service.methods.map(
    (method) =>
      `${jsdoc(method.doc)}readonly "${method.name}": { readonly params: ${paramsType(method)}; readonly result: ${resultType(method)} };\n`,
  );
  file.print(
    jsdoc(`The methods of \`${service.name}\` by name. ${service.doc}`),
    `export interface ${service.name}Methods {\n${members.join("")}}\n`,
  );
  file.print(
    jsdoc(`Whether \`${service.name}\` has a method of this name.`),
    `export function is${service.name}Method(name: string): name is keyof ${service.name}Methods {
      return Object.hasOwn(${constantCase(service.name)}_METHODS, name);
    }\n`,
  );
}
