import type { Place, Report } from "./diagnostic.ts";
import type { Document, Path } from "./document.ts";
import type { DocumentKind } from "./document-kind.ts";
import type { FoundDocument } from "./read-folder.ts";
import { validateDocument } from "./validate.ts";

/** A document whose shape is known: all of it sound, or all but some of its named elements. */
export interface SoundDocument {
  readonly kind: DocumentKind;
  readonly document: Document;
  readonly protocol: string | undefined;
  /** Elements (messages, types, ranges) that are not as they should be and must not be read. */
  readonly broken: ReadonlySet<string>;
}

/** Where the elements of a document stand that can be broken without breaking it all. */
const ELEMENTS: ReadonlyMap<DocumentKind, string> = new Map([
  ["tag-ranges", "ranges"],
  ["types", "types"],
  ["messages", "messages"],
]);

/** @returns undefined if nothing of the document can be used; the problems are reported either way. */
export function soundDocument(found: FoundDocument, report: Report): SoundDocument | undefined {
  const { kind, document, protocol } = found;
  const member = ELEMENTS.get(kind);
  const broken = new Set<string>();
  for (const path of validateDocument(document, kind, report)) {
    const name = path[1];
    if (member === undefined || path[0] !== member || typeof name !== "string") return undefined;
    broken.add(name);
  }
  return { kind, document, protocol, broken };
}

/** One named element of a document. */
export interface RawElement<T> {
  readonly name: string;
  readonly path: Path;
  readonly place: Place;
  /** Undefined if the element's shape is broken. */
  readonly raw: T | undefined;
}

/** The elements of a map of a document, in its order. */
export function elementsOf<T>(
  sound: SoundDocument,
  path: Path,
  elements: Readonly<Record<string, T>> | undefined,
): readonly RawElement<T>[] {
  return Object.entries(elements ?? {}).map(([name, raw]) => {
    const at = [...path, name];
    const isBroken = path.length === 1 && sound.broken.has(name);
    return {
      name,
      path: at,
      place: sound.document.placeOfKey(at),
      raw: isBroken ? undefined : raw,
    };
  });
}
