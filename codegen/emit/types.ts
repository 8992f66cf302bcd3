import type {
  EnumType,
  FlagsType,
  NamedType,
  Protocol,
  SpecModel,
  UnionType,
} from "../model/model.ts";
import { integerLoad } from "./codec-load.ts";
import {
  decodeContext,
  decodeDoc,
  decoderByReader,
  exportedFunction,
  skipDoc,
  structFunctions,
} from "./codec-functions.ts";
import { memberOf } from "./codec-symbols.ts";
import { viewClass } from "./codec-view.ts";
import { namedExtent, numberBytes } from "./layout.ts";
import { generatedPath, uncapitalized } from "./names.ts";
import { GeneratedFile, code, coreType, coreValue, generatedType, join, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";
import { wireMembers } from "./value-type.ts";

/** Writes the named types of a protocol: enums, flags, structs, unions, each with its codec. */
export function emitTypes(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  const [first] = protocol.types;
  if (first === undefined) return [];
  const file = new GeneratedFile(generatedPath(first.source), [first.source.file]);
  for (const type of protocol.types) file.print(namedTypeText(type, protocol));
  return [file];
}

function namedTypeText(type: NamedType, protocol: Protocol): Fragment {
  switch (type.kind) {
    case "enum":
      return enumText(type);
    case "flags":
      return flagsText(type);
    case "struct":
      return [
        jsdoc(type.doc, origin(type)),
        type.fields.length === 0
          ? `export type ${type.name} = Readonly<Record<never, never>>;\n\n`
          : code`export interface ${type.name} {${wireMembers(type.fields)}\n}\n\n`,
        structFunctions(type, protocol),
        viewClass(type, protocol),
      ];
    case "union":
      return unionText(type, protocol);
  }
}

/** Which element of the spec something is made from. */
function origin(type: NamedType): string {
  return `From ${type.source.file}#${type.source.pointer}.`;
}

function enumText(type: EnumType): Fragment {
  const members = type.values.map(
    ({ name, doc, value }) => code`\n${jsdoc(doc)}${name}: ${value},`,
  );
  const kind = type.open
    ? "Open: a value without a name is passed on."
    : "Closed: any other value is refused.";
  const alias = type.open ? "number" : `(typeof ${type.name})[keyof typeof ${type.name}]`;
  const cases = type.values.map(({ name, value }) => `case ${String(value)}: return "${name}";\n`);
  const variable = uncapitalized(type.name);
  return [
    jsdoc(type.doc, `${kind} ${type.base}. ${origin(type)}`),
    code`export const ${type.name} = {${members}} as const;\n\n`,
    jsdoc(type.doc, kind),
    `export type ${type.name} = ${alias};\n\n`,
    jsdoc(`The spec's name of a value of \`${type.name}\`, or \`unknown (n)\`.`),
    code`export function ${variable}Name(value: number): string {\nswitch (value) {\n${cases}default: return \`unknown (\${String(value)})\`;\n}\n}\n\n`,
    type.open ? "" : closedEnumFunctions(type),
  ];
}

function closedEnumFunctions(type: EnumType): Fragment {
  const test = type.values.map(({ value }) => `value === ${String(value)}`).join(" || ");
  return [
    jsdoc("True if the spec names the value."),
    code`export function is${type.name}(value: number): value is ${type.name} {\nreturn ${test};\n}\n\n`,
    jsdoc(
      "Returns a received value if the spec names it.",
      "@throws {WireError} `bad-value` otherwise.",
    ),
    code`export function as${type.name}(value: number, path: string, offset: number): ${type.name} {
if (!is${type.name}(value)) throw ${coreValue("badValueError")}(path, offset);\nreturn value;\n}\n\n`,
  ];
}

function flagsText(type: FlagsType): Fragment {
  const members = type.bits.map(
    ({ name, doc, bit }) => code`\n${jsdoc(doc)}${name}: ${bitMask(bit)},`,
  );
  return [
    jsdoc(type.doc, `A ${type.base} of any combination of these bits. ${origin(type)}`),
    code`export const ${type.name} = {${members}} as const;\n\n`,
  ];
}

function bitMask(bit: number): string {
  return `0x${(2 ** bit).toString(16).padStart(2, "0")}`;
}

function unionText(type: UnionType, protocol: Protocol): Fragment {
  const cases = type.cases.map((one) => {
    const struct = generatedType(generatedPath(one.type.source), one.type.name);
    return code`\n${jsdoc(one.doc)}| { readonly kind: "${one.name}"; readonly value: ${struct} }`;
  });
  const { min, max } = namedExtent(type);
  const decoders =
    min === max
      ? unionDecoder(type, protocol)
      : [unionReader(type, protocol), decoderByReader(type.name), unionSkipper(type, protocol)];
  return [
    jsdoc(type.doc, `A ${type.base} that names the case, and its struct. ${origin(type)}`),
    code`export type ${type.name} = ${cases};\n\n`,
    unionEncoder(type, protocol),
    decoders,
  ];
}

function unionEncoder(type: UnionType, protocol: Protocol): Fragment {
  const base = numberBytes(type.base);
  const little = protocol.framing.order === "little" && base > 1 ? ", true" : "";
  const cases = type.cases.map(
    (one) => code`case "${one.name}":
view.setUint${base * 8}(offset, ${one.value}${little});
return ${memberOf(one.type, "encode")}(value.value, out, view, offset + ${base});\n`,
  );
  return [
    jsdoc(
      "Writes the value and returns the offset after it. `view` shows the same bytes as `out`.",
      "@throws {RangeError} if a value does not fit its wire type, or the buffer is too small: a bug in the caller.",
    ),
    code`export function encode${type.name}(value: ${type.name}, out: Uint8Array, view: DataView, offset: number): number {
switch (value.kind) {\n${cases}}\n}\n\n`,
  ];
}

/** The statements of one decoder of a union; `take` gives those of a case. */
function unionSwitch(
  type: UnionType,
  protocol: Protocol,
  take: (one: UnionType["cases"][number], base: number) => Fragment,
): readonly Fragment[] {
  const base = numberBytes(type.base);
  const load = integerLoad(type.base, type.name, "offset", decodeContext(protocol));
  return [
    code`if (end - offset < ${base}) throw ${coreValue("truncatedError")}("${type.name}", end);`,
    code`switch (${load}) {`,
    join(
      type.cases.map((one) => code`case ${one.value}: ${take(one, base)}`),
      "\n",
    ),
    code`default: throw ${coreValue("badValueError")}("${type.name}", offset);`,
    "}",
  ];
}

function unionDecoder(type: UnionType, protocol: Protocol): Fragment {
  const lines = unionSwitch(type, protocol, (one, base) => {
    const value = code`${memberOf(one.type, "decode")}(bytes, view, offset + ${base}, end)`;
    return code`return { kind: "${one.name}", value: ${value} };`;
  });
  const parameters = [
    ["bytes", "Uint8Array"],
    ["view", "DataView"],
    ["offset", "number"],
    ["end", "number"],
  ] as const;
  return [decodeDoc(), exportedFunction(`decode${type.name}`, parameters, type.name, lines)];
}

function unionReader(type: UnionType, protocol: Protocol): Fragment {
  const lines = unionSwitch(type, protocol, (one, base) => {
    const { min, max } = namedExtent(one.type);
    const value =
      min === max
        ? code`${memberOf(one.type, "decode")}(bytes, view, offset + ${base}, end)`
        : code`${memberOf(one.type, "read")}(bytes, view, cursor, end)`;
    const advance = `cursor.at = offset + ${String(min === max ? base + min : base)};`;
    return code`${advance}\nreturn { kind: "${one.name}", value: ${value} };`;
  });
  const doc = jsdoc(
    "Reads the value at the cursor and moves the cursor past it. Nothing past `end` is read.",
    "@throws {WireError} with code, spec path and offset if the value is malformed.",
  );
  const parameters = [
    ["bytes", "Uint8Array"],
    ["view", "DataView"],
    ["cursor", coreType("Cursor")],
    ["end", "number"],
  ] as const;
  return [
    doc,
    exportedFunction(`read${type.name}`, parameters, type.name, [
      "const offset = cursor.at;",
      ...lines,
    ]),
  ];
}

function unionSkipper(type: UnionType, protocol: Protocol): Fragment {
  const lines = unionSwitch(type, protocol, (one, base) => {
    const { min, max } = namedExtent(one.type);
    return min === max
      ? code`return ${coreValue("spanEnd")}(offset + ${base}, ${min}, end, "${one.type.name}");`
      : code`return ${memberOf(one.type, "skip")}(view, offset + ${base}, end);`;
  });
  const parameters = [
    ["view", "DataView"],
    ["offset", "number"],
    ["end", "number"],
  ] as const;
  return [skipDoc(), exportedFunction(`skip${type.name}`, parameters, "number", lines)];
}
