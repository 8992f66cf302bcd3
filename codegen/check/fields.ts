import type { Report } from "../load/diagnostic.ts";
import { integerBits, integerBounds } from "../model/integers.ts";
import type { Field, SpecModel, ValueType } from "../model/model.ts";
import { duplicatesOf, fieldOwnersOf, placeOf, takesRest, typesWithin } from "./parts.ts";
import type { FieldOwner } from "./parts.ts";
import { bytesOf } from "./value-sizes.ts";

/** Fields have names of their own, bounds their types can hold, and nothing after the rest of the value. */
export function checkFields(model: SpecModel, report: Report): void {
  for (const owner of fieldOwnersOf(model)) {
    for (const [field] of duplicatesOf(owner.fields, ({ name }) => name)) {
      const message = `${owner.owner.name} has two fields ${field.name}.`;
      report(placeOf(model, field, "name"), "field-twice", message, "Rename one of the two.");
    }
    if (owner.kind !== "data") checkRest(model, owner, report);
    for (const field of owner.fields) {
      for (const type of typesWithin(field.type)) checkType({ model, field, owner, report }, type);
    }
  }
}

function checkRest(model: SpecModel, owner: FieldOwner, report: Report): void {
  const rest = owner.fields.findIndex((field) => takesRest(field.type));
  const first = owner.fields[rest];
  if (first === undefined) return;
  if (owner.kind === "struct") {
    const message = `${first.name} takes the rest of the value, and ${owner.owner.name} is a struct, which may stand anywhere.`;
    const remedy = "Give it a length or count, or move it to the message.";
    report(placeOf(model, first, "type"), "rest-nested", message, remedy);
  }
  for (const field of owner.fields.slice(rest + 1)) {
    const message = `${field.name} stands after ${first.name}, which takes the rest of the value.`;
    report(
      field.source,
      "field-after-rest",
      message,
      `Move it before ${first.name}, or give that a length.`,
    );
  }
}

interface TypeContext {
  readonly model: SpecModel;
  readonly field: Field;
  readonly owner: FieldOwner;
  readonly report: Report;
}

function checkType(context: TypeContext, type: ValueType): void {
  const { model, field, owner, report } = context;
  const place = placeOf(model, field, "type");
  switch (type.kind) {
    case "integer":
      checkBounds(context, type);
      break;
    case "bytes":
    case "string":
      checkLength(context, type.length, type.maxBytes);
      break;
    case "list":
      checkLength(context, type.count, type.max);
      break;
    case "restList":
      if (bytesOf(type.of, owner.protocol).min === 0) {
        const message = `The elements of ${field.name} may take no bytes, so that a reader finds no end.`;
        report(
          place,
          "element-empty",
          message,
          "Give the element a field that is always there, or use a list with a count.",
        );
      }
      break;
    default:
      break;
  }
  if ((type.kind === "list" || type.kind === "restList") && takesRest(type.of)) {
    const message = `The elements of ${field.name} take the rest of the value, so that there is one at most.`;
    report(place, "rest-nested", message, "Give the element a length or count.");
  }
}

function checkBounds(
  { model, field, report }: TypeContext,
  type: ValueType & { readonly kind: "integer" },
): void {
  const whole = integerBounds(type.type, type.as);
  const text = `${whole.min.toString()} … ${whole.max.toString()}`;
  for (const member of ["min", "max"] as const) {
    if (type[member] >= whole.min && type[member] <= whole.max) continue;
    const message = `${member} of ${field.name} is ${type[member].toString()}, and ${type.type} holds ${text}.`;
    const remedy =
      type.type.endsWith("64") && type.as === "number"
        ? 'Use "as": "bigint", or a smaller bound.'
        : "Take a wider type, or a bound that it holds.";
    report(placeOf(model, field, member), "bounds-outside-type", message, remedy);
  }
  if (type.min > type.max) {
    const message = `min of ${field.name} is ${type.min.toString()}, above max ${type.max.toString()}.`;
    report(placeOf(model, field, "min"), "bounds-reversed", message, "Swap them.");
  }
}

function checkLength(
  { model, field, report }: TypeContext,
  length: "u8" | "u16" | "u32",
  max: number,
): void {
  const most = 2 ** integerBits(length) - 1;
  if (max <= most) return;
  const message = `${field.name} may hold ${max.toString()}, and its ${length} counts to ${most.toString()}.`;
  report(
    placeOf(model, field, "type"),
    "length-too-small",
    message,
    "Take a wider length, or a smaller max.",
  );
}
