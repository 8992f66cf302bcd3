import type {
  Element,
  EnumType,
  Field,
  FlagsType,
  NamedType,
  StructType,
  UnionType,
} from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import { pathOf } from "./document.ts";
import type { Path } from "./document.ts";
import type { RawNamedType, RawTypes } from "./raw-documents.ts";
import { resolveFields } from "./resolve-fields.ts";
import type { FieldContext } from "./resolve-fields.ts";
import type { Scope } from "./scope.ts";
import { elementsOf } from "./sound-document.ts";
import type { RawElement, SoundDocument } from "./sound-document.ts";

/** Types that are defined, and how to fill those that name others. */
export interface DeclaredTypes {
  readonly types: readonly NamedType[];
  /** Resolves what the types name; returns those that have a problem. Call it once all types are defined. */
  readonly fill: () => readonly NamedType[];
}

/** Defines the types of types.json in the scope; structs and unions stay empty until they are filled. */
export function declareTypes(sound: SoundDocument, scope: Scope, report: Report): DeclaredTypes {
  const { document } = sound;
  const context: FieldContext = { document, scope, report };
  const types: NamedType[] = [];
  const fills: (() => NamedType | undefined)[] = [];
  for (const element of elementsOf(sound, ["types"], (document.value as RawTypes).types)) {
    const declared = declareType(context, element, sound);
    const isFree = scope.define("type", element.name, declared?.type, element.place);
    if (declared === undefined || !isFree) continue;
    types.push(declared.type);
    fills.push(() => (declared.fill() ? undefined : declared.type));
  }
  return {
    types,
    fill: () => fills.map((fill) => fill()).filter((type) => type !== undefined),
  };
}

interface Declared {
  readonly type: NamedType;
  /** Resolves what the type names; false if there is a problem. */
  readonly fill: () => boolean;
}

function declareType(
  context: FieldContext,
  element: RawElement<RawNamedType>,
  sound: SoundDocument,
): Declared | undefined {
  const { raw, name, path, place } = element;
  if (raw === undefined) return undefined;
  const head = { name, doc: raw.doc, source: place, protocol: context.scope.protocol };
  switch (raw.kind) {
    case "enum": {
      const values = named(sound, [...path, "values"], raw.values);
      const type: EnumType = {
        ...head,
        kind: "enum",
        base: raw.base,
        open: raw.open ?? false,
        values,
      };
      return { type, fill: () => true };
    }
    case "flags": {
      const type: FlagsType = {
        ...head,
        kind: "flags",
        base: raw.base,
        bits: named(sound, [...path, "bits"], raw.bits),
      };
      return { type, fill: () => true };
    }
    case "struct": {
      const fields: Field[] = [];
      const type: StructType = { ...head, kind: "struct", fields };
      const fill = (): boolean => {
        const resolved = resolveFields(context, raw.fields, [...path, "fields"]);
        fields.push(...(resolved ?? []));
        return resolved !== undefined;
      };
      return { type, fill };
    }
    case "union": {
      const cases: UnionType["cases"][number][] = [];
      const type: UnionType = { ...head, kind: "union", base: raw.base, cases };
      return {
        type,
        fill: () => fillCases(context, cases, named(sound, [...path, "cases"], raw.cases)),
      };
    }
  }
}

function fillCases(
  context: FieldContext,
  cases: UnionType["cases"][number][],
  raw: readonly (Element & { readonly value: number; readonly type: string })[],
): boolean {
  for (const element of raw) {
    const place = context.document.placeOf([...pathOf(element.source.pointer), "type"]);
    const type = context.scope.find("type", element.type, place);
    if (type?.kind === "struct") {
      cases.push({ ...element, type });
    } else if (type !== undefined) {
      const message = `The case ${element.name} names ${type.name}, which is of kind ${type.kind}, not a struct.`;
      context.report(
        place,
        "case-not-struct",
        message,
        "Put the value into a struct with one field.",
      );
    }
  }
  return cases.length === raw.length;
}

function named<T extends { readonly doc: string }>(
  sound: SoundDocument,
  path: Path,
  elements: Readonly<Record<string, T>>,
): readonly (Element & T)[] {
  return elementsOf(sound, path, elements).flatMap(({ name, place, raw }) =>
    raw === undefined ? [] : [{ ...raw, name, source: place }],
  );
}
