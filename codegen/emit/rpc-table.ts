import type { RpcMethod, RpcService } from "../model/model.ts";
import { constantShapes, schemaConstant, schemaExpression } from "./json-literal.ts";
import { constantCase } from "./names.ts";
import { code, coreType, coreValue, jsdoc } from "./printer.ts";
import type { GeneratedFile } from "./printer.ts";

/** Prints `ROUTER_METHODS` and the constants of the schemas that several methods share. */
export function printMethodTable(file: GeneratedFile, service: RpcService): void {
  for (const shape of constantShapes(service.schemas)) {
    file.print(
      jsdoc(`JSON Schema of \`${shape.name}\`.`),
      code`const ${schemaConstant(shape.name)}: ${coreType("JsonSchema")} = ${schemaExpression(shape.schema, service.schemas)};\n`,
    );
  }
  const rows = service.methods.map((method) => methodRow(method, service));
  file.print(
    jsdoc(`What the spec says of each method of \`${service.name}\`. Each schema stands alone.`),
    code`export const ${constantCase(service.name)}_METHODS: ${coreType("RpcMethodTable")}<keyof ${service.name}Methods> = {\n${rows}};\n`,
  );
}

/** Prints `compileRouterValidators`. */
export function printValidators(file: GeneratedFile, service: RpcService): void {
  const { name } = service;
  file.print(
    jsdoc(
      `Compiles the checks of parameters and results of \`${name}\`. Do it once.`,
      "@throws {Error} if the compiler refuses a schema: a bug of ours or its.",
    ),
    code`export function compile${name}Validators(compiler: ${coreType("SchemaCompiler")}): ${coreType("RpcValidators")}<keyof ${name}Methods> {
      return ${coreValue("compileRpcValidators")}(${constantCase(name)}_METHODS, compiler);
    }\n`,
  );
}

function methodRow(method: RpcMethod, service: RpcService): string {
  const { name, doc, params, result, errors, idempotent, timeoutMs } = method;
  const codes = errors.map((error) => `${service.name}Errors.${error.name}`);
  const shapes = service.schemas;
  return `${JSON.stringify(name)}: {
    doc: ${JSON.stringify(doc)},
    params: ${schemaExpression(params, shapes)},
    result: ${result === undefined ? "undefined" : schemaExpression(result, shapes)},
    errors: [${codes.join(", ")}],
    idempotent: ${String(idempotent)},
    timeoutMs: ${String(timeoutMs)},
    notification: ${String(result === undefined)},
  },\n`;
}
