import type { Report } from "../load/diagnostic.ts";
import type { Element, Field, Message, Protocol, SpecModel } from "../model/model.ts";
import { fieldOwnersOf, placeOf, takesRest } from "./parts.ts";
import { bytesOf } from "./value-sizes.ts";

/** Fields are appended in the order of versions, where a reader can tell a missing one from a present one. */
export function checkSince(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    const methods = protocol.services.flatMap((service) => service.methods);
    for (const element of [...protocol.messages, ...methods])
      checkVersion(model, protocol, element, report);
    for (const message of protocol.messages) checkMessage(model, protocol, message, report);
  }
  for (const { kind, owner, fields } of fieldOwnersOf(model)) {
    if (kind === "message") continue;
    for (const field of fields.filter(({ since }) => since > 1)) {
      const message = `${field.name} of ${owner.name} has a since, and only a message's fields may be missing.`;
      const remedy =
        kind === "struct"
          ? "Append the field to the messages, or add a new struct."
          : "Remove since.";
      report(placeOf(model, field, "since"), "since-misplaced", message, remedy);
    }
  }
}

function checkMessage(
  model: SpecModel,
  protocol: Protocol,
  message: Message,
  report: Report,
): void {
  let latest: Field | undefined;
  for (const field of message.fields) {
    const place = placeOf(model, field, "since");
    const since = field.since.toString();
    checkVersion(model, protocol, field, report);
    if (latest !== undefined && field.since < latest.since) {
      const text = `${field.name} is of version ${since} and stands after ${latest.name} of version ${latest.since.toString()}.`;
      report(place, "since-backwards", text, "Append fields at the end, in the order of versions.");
    }
    if (field.since > 1 && field.since <= message.since) {
      const text = `${field.name} has since ${since}, and ${message.name} itself came with version ${message.since.toString()}.`;
      report(place, "since-needless", text, "Remove since from the field: it is always there.");
    } else if (field.since > 1 && isAmbiguous(field, protocol)) {
      const text = `${field.name} may take no bytes, so that a reader cannot tell it from a missing one.`;
      report(
        place,
        "since-misplaced",
        text,
        "Give it a length or count, or put it into a new message.",
      );
    }
    latest = field.since >= (latest?.since ?? 0) ? field : latest;
  }
}

function isAmbiguous(field: Field, protocol: Protocol): boolean {
  return takesRest(field.type) || bytesOf(field.type, protocol).min === 0;
}

function checkVersion(
  model: SpecModel,
  protocol: Protocol,
  element: Element & { readonly since: number },
  report: Report,
): void {
  if (element.since <= protocol.version) return;
  const text = `${element.name} is of version ${element.since.toString()}, and the protocol ${protocol.name} of version ${protocol.version.toString()}.`;
  report(
    placeOf(model, element, "since"),
    "since-future",
    text,
    "Raise the version in protocol.json.",
  );
}
