import type { Element, Framing, Limit, Protocol, Transport } from "../model/model.ts";
import type { RawFraming, RawProtocol } from "./raw-documents.ts";
import { elementsOf } from "./sound-document.ts";
import type { SoundDocument } from "./sound-document.ts";
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
  const roles = elementsOf(sound, ["roles"], raw.roles).map(({ name, place, raw: role }) => {
    const element: Element = { name, doc: role?.doc ?? "", source: place };
    scope.define("role", name, element, place);
    return element;
  });
  const transports = elementsOf(sound, ["transports"], raw.transports).flatMap((element) => {
    if (element.raw === undefined) return [];
    const transport: Transport = { name: element.name, source: element.place, ...element.raw };
    scope.define("transport", element.name, transport, element.place);
    return [transport];
  });
  const limits = elementsOf(sound, ["limits"], raw.limits).flatMap((element) => {
    if (element.raw === undefined) return [];
    const limit: Limit = { name: element.name, source: element.place, ...element.raw };
    scope.define("limit", element.name, limit, element.place);
    return [limit];
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

function resolveFraming(sound: SoundDocument, raw: RawFraming): Framing {
  return {
    typeBits: raw.typeBits ?? 16,
    lengthBits: raw.lengthBits ?? 16,
    order: raw.order ?? "big",
    lengthCounts: raw.lengthCounts ?? "value",
    alignBytes: raw.alignBytes ?? 1,
    bareTypes: raw.bareTypes ?? [],
    endType: raw.endType,
    header: (raw.header ?? []).map((field, index) => ({
      name: field.name,
      doc: field.doc,
      source: sound.document.placeOf(["framing", "header", index]),
      bits: field.bits,
      constant: field.constant,
      counts: field.counts,
    })),
  };
}
