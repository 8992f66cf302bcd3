import type { Field, IntegerType, ValueType } from "../model/model.ts";
import { integerBounds, isIntegerType } from "../model/integers.ts";
import type { Report } from "./diagnostic.ts";
import type { Document, Path } from "./document.ts";
import type { RawField, RawType, RawTypeObject } from "./raw-documents.ts";
import type { Scope } from "./scope.ts";

/** What resolving fields needs besides them. */
export interface FieldContext {
  readonly document: Document;
  readonly scope: Scope;
  readonly report: Report;
}

/** @returns undefined if a field cannot be resolved; every problem is reported. */
export function resolveFields(
  context: FieldContext,
  raw: readonly RawField[] | undefined,
  path: Path,
): readonly Field[] | undefined {
  const fields = (raw ?? []).map((field, index) => resolveField(context, field, [...path, index]));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function resolveField(context: FieldContext, raw: RawField, path: Path): Field | undefined {
  const bounds: Bounds = {
    as: raw.as,
    min: readInteger(context, [...path, "min"], raw.min, raw.as),
    max: readInteger(context, [...path, "max"], raw.max, raw.as),
  };
  const resolver = new TypeResolver(context, bounds);
  const type = resolver.resolve(raw.type, [...path, "type"]);
  const isSound = type !== undefined && boundsApply(context, raw, path, resolver.integers);
  if (!isSound) return undefined;
  return {
    name: raw.name,
    doc: raw.doc,
    source: context.document.placeOf(path),
    type,
    unit: raw.unit,
    since: raw.since ?? 1,
    sensitive: raw.sensitive ?? false,
  };
}

interface Bounds {
  readonly as: "number" | "bigint" | undefined;
  readonly min: number | bigint | undefined;
  readonly max: number | bigint | undefined;
}

/** min, max and as belong to integers: the field's own type, or that of a list's elements. */
function boundsApply(
  context: FieldContext,
  raw: RawField,
  path: Path,
  integers: readonly IntegerType[],
): boolean {
  let isSound = true;
  for (const member of ["min", "max", "as"] as const) {
    if (raw[member] === undefined) continue;
    const is64 = integers.some((type) => type.endsWith("64"));
    if (member === "as" ? is64 : integers.length > 0) continue;
    const applies = member === "as" ? "64-bit integers" : "integers";
    const message = `${member} applies to ${applies} only, and ${raw.name} is none.`;
    const place = context.document.placeOfKey([...path, member]);
    context.report(place, "field-bounds-misplaced", message, `Remove ${member}.`);
    isSound = false;
  }
  return isSound;
}

/** JSON numbers beyond 2^53 are read from the text, so that a bigint's bound is exact. */
function readInteger(
  context: FieldContext,
  path: Path,
  value: number | undefined,
  as: "number" | "bigint" | undefined,
): number | bigint | undefined {
  if (value === undefined || as !== "bigint") return value;
  const text = context.document.textOf(path);
  return /^-?\d+$/.test(text) ? BigInt(text) : BigInt(value);
}

class TypeResolver {
  /** The integer types met, whose bounds the field's min and max are. */
  readonly integers: IntegerType[] = [];
  readonly #context: FieldContext;
  readonly #bounds: Bounds;

  constructor(context: FieldContext, bounds: Bounds) {
    this.#context = context;
    this.#bounds = bounds;
  }

  resolve(raw: RawType, path: Path): ValueType | undefined {
    return typeof raw === "string" ? this.#named(raw, path) : this.#composed(raw, path);
  }

  #named(name: string, path: Path): ValueType | undefined {
    if (isIntegerType(name)) return this.#integer(name);
    switch (name) {
      case "f32":
      case "f64":
        return { kind: "float", type: name };
      case "bool":
      case "mac":
      case "ipv4":
      case "ipv6":
      case "endpoint":
        return { kind: name };
      default: {
        const { document, scope } = this.#context;
        const type = scope.find("type", name, document.placeOf(path));
        return type && { kind: "named", type };
      }
    }
  }

  #integer(type: IntegerType): ValueType {
    this.integers.push(type);
    const as = type.endsWith("64") ? (this.#bounds.as ?? "number") : "number";
    const whole = integerBounds(type, as);
    return {
      kind: "integer",
      type,
      as,
      min: this.#bounds.min ?? whole.min,
      max: this.#bounds.max ?? whole.max,
    };
  }

  #composed(raw: RawTypeObject, path: Path): ValueType | undefined {
    const { bytes, string, list, rest, tlvs } = raw;
    const contents = [bytes, string, list, rest, tlvs].filter((content) => content !== undefined);
    const takesMax = rest !== undefined || tlvs !== undefined;
    if (contents.length !== 1 || takesMax !== (raw.max !== undefined)) {
      this.#misshapen(raw, path, contents.length);
      return undefined;
    }
    const max = raw.max ?? 0;
    if (typeof bytes === "number") return { kind: "fixedBytes", bytes };
    if (bytes !== undefined) return { kind: "bytes", length: bytes.length, maxBytes: bytes.max };
    if (string !== undefined)
      return { kind: "string", length: string.length, maxBytes: string.max };
    if (rest === "bytes") return { kind: "restBytes", maxBytes: max };
    if (rest === "string") return { kind: "restString", maxBytes: max };
    if (tlvs !== undefined) return this.#tlvs(tlvs, [...path, "tlvs"], max);
    if (list !== undefined) {
      const of = this.resolve(list.of, [...path, "list", "of"]);
      return of && { kind: "list", of, count: list.count, max: list.max };
    }
    const of = rest && this.resolve(rest.list, [...path, "rest", "list"]);
    return of && { kind: "restList", of, max };
  }

  #tlvs(names: readonly string[], path: Path, max: number): ValueType | undefined {
    const { document, scope } = this.#context;
    const messages = names.map((name, index) =>
      scope.find("message", name, document.placeOf([...path, index])),
    );
    if (!messages.every((message) => message !== undefined)) return undefined;
    return { kind: "tlvs", messages, max };
  }

  #misshapen(raw: RawTypeObject, path: Path, contents: number): void {
    const { document, report } = this.#context;
    const message =
      contents !== 1
        ? `A type has exactly one of bytes, string, list, rest, tlvs; this one has ${contents.toString()}.`
        : raw.max === undefined
          ? "What takes the rest of the value needs a max."
          : "max stands inside of bytes, string and list; beside them it means nothing.";
    const remedy =
      'For example {"bytes": 16}, {"string": {"length": "u8", "max": 64}} or {"rest": "bytes", "max": 1024}.';
    report(document.placeOf(path), "type-shape", message, remedy);
  }
}
