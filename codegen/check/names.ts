import type { Report } from "../load/diagnostic.ts";
import type { Element, SpecModel } from "../model/model.ts";
import { fieldOwnersOf, placeOf } from "./parts.ts";
import { LANGUAGE_TYPES, LANGUAGE_WORDS, VIEW_MEMBERS } from "./reserved-names.ts";

/** Names are not retired, and hide nothing that generated code needs. */
export function checkNames(model: SpecModel, report: Report): void {
  for (const protocol of model.protocols) {
    const named = [...protocol.messages, ...protocol.types];
    for (const element of named.filter(({ name }) => protocol.retired.names.includes(name))) {
      const text = `The name ${element.name} is retired: it once meant something else.`;
      report(element.source, "name-retired", text, "Take another name.");
    }
    const shapes = [...protocol.services, ...(protocol.http === undefined ? [] : [protocol.http])];
    for (const element of [...named, ...shapes.flatMap(({ schemas }) => schemas)]) {
      if (LANGUAGE_TYPES.has(element.name))
        reportReserved(element, "a type that generated code uses", report);
    }
  }
  for (const { kind, fields } of fieldOwnersOf(model)) {
    for (const field of fields) {
      const isMember = kind !== "data" && VIEW_MEMBERS.has(field.name);
      if (!isMember && !LANGUAGE_WORDS.has(field.name)) continue;
      const what = isMember ? "a member of every generated view" : "a word of the language";
      reportReserved({ ...field, source: placeOf(model, field, "name") }, what, report);
    }
  }
}

function reportReserved(
  element: Pick<Element, "name" | "source">,
  what: string,
  report: Report,
): void {
  const text = `The name ${element.name} is taken: it is ${what}.`;
  report(element.source, "name-reserved", text, "Take a longer name that says more.");
}
