import type { Report } from "../load/diagnostic.ts";
import type { Message, Protocol, SpecModel } from "../model/model.ts";
import { headerBytes, placeOf } from "./parts.ts";
import { bytesOf, bytesOfFields } from "./value-sizes.ts";

/** A message's fields fit its maxBytes, and its largest frame fits the framing's length and the transport. */
export function checkSizes(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    for (const message of protocol.messages) {
      if (protocol.framing.bareTypes.includes(message.tag)) continue;
      checkFields(model, protocol, message, report);
      checkFrame(model, protocol, message, report);
    }
  }
}

function checkFields(model: SpecModel, protocol: Protocol, message: Message, report: Report): void {
  const place = placeOf(model, message, "maxBytes");
  const all = bytesOfFields(message.fields, protocol);
  const maxBytes = message.maxBytes.toString();
  if (message.maxBytes < all.min) {
    const text = `maxBytes of ${message.name} is ${maxBytes}, and its smallest value takes ${all.min.toString()} bytes.`;
    report(place, "size-max-too-small", text, `Raise maxBytes to ${all.min.toString()} or more.`);
    return;
  }
  // Nested frames are many and seldom at their largest together: maxBytes is what bounds them.
  const counted = message.fields.filter((field) => field.type.kind !== "tlvs");
  const max = counted.reduce((sum, field) => sum + bytesOf(field.type, protocol).max, 0);
  if (max <= message.maxBytes || max === Infinity) return;
  const text = `The fields of ${message.name} take up to ${max.toString()} bytes, and maxBytes is ${maxBytes}.`;
  report(
    place,
    "size-max-exceeded",
    text,
    `Raise maxBytes to ${max.toString()}, or lower the max of a field.`,
  );
}

function checkFrame(model: SpecModel, protocol: Protocol, message: Message, report: Report): void {
  const { lengthBits, lengthCounts, alignBytes } = protocol.framing;
  const place = placeOf(model, message, "maxBytes");
  const header = headerBytes(protocol);
  const counted = message.maxBytes + (lengthCounts === "whole" ? header : 0);
  const most = 2 ** lengthBits - 1;
  if (counted > most) {
    const text = `The framing's length counts to ${most.toString()}, and the largest ${message.name} needs ${counted.toString()}.`;
    const remedy = `Lower maxBytes to ${(message.maxBytes - (counted - most)).toString()}.`;
    report(place, "size-over-framing", text, remedy);
  }
  const frame = Math.ceil((header + message.maxBytes) / alignBytes) * alignBytes;
  if (frame > message.transport.maxBytes) {
    const { name, maxBytes } = message.transport;
    const text = `The largest frame of ${message.name} has ${frame.toString()} bytes, and ${name} carries ${maxBytes.toString()}.`;
    const remedy = `Lower maxBytes by ${(frame - maxBytes).toString()}, or take another transport.`;
    report(place, "size-over-transport", text, remedy);
  }
}
