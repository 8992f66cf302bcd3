import type { RpcMethod, RpcService } from "../model/model.ts";
import { camelCase } from "./names.ts";
import { code, coreType, jsdoc } from "./printer.ts";
import type { Fragment, GeneratedFile } from "./printer.ts";
import { paramsType, resultType } from "./rpc-names.ts";

/** Prints `RouterHandlers`: a method per method of the service, for an implementer to fill in. */
export function printHandlers(file: GeneratedFile, service: RpcService): void {
  const members = service.methods.map((method) => {
    const result = method.result === undefined ? "void" : resultType(method);
    const mayThrow = method.errors.map((error) => `\`${error.name}\` (${error.doc})`).join(", ");
    return [
      jsdoc(
        method.doc,
        mayThrow === ""
          ? ""
          : `@throws {RpcError} with a code of ${service.name}Errors: ${mayThrow}`,
      ),
      `${camelCase(method.name)}(params: ${paramsType(method)}, context: Context): Promise<${result}> | ${result};\n`,
    ];
  });
  file.print(
    jsdoc(
      `What answers the methods of \`${service.name}\`. Parameters follow their schemas when they come here, and results are checked after.`,
    ),
    code`export interface ${service.name}Handlers<Context> {\n${members}}\n`,
  );
}

/** Prints `dispatchRouter`, which calls the handler of a method. */
export function printDispatcher(file: GeneratedFile, service: RpcService): void {
  const { name, methods } = service;
  const cases = methods.map(
    (method) =>
      `case "${method.name}":\nreturn handlers.${camelCase(method.name)}(params as ${paramsType(method)}, context);\n`,
  );
  file.print(
    jsdoc(
      "Calls the handler of a method, with parameters that follow its schema.",
      "@throws what the handler throws, as a rejection.",
    ),
    `export async function dispatch${name}<Context>(
      handlers: ${name}Handlers<Context>,
      method: keyof ${name}Methods,
      params: unknown,
      context: Context,
    ): Promise<unknown> {
      switch (method) {\n${cases.join("")}}
    }\n`,
  );
}

/** Prints `RouterClient`, which calls the methods on a peer. */
export function printClient(file: GeneratedFile, service: RpcService): void {
  const { name, methods, doc } = service;
  file.print(
    jsdoc(`Calls the methods of \`${name}\` on a peer. ${doc}`),
    code`export class ${name}Client {
      readonly #caller: ${coreType("RpcCaller")};

      constructor(caller: ${coreType("RpcCaller")}) {
        this.#caller = caller;
      }

      ${methods.map(clientMethod)}
    }\n`,
  );
}

function clientMethod(method: RpcMethod): Fragment {
  const { name, doc, idempotent, timeoutMs } = method;
  const { required = [] } = method.params as { required?: readonly string[] };
  const minimum = (method.params["minProperties"] as number | undefined) ?? 0;
  const preset =
    required.length === 0 && minimum === 0 && !("$ref" in method.params) ? " = {}" : "";
  const params = `params: ${paramsType(method)}${preset}`;
  if (method.result === undefined) {
    return `${jsdoc(doc, "Nobody says whether it arrived.")}${camelCase(name)}(${params}): void {
      this.#caller.notify("${name}", params);
    }\n\n`;
  }
  const repeatable = idempotent ? "Safe to repeat." : "Not safe to repeat.";
  const throws = `@throws {RpcError} the peer's error, or that it did not answer in ${String(timeoutMs)} ms.`;
  return `${jsdoc(`${doc} ${repeatable}`, throws)}async ${camelCase(name)}(${params}): Promise<${resultType(method)}> {
    return (await this.#caller.call("${name}", params, ${String(timeoutMs)})) as ${resultType(method)};
  }\n\n`;
}
