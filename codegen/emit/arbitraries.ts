import type {
  EnumType,
  Field,
  Message,
  NamedType,
  Protocol,
  SpecModel,
  UnionType,
  ValueType,
} from "../model/model.ts";
import { memberOf, typeOf } from "./codec-symbols.ts";
import { fieldsExtent, numberBytes } from "./layout.ts";
import { generatedPath, uncapitalized } from "./names.ts";
import { GeneratedFile, code, coreValue, generatedValue, join, jsdoc } from "./printer.ts";
import type { Fragment, ImportSymbol } from "./printer.ts";
import { mentions } from "./statements.ts";

const FC: ImportSymbol = {
  name: "fc",
  module: { kind: "package", name: "fast-check" },
  typeOnly: false,
  isDefault: true,
};

/** Writes fast-check arbitraries of a protocol's messages, structs, unions and enums. */
export function emitArbitraries(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  const elements = [...protocol.types, ...protocol.messages];
  if (elements.length === 0) return [];
  const documents = [...new Set(elements.map((element) => element.source.file))].sort();
  const file = new GeneratedFile(
    arbitrariesPath(protocol.messages[0] ?? protocol.types[0]),
    documents,
  );
  const body: readonly Fragment[] = [
    ...protocol.types.map(typeText),
    ...protocol.messages.map(messageText),
    addressTexts(elements),
  ];
  if (mentions(body, "PLAIN")) {
    file.print(
      jsdoc("Objects as decoders make them."),
      "const PLAIN = { noNullPrototype: true } as const;\n",
    );
  }
  file.print(...body);
  if (protocol.messages.some(isCut)) file.print(fitsText());
  return [file];
}

function arbitrariesPath(element: Message | NamedType | undefined): string {
  const [folder = ""] = element === undefined ? [] : generatedPath(element.source).split("/");
  return `${folder}/testing/arbitraries.ts`;
}

/** True if a message's fields could be longer together than the message may be. */
function isCut(message: Message): boolean {
  return fieldsExtent(message.fields).max > message.maxBytes;
}

function arbitraryName(element: Message | NamedType): string {
  return `${uncapitalized(element.name)}Arbitrary`;
}

function arbitraryOf(element: Message | NamedType): ImportSymbol {
  return generatedValue(arbitrariesPath(element), arbitraryName(element));
}

function functionText(element: Message | NamedType, type: Fragment, body: Fragment): Fragment {
  const doc = jsdoc(`Any valid \`${element.name}\`.`);
  return code`${doc}export function ${arbitraryName(element)}(): ${FC}.Arbitrary<${type}> {\nreturn ${body};\n}\n\n`;
}

function typeText(type: NamedType): Fragment {
  switch (type.kind) {
    case "enum":
      return functionText(type, typeOf(type), enumValues(type));
    case "flags":
      return functionText(type, "number", integers(0, 2 ** (8 * numberBytes(type.base)) - 1));
    case "struct":
      return functionText(type, typeOf(type), recordOf(type.fields));
    case "union":
      return functionText(type, typeOf(type), unionValues(type));
  }
}

function messageText(message: Message): Fragment {
  const fields = recordOf(message.fields);
  const encode = code`${memberOf(message, "encode")}(message, OUT, VIEW, 0)`;
  const cut = isCut(message) ? code`.filter((message) => fits(() => ${encode}))` : "";
  return functionText(message, typeOf(message), code`${fields}${cut}`);
}

function enumValues(type: EnumType): Fragment {
  const values = type.values.map(({ value }) => String(value)).join(", ");
  const named = code`${FC}.constantFrom(${values})`;
  return type.open
    ? code`${FC}.oneof(${named}, ${integers(0, 2 ** (8 * numberBytes(type.base)) - 1)})`
    : named;
}

function unionValues(type: UnionType): Fragment {
  const cases = type.cases.map(
    (one) =>
      code`${FC}.record({ kind: ${FC}.constant("${one.name}" as const), value: ${arbitraryOf(one.type)}() }, PLAIN)`,
  );
  return code`${FC}.oneof(${join(cases, ", ")})`;
}

/** Fields appended later are there up to some one and missing after it. */
function recordOf(fields: readonly Field[]): Fragment {
  const first = fields.filter((field) => field.since === 1);
  const later = fields.slice(first.length);
  if (fields.length === 0) return code`${FC}.constant({})`;
  const versions = Array.from({ length: later.length + 1 }, (_, present) => {
    const members = fields.map((field, index) => {
      const isMissing = index >= first.length + present;
      return code`\n${field.name}: ${isMissing ? code`${FC}.constant(undefined)` : valueOf(field.type, field.since > 1)},`;
    });
    return code`${FC}.record({${members}}, PLAIN)`;
  });
  return versions.length === 1 ? (versions[0] ?? "") : code`${FC}.oneof(${join(versions, ", ")})`;
}

/** `filled`: at least one byte, because a value of none cannot be told from a missing one. */
function valueOf(type: ValueType, filled = false): Fragment {
  const least = filled ? "minLength: 1, " : "";
  switch (type.kind) {
    case "integer":
      return type.as === "bigint"
        ? code`${FC}.bigInt({ min: ${BigInt(type.min)}, max: ${BigInt(type.max)} })`
        : integers(type.min, type.max);
    case "float":
      return code`${FC}.${type.type === "f32" ? "float" : "double"}({ noNaN: true })`;
    case "bool":
      return code`${FC}.boolean()`;
    case "mac":
      return integers(0, 2 ** 48 - 1);
    case "ipv4":
      return code`${FC}.ipV4()`;
    case "ipv6":
      return "ipv6Arbitrary()";
    case "endpoint":
      return "endpointArbitrary()";
    case "fixedBytes":
      return code`${FC}.uint8Array({ minLength: ${type.bytes}, maxLength: ${type.bytes} })`;
    case "bytes":
      return code`${FC}.uint8Array({ maxLength: ${type.maxBytes} })`;
    case "restBytes":
      return code`${FC}.uint8Array({ ${least}maxLength: ${type.maxBytes} })`;
    case "string":
    case "restString":
      return textOf(type.maxBytes, type.kind === "restString" ? least : "");
    case "list":
      return code`${FC}.array(${valueOf(type.of)}, { maxLength: ${type.max} })`;
    case "restList":
      return code`${FC}.array(${valueOf(type.of)}, { ${least}maxLength: ${type.max} })`;
    case "tlvs":
      return tlvsOf(type.messages, `${least}maxLength: ${String(type.max)}`);
    case "named":
      return code`${arbitraryOf(type.type)}()`;
  }
}

/** Half of the texts are ASCII, for which codecs have a short way. */
function textOf(maxBytes: number, least: string): Fragment {
  const length = `${least}maxLength: ${String(maxBytes)}`;
  const any = code`${FC}.string({ unit: "binary", ${length} }).filter((text) => ${coreValue("utf8Bytes")}(text) <= ${maxBytes})`;
  return code`${FC}.oneof(${FC}.string({ unit: "binary-ascii", ${length} }), ${any})`;
}

function tlvsOf(messages: readonly Message[], length: string): Fragment {
  const frames = messages.map(
    (message) =>
      code`${FC}.record({ name: ${FC}.constant("${message.name}" as const), message: ${arbitraryOf(message)}() }, PLAIN)`,
  );
  return code`${FC}.array(${FC}.oneof(${join(frames, ", ")}), { ${length} })`;
}

function integers(min: number | bigint, max: number | bigint): Fragment {
  return code`${FC}.integer({ min: ${min}, max: ${max} })`;
}

/** The arbitraries of addresses, where a field holds one. */
function addressTexts(elements: readonly (Message | NamedType)[]): Fragment {
  const kinds = new Set<string>();
  const visit = (type: ValueType): void => {
    kinds.add(type.kind);
    if (type.kind === "list" || type.kind === "restList") visit(type.of);
  };
  for (const element of elements) {
    if ("fields" in element) for (const field of element.fields) visit(field.type);
  }
  const hasEndpoint = kinds.has("endpoint");
  return [hasEndpoint || kinds.has("ipv6") ? ipv6Text() : "", hasEndpoint ? endpointText() : ""];
}

function ipv6Text(): Fragment {
  return code`function ipv6Arbitrary(): ${FC}.Arbitrary<string> {
const group = ${FC}.oneof(${FC}.constant(0), ${FC}.integer({ min: 0, max: 0xffff }));
return ${FC}.array(group, { minLength: 8, maxLength: 8 }).map(${coreValue("formatIpv6")});
}

`;
}

function endpointText(): Fragment {
  return code`function endpointArbitrary(): ${FC}.Arbitrary<{ address: string; port: number }> {
const address = ${FC}.oneof(${FC}.ipV4(), ipv6Arbitrary());
return ${FC}.record({ address, port: ${FC}.integer({ min: 0, max: 0xffff }) }, PLAIN);
}

`;
}

function fitsText(): Fragment {
  return code`const OUT = new Uint8Array(0x2_0000);
const VIEW = new DataView(OUT.buffer);

/** Fields that are each valid may be too long together. */
function fits(encode: () => number): boolean {
try {
encode();
return true;
} catch (error) {
if (error instanceof RangeError) return false;
throw error;
}
}
`;
}
