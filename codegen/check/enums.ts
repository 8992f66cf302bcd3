import type { Report } from "../load/diagnostic.ts";
import { integerBits } from "../model/integers.ts";
import type { Element, NamedType, SpecModel } from "../model/model.ts";
import { duplicatesOf, placeOf } from "./parts.ts";

/** Values, bits and cases have numbers of their own that fit the base. */
export function checkEnums(model: SpecModel, report: Report): void {
  for (const type of model.protocols.flatMap((protocol) => protocol.types)) {
    const { numbers, limit, member } = numbersOf(type);
    for (const [entry, first] of duplicatesOf(numbers, ({ number }) => number)) {
      const message = `${entry.element.name} of ${type.name} has the ${member} ${entry.number.toString()}, which ${first.element.name} has.`;
      report(
        placeOf(model, entry.element, member),
        "enum-value-twice",
        message,
        "Give each its own.",
      );
    }
    for (const { element, number } of numbers.filter((entry) => entry.number >= limit)) {
      const message = `${element.name} of ${type.name} has the ${member} ${number.toString()}, which its base does not hold.`;
      const remedy = `Take one below ${limit.toString()}, or a wider base.`;
      report(placeOf(model, element, member), "enum-value-too-wide", message, remedy);
    }
  }
}

interface Numbers {
  readonly numbers: readonly { readonly element: Element; readonly number: number }[];
  /** First number that the base does not hold. */
  readonly limit: number;
  readonly member: "value" | "bit";
}

function numbersOf(type: NamedType): Numbers {
  switch (type.kind) {
    case "struct":
      return { numbers: [], limit: 0, member: "value" };
    case "flags": {
      const numbers = type.bits.map((element) => ({ element, number: element.bit }));
      return { numbers, limit: integerBits(type.base), member: "bit" };
    }
    case "enum":
    case "union": {
      const named = type.kind === "enum" ? type.values : type.cases;
      const numbers = named.map((element) => ({ element, number: element.value }));
      return { numbers, limit: 2 ** integerBits(type.base), member: "value" };
    }
  }
}
