import type { Field, Message, NamedType, Protocol, ValueType } from "../../codegen/model/model.ts";
import type { Fields } from "./decode.ts";
import { INTEGER_BYTES } from "./integer-bytes.ts";
import { ownerOf } from "./owner.ts";
import { frameOf, unsignedBytes } from "./frames.ts";

/** Writes a whole frame as the spec says, slowly and literally. The values are taken to be valid. */
export function interpretEncoding(
  message: Message,
  fields: Fields,
  protocol: Protocol,
): Uint8Array {
  const value = interpretValue(message, fields, protocol);
  return Uint8Array.from(frameOf(message.tag, value, protocol.framing));
}

/** Writes the value of a frame alone, without header and padding. */
export function interpretValue(
  message: Message,
  fields: Fields,
  protocol: Protocol,
): readonly number[] {
  return fieldsBytes(message.fields, fields, protocol);
}

function fieldsBytes(
  fields: readonly Field[],
  value: Fields,
  protocol: Protocol,
): readonly number[] {
  return fields.flatMap((field) => {
    const own = value[field.name];
    return own === undefined ? [] : bytesOf(field.type, own, protocol);
  });
}

function bytesOf(type: ValueType, value: unknown, protocol: Protocol): readonly number[] {
  const { order } = protocol.framing;
  switch (type.kind) {
    case "integer":
      return unsignedBytes(BigInt(value as number | bigint), INTEGER_BYTES[type.type], order);
    case "float":
      return floatBytes(type.type, value as number, order);
    case "bool":
      return [value === true ? 1 : 0];
    case "mac":
      return unsignedBytes(BigInt(value as number), 6, "big");
    case "ipv4":
      return (value as string).split(".").map(Number);
    case "ipv6":
      return ipv6Bytes(value as string);
    case "endpoint":
      return endpointBytes(value as { readonly address: string; readonly port: number });
    case "fixedBytes":
    case "restBytes":
      return [...(value as Uint8Array)];
    case "bytes":
      return counted(INTEGER_BYTES[type.length], [...(value as Uint8Array)], order);
    case "string":
      return counted(
        INTEGER_BYTES[type.length],
        [...new TextEncoder().encode(value as string)],
        order,
      );
    case "restString":
      return [...new TextEncoder().encode(value as string)];
    case "list": {
      const list = value as readonly unknown[];
      const count = unsignedBytes(BigInt(list.length), INTEGER_BYTES[type.count], order);
      return [...count, ...list.flatMap((one) => bytesOf(type.of, one, protocol))];
    }
    case "restList":
      return (value as readonly unknown[]).flatMap((one) => bytesOf(type.of, one, protocol));
    case "tlvs":
      return tlvsBytes(type.messages, value as readonly NestedFrame[], protocol);
    case "named":
      return namedBytes(type.type, value, protocol);
  }
}

interface NestedFrame {
  readonly name: string;
  readonly message: Fields;
}

function counted(
  bytes: number,
  content: readonly number[],
  order: "big" | "little",
): readonly number[] {
  return [...unsignedBytes(BigInt(content.length), bytes, order), ...content];
}

function floatBytes(
  type: "f32" | "f64",
  value: number,
  order: "big" | "little",
): readonly number[] {
  const view = new DataView(new ArrayBuffer(type === "f32" ? 4 : 8));
  if (type === "f32") view.setFloat32(0, value, order === "little");
  else view.setFloat64(0, value, order === "little");
  return [...new Uint8Array(view.buffer)];
}

function ipv6Bytes(address: string): readonly number[] {
  // The URL parser writes a dotted quad at the end as two groups.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string | undefined): string[] =>
    (text ?? "").split(":").filter((part) => part !== "");
  const left = groups(head);
  const right = groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].flatMap((group) =>
    unsignedBytes(BigInt(`0x${group}`), 2, "big"),
  );
}

function endpointBytes(endpoint: {
  readonly address: string;
  readonly port: number;
}): readonly number[] {
  const port = unsignedBytes(BigInt(endpoint.port), 2, "big");
  return endpoint.address.includes(":")
    ? [6, ...ipv6Bytes(endpoint.address), ...port]
    : [4, ...endpoint.address.split(".").map(Number), ...port];
}

function tlvsBytes(
  messages: readonly Message[],
  frames: readonly NestedFrame[],
  protocol: Protocol,
): readonly number[] {
  const { framing } = protocol;
  const bytes = frames.flatMap((frame) => {
    const message = messages.find((one) => one.name === frame.name);
    if (message === undefined) throw new RangeError(`${frame.name} does not stand here`);
    return frameOf(message.tag, fieldsBytes(message.fields, frame.message, protocol), framing);
  });
  const { endType } = framing;
  if (endType === undefined) return bytes;
  const end = framing.bareTypes.includes(endType)
    ? unsignedBytes(BigInt(endType), framing.typeBits / 8, framing.order)
    : frameOf(endType, [], framing);
  return [...bytes, ...end];
}

function namedBytes(type: NamedType, value: unknown, user: Protocol): readonly number[] {
  const protocol = ownerOf(type, user);
  const isInteger = type.kind === "enum" || type.kind === "flags";
  const { order } = (isInteger ? user : protocol).framing;
  switch (type.kind) {
    case "flags":
    case "enum":
      return unsignedBytes(BigInt(value as number), INTEGER_BYTES[type.base], order);
    case "struct":
      return fieldsBytes(type.fields, value as Fields, protocol);
    case "union": {
      const { kind, value: inner } = value as { readonly kind: string; readonly value: Fields };
      const found = type.cases.find((one) => one.name === kind);
      if (found === undefined) throw new RangeError(`${kind} is no case of ${type.name}`);
      const base = unsignedBytes(BigInt(found.value), INTEGER_BYTES[type.base], order);
      return [...base, ...fieldsBytes(found.type.fields, inner, protocol)];
    }
  }
}
