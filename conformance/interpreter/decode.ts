import type {
  Field,
  LengthType,
  NamedType,
  Protocol,
  ValueType,
} from "../../codegen/model/model.ts";
import { interpretFrames } from "./frames.ts";
import { INTEGER_BYTES } from "./integer-bytes.ts";
import { ownerOf } from "./owner.ts";
import { Input, Refusal } from "./input.ts";

/** What a message's or struct's fields hold, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads fields as the spec says, slowly and literally: what generated decoders are compared with.
 * Whatever is left after the last field is left alone.
 * @throws {Refusal} if the bytes do not follow the spec.
 */
export function interpretFields(
  fields: readonly Field[],
  input: Input,
  protocol: Protocol,
): Fields {
  const entries = fields.map((field) => {
    const isMissing = field.since > 1 && input.left === 0;
    return [field.name, isMissing ? undefined : interpret(field.type, input, protocol)] as const;
  });
  return Object.fromEntries(entries);
}

function interpret(type: ValueType, input: Input, protocol: Protocol): unknown {
  const { order } = protocol.framing;
  switch (type.kind) {
    case "integer":
      return interpretInteger(type, input, order);
    case "float":
      return interpretFloat(type.type, input, order);
    case "bool":
      return interpretBool(input);
    case "mac":
      return Number(input.unsigned(6, "big"));
    case "ipv4":
      return input.take(4).join(".");
    case "ipv6":
      return interpretIpv6(input);
    case "endpoint":
      return interpretEndpoint(input);
    case "fixedBytes":
      return Uint8Array.from(input.take(type.bytes));
    case "bytes":
      return Uint8Array.from(
        input.take(bounded(interpretLength(type.length, input, order), type.maxBytes)),
      );
    case "string":
      return text(input.take(bounded(interpretLength(type.length, input, order), type.maxBytes)));
    case "restBytes":
      bounded(input.left, type.maxBytes);
      return Uint8Array.from(input.rest());
    case "restString":
      bounded(input.left, type.maxBytes);
      return text(input.rest());
    case "list": {
      const count = bounded(interpretLength(type.count, input, order), type.max);
      return Array.from({ length: count }, () => interpret(type.of, input, protocol));
    }
    case "restList":
      return interpretRestList(type, input, protocol);
    case "tlvs":
      return interpretTlvs(type, input, protocol);
    case "named":
      return interpretNamed(type.type, input, protocol);
  }
}

function bounded(value: number, max: number): number {
  if (value > max) throw new Refusal(`${String(value)} is above ${String(max)}`);
  return value;
}

function interpretLength(type: LengthType, input: Input, order: "big" | "little"): number {
  return Number(input.unsigned(INTEGER_BYTES[type], order));
}

function interpretInteger(
  type: Extract<ValueType, { kind: "integer" }>,
  input: Input,
  order: "big" | "little",
): number | bigint {
  const bytes = INTEGER_BYTES[type.type];
  const unsigned = input.unsigned(bytes, order);
  const value = type.type.startsWith("i") ? BigInt.asIntN(8 * bytes, unsigned) : unsigned;
  if (value < BigInt(type.min) || value > BigInt(type.max))
    throw new Refusal(`${String(value)} is out of bounds`);
  return type.as === "bigint" ? value : Number(value);
}

function interpretFloat(type: "f32" | "f64", input: Input, order: "big" | "little"): number {
  const bytes = Uint8Array.from(input.take(type === "f32" ? 4 : 8));
  const view = new DataView(bytes.buffer);
  return type === "f32"
    ? view.getFloat32(0, order === "little")
    : view.getFloat64(0, order === "little");
}

function interpretBool(input: Input): boolean {
  const [byte] = input.take(1);
  if (byte !== 0 && byte !== 1) throw new Refusal(`${String(byte)} is no truth value`);
  return byte === 1;
}

function text(bytes: readonly number[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes),
    );
  } catch {
    throw new Refusal("not UTF-8");
  }
}

/** The text of RFC 5952, by way of the URL parser; IPv4-mapped addresses are written as quads (its section 5). */
function interpretIpv6(input: Input): string {
  const bytes = input.take(16);
  const isMapped =
    bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return `::ffff:${bytes.slice(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function interpretEndpoint(input: Input): Fields {
  const [family] = input.take(1);
  if (family !== 4 && family !== 6) throw new Refusal(`${String(family)} is no address family`);
  const address = family === 4 ? input.take(4).join(".") : interpretIpv6(input);
  return { address, port: Number(input.unsigned(2, "big")) };
}

function interpretRestList(
  type: Extract<ValueType, { kind: "restList" }>,
  input: Input,
  protocol: Protocol,
): readonly unknown[] {
  const list: unknown[] = [];
  while (input.left > 0) {
    bounded(list.length + 1, type.max);
    list.push(interpret(type.of, input, protocol));
  }
  return list;
}

function interpretTlvs(
  type: Extract<ValueType, { kind: "tlvs" }>,
  input: Input,
  protocol: Protocol,
): readonly unknown[] {
  const list: unknown[] = [];
  for (const { tag, value } of interpretFrames(input.rest(), protocol.framing)) {
    const message = type.messages.find((one) => one.tag === tag);
    if (message === undefined) continue;
    bounded(value.length, message.maxBytes);
    list.push({
      name: message.name,
      message: interpretFields(message.fields, new Input(value), protocol),
    });
    bounded(list.length, type.max);
  }
  return list;
}

function interpretNamed(type: NamedType, input: Input, user: Protocol): unknown {
  const protocol = ownerOf(type, user);
  const isInteger = type.kind === "enum" || type.kind === "flags";
  const { order } = (isInteger ? user : protocol).framing;
  switch (type.kind) {
    case "flags":
      return Number(input.unsigned(INTEGER_BYTES[type.base], order));
    case "enum": {
      const value = Number(input.unsigned(INTEGER_BYTES[type.base], order));
      const isNamed = type.values.some((one) => one.value === value);
      if (!type.open && !isNamed) throw new Refusal(`${String(value)} is no ${type.name}`);
      return value;
    }
    case "struct":
      return interpretFields(type.fields, input, protocol);
    case "union": {
      const value = Number(input.unsigned(INTEGER_BYTES[type.base], order));
      const found = type.cases.find((one) => one.value === value);
      if (found === undefined) throw new Refusal(`${String(value)} is no case of ${type.name}`);
      return { kind: found.name, value: interpretFields(found.type.fields, input, protocol) };
    }
  }
}
