import type { Report } from "../load/diagnostic.ts";
import type { Message, NamedType, SpecModel } from "../model/model.ts";
import { placeOf, protocolOf, typesWithin } from "./parts.ts";

/** No value contains itself: its size would have no bound, and a peer could exhaust the reader's stack. */
export function checkRecursion(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    for (const type of protocol.types) {
      const circle = findCircle<NamedType>(type, typesIn);
      if (circle === undefined) continue;
      const message = `${type.name} contains itself: ${circle.map(({ name }) => name).join(" → ")}.`;
      report(
        type.source,
        "struct-recursive",
        message,
        "Refer to the inner value by a number or name instead.",
      );
    }
    for (const message of protocol.messages) {
      const circle = findCircle<Message>(message, messagesIn);
      if (circle !== undefined) {
        const text = `${message.name} nests itself: ${circle.map(({ name }) => name).join(" → ")}.`;
        report(message.source, "tlv-nested", text, "Nest other messages.");
      }
      checkNested(model, message, report);
    }
  }
}

/** Frames inside a value are read with the framing of the message around them. */
function checkNested(model: SpecModel, message: Message, report: Report): void {
  const outer = JSON.stringify(protocolOf(model, message)?.framing);
  for (const field of message.fields) {
    if (field.type.kind !== "tlvs") continue;
    for (const nested of field.type.messages) {
      if (JSON.stringify(protocolOf(model, nested)?.framing) === outer) continue;
      const text = `${field.name} nests ${nested.name} of ${nested.protocol}, whose framing differs from that of ${message.protocol}.`;
      report(
        placeOf(model, field, "type/tlvs"),
        "tlv-nested",
        text,
        "Nest messages of protocols with the same framing.",
      );
    }
  }
}

/** A way from an element back to itself, both ends included. */
function findCircle<T>(start: T, partsOf: (element: T) => readonly T[]): readonly T[] | undefined {
  const seen = new Set<T>();
  const visit = (element: T, path: readonly T[]): readonly T[] | undefined => {
    for (const part of partsOf(element)) {
      if (part === start) return [...path, part];
      if (seen.has(part)) continue;
      seen.add(part);
      const circle = visit(part, [...path, part]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return visit(start, [start]);
}

function typesIn(type: NamedType): readonly NamedType[] {
  if (type.kind === "union") return type.cases.map((unionCase) => unionCase.type);
  if (type.kind !== "struct") return [];
  return type.fields
    .flatMap((field) => typesWithin(field.type))
    .flatMap((inner) => (inner.kind === "named" ? [inner.type] : []));
}

function messagesIn(message: Message): readonly Message[] {
  return message.fields.flatMap((field) => (field.type.kind === "tlvs" ? field.type.messages : []));
}
