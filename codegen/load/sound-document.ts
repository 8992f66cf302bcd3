import type { Place, Report } from "./diagnostic.ts";
import { pointerOf } from "./document.ts";
import type { Document, Path } from "./document.ts";
import type { DocumentKind } from "./document-kind.ts";
import type { FoundDocument } from "./read-folder.ts";
import { validateDocument } from "./validate.ts";

/** A document whose shape is known: all of it sound, or all but some of its named elements. */
export interface SoundDocument {
  readonly kind: DocumentKind;
  readonly document: Document;
  readonly protocol: string | undefined;
  /** JSON pointers of elements (messages, types, ranges …) that are not as they should be and must not be read. */
  readonly broken: ReadonlySet<string>;
}

/** Where the elements of a document stand that can be broken without breaking it all. */
const ELEMENTS: ReadonlyMap<DocumentKind, readonly string[]> = new Map([
  ["tag-ranges", ["ranges"]],
  ["protocol", ["roles", "transports", "limits"]],
  ["types", ["types"]],
  ["messages", ["messages"]],
]);

/** @returns undefined if nothing of the document can be used; the problems are reported either way. */
export function soundDocument(found: FoundDocument, report: Report): SoundDocument | undefined {
  const { kind, document, protocol } = found;
  const members: readonly unknown[] = ELEMENTS.get(kind) ?? [];
  const broken = new Set<string>();
  for (const path of validateDocument(document, kind, report)) {
    if (path.length < 2 || !members.includes(path[0])) return undefined;
    broken.add(pointerOf(path.slice(0, 2)));
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
    const isBroken = sound.broken.has(pointerOf(at));
    return {
      name,
      path: at,
      place: sound.document.placeOfKey(at),
      raw: isBroken ? undefined : raw,
    };
  });
}
