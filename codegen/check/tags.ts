import type { Report } from "../load/diagnostic.ts";
import type { Message, Protocol, SpecModel } from "../model/model.ts";
import { duplicatesOf, placeOf, told } from "./parts.ts";

/** A tag belongs to one message of its tag space for ever, and fits the framing. */
export function checkTags(model: SpecModel, report: Report): void {
  for (const protocols of Map.groupBy(model.protocols, ({ space }) => space).values()) {
    const messages = protocols.flatMap((protocol) => protocol.messages);
    for (const [message, first] of duplicatesOf(messages, ({ tag }) => tag)) {
      const text = `Tag ${message.tag.toString()} of ${message.name} is taken by ${first.name} (${told(first)}).`;
      const remedy = `The next free tag of the range ${message.range.name} is ${nextFree(message, protocols)}.`;
      report(placeOf(model, message, "tag"), "tag-twice", text, remedy);
    }
    const retired = new Set(protocols.flatMap((protocol) => protocol.retired.tags));
    for (const message of messages.filter(({ tag }) => retired.has(tag))) {
      const text = `Tag ${message.tag.toString()} of ${message.name} is retired: older parties know it as something else.`;
      const remedy = `The next free tag of the range ${message.range.name} is ${nextFree(message, protocols)}.`;
      report(placeOf(model, message, "tag"), "tag-retired", text, remedy);
    }
  }
  for (const protocol of model.protocols) checkFits(model, protocol, report);
}

function checkFits(model: SpecModel, protocol: Protocol, report: Report): void {
  const { typeBits, endType, bareTypes } = protocol.framing;
  for (const message of protocol.messages) {
    const place = placeOf(model, message, "tag");
    const tag = message.tag.toString();
    if (message.tag >= 2 ** typeBits) {
      const text = `Tag ${tag} of ${message.name} does not fit the framing's type of ${typeBits.toString()} bits.`;
      report(place, "tag-too-wide", text, `Take a tag below ${(2 ** typeBits).toString()}.`);
    }
    if (message.tag === endType) {
      const text = `Tag ${tag} of ${message.name} is the framing's end type: a reader stops at it.`;
      report(place, "tag-taken", text, "Take another tag.");
    }
    if (bareTypes.includes(message.tag) && message.fields.length > 0) {
      const text = `${message.name} has fields, and its tag ${tag} stands alone, without length and value.`;
      const remedy = "Remove the fields, or the tag from the framing's bareTypes.";
      report(placeOf(model, message, "fields"), "bare-message-fields", text, remedy);
    }
  }
}

function nextFree(message: Message, protocols: readonly Protocol[]): string {
  const taken = new Set(
    protocols.flatMap(({ messages, retired }) => [
      ...messages.map(({ tag }) => tag),
      ...retired.tags,
    ]),
  );
  let tag = message.range.from;
  while (taken.has(tag)) tag += 1;
  return tag <= message.range.to ? tag.toString() : "not there: the range is full";
}
