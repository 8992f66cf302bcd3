import type { Element, Framing, Limit, Protocol, Transport } from "../model/model.ts";
import type { RawFraming, RawHeaderField, RawProtocol } from "./raw-documents.ts";
import { elementsOf } from "./sound-document.ts";
import type { RawElement, SoundDocument } from "./sound-document.ts";
import type { Scope } from "./scope.ts";

/** The part of a protocol that protocol.json says; the rest is filled from the other documents. */
export type ProtocolHead = Pick<
  Protocol,
  | "name"
  | "doc"
  | "source"
  | "folder"
  | "version"
  | "space"
  | "framing"
  | "roles"
  | "transports"
  | "limits"
  | "retired"
>;

/** Resolves protocol.json and defines its names in the protocol's scope. */
export function resolveProtocolHead(
  sound: SoundDocument,
  folder: string,
  scope: Scope,
): ProtocolHead {
  const { document } = sound;
  const raw = document.value as RawProtocol;
  const roles = elementsOf(sound, ["roles"], raw.roles).flatMap((element) => {
    const role: Element | undefined = element.raw && elementWith(element, element.raw);
    scope.define("role", element.name, role, element.place);
    return role ?? [];
  });
  const transports = elementsOf(sound, ["transports"], raw.transports).flatMap((element) => {
    const transport: Transport | undefined = element.raw && elementWith(element, element.raw);
    scope.define("transport", element.name, transport, element.place);
    return transport ?? [];
  });
  const limits = elementsOf(sound, ["limits"], raw.limits).flatMap((element) => {
    const limit: Limit | undefined = element.raw && elementWith(element, element.raw);
    scope.define("limit", element.name, limit, element.place);
    return limit ?? [];
  });
  return {
    name: raw.protocol,
    doc: raw.doc,
    source: document.placeOf([]),
    folder,
    version: raw.version,
    space: raw.space ?? "main",
    framing: resolveFraming(sound, raw.framing ?? {}),
    roles,
    transports,
    limits,
    retired: { tags: raw.retired?.tags ?? [], names: raw.retired?.names ?? [] },
  };
}

/** Stands for a protocol.json that cannot be read, so that the protocol's other documents can be looked at. */
export function unknownHead(folder: string): ProtocolHead {
  return {
    name: folder,
    doc: "",
    source: { file: `${folder}/protocol.json`, pointer: "", line: 1, column: 1 },
    folder,
    // No element may be called newer than a version that is not known.
    version: Number.MAX_SAFE_INTEGER,
    space: "main",
    framing: resolveFraming(undefined, {}),
    roles: [],
    transports: [],
    limits: [],
    retired: { tags: [], names: [] },
  };
}

function elementWith<T extends object>(
  { name, place }: RawElement<T>,
  members: T,
): T & Pick<Element, "name" | "source"> {
  return { ...members, name, source: place };
}

function resolveFraming(sound: SoundDocument | undefined, raw: RawFraming): Framing {
  return {
    typeBits: raw.typeBits ?? 16,
    lengthBits: raw.lengthBits ?? 16,
    order: raw.order ?? "big",
    lengthCounts: raw.lengthCounts ?? "value",
    alignBytes: raw.alignBytes ?? 1,
    bareTypes: raw.bareTypes ?? [],
    endType: raw.endType,
    header: sound === undefined ? [] : resolveHeader(sound, raw.header ?? []),
  };
}

function resolveHeader(
  { document }: SoundDocument,
  raw: readonly RawHeaderField[],
): Framing["header"] {
  return raw.map(({ name, doc, bits, constant, counts }, index) => {
    const source = document.placeOf(["framing", "header", index]);
    return { name, doc, source, bits, constant, counts };
  });
}
