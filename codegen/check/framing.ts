import type { Report } from "../load/diagnostic.ts";
import type { Protocol, SpecModel } from "../model/model.ts";
import { headerBytes, placeOf } from "./parts.ts";

const WIDTHS: readonly number[] = [16, 24, 32, 48, 64];

/** A framing can be read and written: whole widths, types that fit, a header of whole bytes. */
export function checkFraming(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    checkWidths(model, protocol, report);
    checkHeader(model, protocol, report);
    for (const transport of protocol.transports) {
      if (transport.maxBytes >= headerBytes(protocol)) continue;
      const message = `The transport ${transport.name} carries at most ${transport.maxBytes.toString()} bytes, less than the header of a frame.`;
      report(
        placeOf(model, transport, "maxBytes"),
        "framing-transport",
        message,
        "Raise maxBytes.",
      );
    }
  }
}

function checkWidths(model: SpecModel, protocol: Protocol, report: Report): void {
  const { typeBits, lengthBits, endType, bareTypes } = protocol.framing;
  const bits = typeBits + lengthBits;
  if (!WIDTHS.includes(bits)) {
    const message = `Type and length have ${bits.toString()} bits together.`;
    const remedy = `Together they must have ${WIDTHS.join(", ")} bits.`;
    report(placeOf(model, protocol, "framing"), "framing-width", message, remedy);
  }
  const special = [
    ...bareTypes.map((type, index) => ({ type, member: `framing/bareTypes/${index.toString()}` })),
    ...(endType === undefined ? [] : [{ type: endType, member: "framing/endType" }]),
  ];
  for (const { type, member } of special.filter(({ type }) => type >= 2 ** typeBits)) {
    const message = `The type ${type.toString()} does not fit ${typeBits.toString()} bits.`;
    const remedy = `Take one below ${(2 ** typeBits).toString()}.`;
    report(placeOf(model, protocol, member), "framing-type-too-wide", message, remedy);
  }
}

function checkHeader(model: SpecModel, protocol: Protocol, report: Report): void {
  const { header } = protocol.framing;
  const bits = header.reduce((sum, field) => sum + field.bits, 0);
  if (bits % 8 !== 0) {
    const message = `The header has ${bits.toString()} bits, which are no whole bytes.`;
    report(
      placeOf(model, protocol, "framing/header"),
      "framing-header",
      message,
      "Add a field for the rest.",
    );
  }
  let offset = 0;
  for (const field of header) {
    const start = offset;
    offset += field.bits;
    if (field.bits > 64 && (field.bits % 8 !== 0 || start % 8 !== 0)) {
      const message = `The header field ${field.name} has more than 64 bits and does not stand on whole bytes.`;
      report(
        placeOf(model, field, "bits"),
        "framing-header",
        message,
        "Fields above 64 bits are bytes.",
      );
    }
    if (field.constant !== undefined && field.constant >= 2 ** field.bits) {
      const message = `The constant of ${field.name} does not fit ${field.bits.toString()} bits.`;
      report(
        placeOf(model, field, "constant"),
        "framing-header",
        message,
        "Take a smaller one, or more bits.",
      );
    }
    if (field.constant !== undefined && field.counts !== undefined) {
      const message = `The header field ${field.name} cannot be constant and count bytes.`;
      report(placeOf(model, field, "counts"), "framing-header", message, "Remove one of the two.");
    }
  }
  for (const field of header.filter(({ counts }) => counts !== undefined).slice(1)) {
    const message = `A field before ${field.name} counts the bytes already.`;
    report(placeOf(model, field, "counts"), "framing-header", message, "Keep one counting field.");
  }
}
