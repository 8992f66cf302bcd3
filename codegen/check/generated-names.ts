import { camelCase, capitalized, constantCase, pascalCase } from "../emit/names.ts";
import type { Report } from "../load/diagnostic.ts";
import type { HttpApi, Machine, Protocol, RpcService, Source, SpecModel } from "../model/model.ts";
import { duplicatesOf, told } from "./parts.ts";

/**
 * Everything that a protocol generates is exported by one index file, so no two elements may generate the same name:
 * a message `PingState` beside a machine `Ping`, or `FooBar` beside `FOOBar`, which both have the constant `FOO_BAR_TAG`.
 */
export function checkGeneratedNames(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    for (const [generated, first] of duplicatesOf(generatedNames(protocol), ({ name }) => name)) {
      if (generated.source === first.source) continue;
      const message = `${generated.name} would be generated twice: for ${first.by} (${told(first)}) and for ${generated.by}.`;
      report(generated.source, "generated-name-twice", message, "Rename one of the two.");
    }
  }
}

/** A name that will be exported, and what it is generated for. */
interface GeneratedName {
  readonly name: string;
  readonly by: string;
  readonly source: Source;
}

function generatedNames(protocol: Protocol): readonly GeneratedName[] {
  const { messages, types, machines, services, http } = protocol;
  return [
    ...types.flatMap(({ name, source, kind }) => {
      const view = kind === "struct" ? [`${name}View`] : [];
      return namesOf(`the ${kind} ${name}`, source, [name, ...view]);
    }),
    ...messages.flatMap(({ name, source }) =>
      namesOf(`the message ${name}`, source, [name, `${name}View`, `${constantCase(name)}_TAG`]),
    ),
    ...receivers(protocol),
    ...namesOf("the limits", protocol.source, [`${pascalCase(protocol.name)}Limits`]),
    ...machines.flatMap(machineNames),
    ...services.flatMap(serviceNames),
    ...(http === undefined ? [] : httpNames(http)),
  ];
}

function receivers(protocol: Protocol): readonly GeneratedName[] {
  const names = protocol.messages.flatMap(({ to, transport }) =>
    to.flatMap((role) => {
      const receiver = `${capitalized(role)}${capitalized(transport.name)}`;
      return [`${receiver}Received`, `${receiver}Handlers`];
    }),
  );
  return namesOf("the messages that a role receives", protocol.source, [...new Set(names)]);
}

function machineNames(machine: Machine): readonly GeneratedName[] {
  const parts = ["State", "Event", "Output", "Handlers", "In", "On"];
  return namesOf(
    `the machine ${machine.name}`,
    machine.source,
    parts.map((part) => `${machine.name}${part}`),
  );
}

function serviceNames(service: RpcService): readonly GeneratedName[] {
  const parts = ["Methods", "Handlers", "Client", "Errors"];
  return [
    ...namesOf(
      `the service ${service.name}`,
      service.source,
      parts.map((part) => `${service.name}${part}`),
    ),
    ...service.schemas.flatMap(({ name, source }) => namesOf(`the shape ${name}`, source, [name])),
    ...service.methods.flatMap(({ name, source }) => {
      const shape = pascalCase(name);
      const handler = `${service.name}Handlers.${camelCase(name)}`;
      return namesOf(`the method ${name}`, source, [handler, `${shape}Params`, `${shape}Result`]);
    }),
  ];
}

function httpNames(http: HttpApi): readonly GeneratedName[] {
  return [
    ...http.schemas.flatMap(({ name, source }) => namesOf(`the shape ${name}`, source, [name])),
    ...http.operations.flatMap(({ name, source, responses }) => {
      const operation = pascalCase(name);
      const bodies = responses.map(({ status }) => `${operation}${status.toString()}`);
      return namesOf(`the operation ${name}`, source, [
        `${operation}Query`,
        `${operation}Body`,
        ...bodies,
      ]);
    }),
  ];
}

function namesOf(by: string, source: Source, names: readonly string[]): readonly GeneratedName[] {
  return names.map((name) => ({ name, by, source }));
}
