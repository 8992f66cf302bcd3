import type { Place } from "../load/diagnostic.ts";
import type {
  Element,
  Field,
  Machine,
  Message,
  Protocol,
  Source,
  SpecModel,
  ValueType,
} from "../model/model.ts";

/** The place of a member of an element, `tag` of a message; the element's own if the member is not written. */
export function placeOf(
  model: SpecModel,
  element: { readonly source: Source },
  member: string,
): Place {
  return model.locate?.(element.source, member) ?? element.source;
}

/** Where an element stands, as a message names it. */
export function told({ source }: { readonly source: Source }): string {
  return `${source.file}:${source.line.toString()}`;
}

/** A machine and the protocol that defines it. */
export interface OwnedMachine {
  readonly machine: Machine;
  readonly protocol: Protocol;
}

/** The machines of all protocols. */
export function machinesOf(model: SpecModel): readonly OwnedMachine[] {
  return model.protocols.flatMap((protocol) =>
    protocol.machines.map((machine) => ({ machine, protocol })),
  );
}

/** What holds fields: `message` and `struct` stand on the wire, `data` only in a machine. */
export interface FieldOwner {
  readonly kind: "message" | "struct" | "data";
  readonly owner: Element;
  readonly fields: readonly Field[];
  readonly protocol: Protocol;
}

/** All lists of fields of a model. */
export function fieldOwnersOf(model: SpecModel): readonly FieldOwner[] {
  return model.protocols.flatMap((protocol) => {
    const messages = protocol.messages.map(
      (owner) => ({ kind: "message", owner, fields: owner.fields, protocol }) as const,
    );
    const structs = protocol.types.flatMap((owner) =>
      owner.kind === "struct"
        ? [{ kind: "struct", owner, fields: owner.fields, protocol } as const]
        : [],
    );
    const data = protocol.machines
      .flatMap((machine) => [...machine.states, ...machine.events, ...machine.outputs])
      .flatMap((owner) =>
        "data" in owner ? [{ kind: "data", owner, fields: owner.data, protocol } as const] : [],
      );
    return [...messages, ...structs, ...data];
  });
}

/** A type and all types written inside of it, the outermost first. Named types are not entered. */
export function typesWithin(type: ValueType): readonly ValueType[] {
  return type.kind === "list" || type.kind === "restList"
    ? [type, ...typesWithin(type.of)]
    : [type];
}

/** Whether a type takes the rest of the value. */
export function takesRest(type: ValueType): boolean {
  return type.kind.startsWith("rest") || type.kind === "tlvs";
}

/** Message of a protocol by the byte count of its frame's header. */
export function headerBytes(protocol: Protocol): number {
  return (protocol.framing.typeBits + protocol.framing.lengthBits) / 8;
}

/** Elements whose key another one before them has, each with that one. */
export function duplicatesOf<T>(
  elements: Iterable<T>,
  keyOf: (element: T) => unknown,
): readonly (readonly [T, T])[] {
  const first = new Map<unknown, T>();
  const duplicates: (readonly [T, T])[] = [];
  for (const element of elements) {
    const key = keyOf(element);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, element);
    else duplicates.push([element, earlier]);
  }
  return duplicates;
}

/** The protocol that defines a message. */
export function protocolOf(model: SpecModel, message: Message): Protocol | undefined {
  return model.protocols.find((protocol) => protocol.name === message.protocol);
}
