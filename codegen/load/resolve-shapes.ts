import type { Element, JsonSchema } from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import type { Path } from "./document.ts";
import { suggestName } from "./nearest-name.ts";
import { elementsOf } from "./sound-document.ts";
import type { SoundDocument } from "./sound-document.ts";

/** The shared JSON shapes of a document. */
export function resolveShapes(
  sound: SoundDocument,
  raw: Readonly<Record<string, { readonly doc: string; readonly schema: JsonSchema }>> | undefined,
): readonly (Element & { readonly schema: JsonSchema })[] {
  return elementsOf(sound, ["schemas"], raw).flatMap(({ name, place, raw: shape }) =>
    shape === undefined ? [] : [{ name, doc: shape.doc, source: place, schema: shape.schema }],
  );
}

/** Reports each `$ref` below `path` that names no shared shape; true if there is none. */
export function shapeRefsAreKnown(
  sound: SoundDocument,
  path: Path,
  shapes: readonly Element[],
  report: Report,
): boolean {
  const known = shapes.map((shape) => shape.name);
  const root = path.reduce<unknown>((value, step) => memberOf(value, step), sound.document.value);
  let areKnown = true;
  visitRefs(root, path, (ref, at) => {
    const name = ref.split("/").at(-1) ?? "";
    if (known.includes(name)) return;
    areKnown = false;
    report(
      sound.document.placeOf(at),
      "unknown-schema",
      `There is no shared shape ${name}.`,
      suggestName(name, known),
    );
  });
  return areKnown;
}

/** Members whose content is data, in which a `$ref` would refer to nothing. */
const DATA_MEMBERS: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

function visitRefs(value: unknown, path: Path, visit: (ref: string, path: Path) => void): void {
  if (typeof value !== "object" || value === null) return;
  for (const [member, child] of Object.entries(value)) {
    // A property that happens to be called $ref or default holds a shape, not a text or data.
    const isProperty = path.at(-1) === "properties";
    if (member === "$ref" && typeof child === "string") visit(child, [...path, member]);
    else if (isProperty || !DATA_MEMBERS.has(member)) visitRefs(child, [...path, member], visit);
  }
}

function memberOf(value: unknown, step: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[step];
}
