import type { NamedType, Protocol } from "../../codegen/model/model.ts";

/** The protocol that defines a type, whose byte order its values have; `user` is the one that names it. */
export function ownerOf(type: NamedType, user: Protocol): Protocol {
  if (user.name === type.protocol) return user;
  for (const used of user.uses) {
    const owner = ownerOf(type, used);
    if (owner.name === type.protocol) return owner;
  }
  return user;
}
