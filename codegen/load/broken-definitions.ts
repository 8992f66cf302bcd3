import type { Message, NamedType, ValueType } from "../model/model.ts";

/**
 * Adds to what is broken everything that contains it, until nothing more is: a struct with a broken field breaks the
 * structs, unions and messages that hold it.
 */
export function spreadBroken(
  broken: Set<NamedType | Message>,
  definitions: readonly (NamedType | Message)[],
): void {
  let before = -1;
  while (before !== broken.size) {
    before = broken.size;
    for (const definition of definitions) {
      if (partsOf(definition).some((part) => broken.has(part))) broken.add(definition);
    }
  }
}

/** The types and messages that a definition names directly. */
function partsOf(definition: NamedType | Message): readonly (NamedType | Message)[] {
  if ("fields" in definition) return definition.fields.flatMap((field) => partsOfType(field.type));
  if (definition.kind === "union") return definition.cases.map((unionCase) => unionCase.type);
  return [];
}

function partsOfType(type: ValueType): readonly (NamedType | Message)[] {
  switch (type.kind) {
    case "named":
      return [type.type];
    case "list":
    case "restList":
      return partsOfType(type.of);
    case "tlvs":
      return type.messages;
    case "integer":
    case "float":
    case "bool":
    case "mac":
    case "ipv4":
    case "ipv6":
    case "endpoint":
    case "fixedBytes":
    case "bytes":
    case "string":
    case "restBytes":
    case "restString":
      return [];
  }
}
