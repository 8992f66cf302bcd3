import type { Message, NamedType, Protocol } from "../model/model.ts";
import { constantCase, generatedPath } from "./names.ts";
import { generatedType, generatedValue } from "./printer.ts";
import type { ImportSymbol } from "./printer.ts";

/** A function or class that is generated for a message or a named type: `encode` of `Telemetry`. */
export function memberOf(
  element: Message | NamedType,
  member: "encode" | "decode" | "read" | "skip" | "create" | "is" | "as",
): ImportSymbol {
  return generatedValue(generatedPath(element.source), `${member}${element.name}`);
}

/** The lazy view class of a message or struct. */
export function viewOf(element: Message | NamedType): ImportSymbol {
  return generatedValue(generatedPath(element.source), `${element.name}View`);
}

/** The interface of a message, struct or union. */
export function typeOf(element: Message | NamedType): ImportSymbol {
  return generatedType(generatedPath(element.source), element.name);
}

/** A constant that is generated for a message: `TELEMETRY_TAG`. */
export function constantOf(
  message: Message,
  suffix: "TAG" | "BYTES_MAX" | "OFFSETS",
): ImportSymbol {
  return generatedValue(generatedPath(message.source), `${constantCase(message.name)}_${suffix}`);
}

/** The framing of a protocol: `CONTROL_FRAMING`. */
export function framingOf(protocol: Protocol): ImportSymbol {
  return generatedValue(`${protocol.folder}/framing.ts`, `${constantCase(protocol.name)}_FRAMING`);
}
