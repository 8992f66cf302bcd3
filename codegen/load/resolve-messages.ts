import type { Field, Message, TagRange } from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import type { RawMessage, RawMessages } from "./raw-documents.ts";
import { resolveFields } from "./resolve-fields.ts";
import type { Scope } from "./scope.ts";
import { elementsOf } from "./sound-document.ts";
import type { RawElement, SoundDocument } from "./sound-document.ts";

/** Messages that are defined, and how to fill their fields. */
export interface DeclaredMessages {
  readonly messages: readonly Message[];
  /** Resolves the fields; returns the messages that have a problem. Call it once all messages are defined. */
  readonly fill: () => readonly Message[];
}

/** What messages are resolved against besides the names in scope. */
export interface MessageContext {
  readonly scope: Scope;
  readonly report: Report;
  /** Ranges of the protocol's tag space; undefined if some could not be read. */
  readonly ranges: readonly TagRange[] | undefined;
  readonly space: string;
}

/** Defines the messages of a document in the scope; their fields stay empty until they are filled. */
export function declareMessages(sound: SoundDocument, context: MessageContext): DeclaredMessages {
  const { scope, report } = context;
  const { document } = sound;
  const messages: Message[] = [];
  const fills: (() => Message | undefined)[] = [];
  for (const element of elementsOf(sound, ["messages"], (document.value as RawMessages).messages)) {
    const { raw, name, path, place } = element;
    const fields: Field[] = [];
    const message = raw && declareMessage(sound, context, element, fields);
    const isFree = scope.define("message", name, message, place);
    if (raw === undefined || message === undefined || !isFree) {
      // What the fields name is still worth looking at: an author mends all in one go.
      if (raw !== undefined)
        fills.push(
          () => void resolveFields({ document, scope, report }, raw.fields, [...path, "fields"]),
        );
      continue;
    }
    messages.push(message);
    fills.push(() => {
      const resolved = resolveFields({ document, scope, report }, raw.fields, [...path, "fields"]);
      fields.push(...(resolved ?? []));
      return resolved === undefined ? message : undefined;
    });
  }
  return {
    messages,
    fill: () => fills.map((fill) => fill()).filter((message) => message !== undefined),
  };
}

function declareMessage(
  sound: SoundDocument,
  context: MessageContext,
  element: RawElement<RawMessage>,
  fields: readonly Field[],
): Message | undefined {
  const { raw, name, path, place } = element;
  if (raw === undefined) return undefined;
  const { document } = sound;
  const { scope } = context;
  const areRolesKnown = (["from", "to"] as const).map((member) =>
    raw[member].map((role, index) =>
      scope.find("role", role, document.placeOf([...path, member, index])),
    ),
  );
  const transport = scope.find(
    "transport",
    raw.transport,
    document.placeOf([...path, "transport"]),
  );
  const range = findRange(sound, context, element);
  if (transport === undefined || range === undefined || areRolesKnown.flat().includes(undefined))
    return undefined;
  return {
    name,
    doc: raw.doc,
    source: place,
    protocol: scope.protocol,
    tag: raw.tag,
    range,
    from: raw.from,
    to: raw.to,
    transport,
    protection: raw.protection,
    maxBytes: raw.maxBytes,
    since: raw.since ?? 1,
    fields,
  };
}

function findRange(
  sound: SoundDocument,
  context: MessageContext,
  element: RawElement<RawMessage>,
): TagRange | undefined {
  const tag = element.raw?.tag ?? 0;
  const { ranges, space, report } = context;
  if (ranges === undefined) return undefined;
  const range = ranges.find((candidate) => candidate.from <= tag && tag <= candidate.to);
  if (range === undefined) {
    const known = ranges.map(({ name, from, to }) => `${name} ${from.toString()}–${to.toString()}`);
    const message = `Tag ${tag.toString()} of ${element.name} is in no range of the tag space ${space}.`;
    const remedy =
      known.length === 0
        ? `Add a range of the space ${space} to tag-ranges.json.`
        : `Take a tag of one of: ${known.join(", ")}; or add a range to tag-ranges.json.`;
    report(sound.document.placeOf([...element.path, "tag"]), "tag-outside-ranges", message, remedy);
  }
  return range;
}
