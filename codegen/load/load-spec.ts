import { resolve } from "node:path";
import type { Protocol, Source, SpecModel, TagRange } from "../model/model.ts";
import { Diagnostics } from "./diagnostic.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { pathOf } from "./document.ts";
import type { Document } from "./document.ts";
import type { DocumentKind } from "./document-kind.ts";
import { orderProtocols } from "./protocol-order.ts";
import { ProtocolLoader } from "./protocol-loader.ts";
import type { RawProtocol, RawTagRanges } from "./raw-documents.ts";
import { readSpecFolder } from "./read-folder.ts";
import type { SpecFolder } from "./read-folder.ts";
import { elementsOf, soundDocument } from "./sound-document.ts";
import type { SoundDocument } from "./sound-document.ts";

/** What loading a spec folder gives. */
export interface LoadedSpec {
  /** The model, or undefined if there is any diagnostic. */
  readonly model: SpecModel | undefined;
  /** The problems found, by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** What could be resolved in spite of problems, so that checks can look at it in the same run. */
  readonly partial: SpecModel;
}

/**
 * Reads, validates and resolves a spec folder. It never throws for what stands in the folder: a missing folder, bytes
 * that are no text and texts that are no JSON are diagnostics too.
 * @param folder path of the folder that holds tag-ranges.json and a folder a protocol
 */
export function loadSpec(folder: string): LoadedSpec {
  const diagnostics = new Diagnostics();
  const absolute = resolve(folder);
  const found = readSpecFolder(absolute, diagnostics.report);
  const sound = found.documents
    .map((document) => soundDocument(document, diagnostics.report))
    .filter((document) => document !== undefined);
  const ranges = resolveRanges(sound);
  const protocols = resolveProtocols(found, sound, ranges, diagnostics);
  const byFile = new Map(found.documents.map(({ document }) => [document.file, document]));
  const partial: SpecModel = {
    folder: absolute,
    ranges: ranges.list,
    protocols,
    locate: (source, member) => locate(byFile, source, member),
  };
  return {
    model: diagnostics.isEmpty ? partial : undefined,
    diagnostics: diagnostics.list(),
    partial,
  };
}

interface Ranges {
  readonly list: readonly TagRange[];
  /** True if all ranges are known, so that a tag outside of them is wrong. */
  readonly areComplete: boolean;
}

function resolveRanges(documents: readonly SoundDocument[]): Ranges {
  const sound = documents.find((document) => document.kind === "tag-ranges");
  if (sound === undefined) return { list: [], areComplete: false };
  const { ranges } = sound.document.value as RawTagRanges;
  const list = elementsOf(sound, ["ranges"], ranges).flatMap(
    ({ name, place, raw }): readonly TagRange[] => {
      if (raw === undefined) return [];
      const { from, to, doc, space } = raw;
      return [{ name, doc, source: place, from, to, space: space ?? "main" }];
    },
  );
  return { list, areComplete: sound.broken.size === 0 };
}

function resolveProtocols(
  found: SpecFolder,
  sound: readonly SoundDocument[],
  ranges: Ranges,
  diagnostics: Diagnostics,
): readonly Protocol[] {
  const { report } = diagnostics;
  const heads = found.protocols.map((folder) => {
    const head = sound.find(({ kind, protocol }) => kind === "protocol" && protocol === folder);
    return {
      folder,
      head,
      uses: (head?.document.value as RawProtocol | undefined)?.uses ?? [],
      placeOfUse: (index: number) => placeOfUse(head, index),
    };
  });
  const loaders = new Map<string, ProtocolLoader>();
  for (const { folder, head, uses } of orderProtocols(heads, report)) {
    const documents = sound.filter(({ protocol }) => protocol === folder);
    const loader = new ProtocolLoader({
      folder,
      head,
      documents,
      lost: lostKinds(found, documents, folder),
      uses: uses.map((name) => loaders.get(name)),
      ranges: ranges.areComplete ? ranges.list : undefined,
      report,
    });
    loader.load();
    loaders.set(folder, loader);
  }
  return [...loaders.values()].map((loader) => loader.protocol);
}

function placeOfUse(head: SoundDocument | undefined, index: number): Place {
  if (head === undefined) throw new RangeError("a protocol that cannot be read uses none");
  return head.document.placeOf(["uses", index]);
}

/** Kinds of a protocol's documents that could not be read or of which nothing is sound: they hide names. */
function lostKinds(
  found: SpecFolder,
  sound: readonly SoundDocument[],
  folder: string,
): readonly DocumentKind[] {
  const unsound = found.documents.filter(
    ({ document }) => !sound.some((other) => other.document === document),
  );
  return [...found.lost, ...unsound]
    .filter(({ protocol }) => protocol === folder)
    .map(({ kind }) => kind);
}

function locate(documents: ReadonlyMap<string, Document>, source: Source, member: string): Source {
  const document = documents.get(source.file);
  if (document === undefined) return source;
  const place = document.placeOf([...pathOf(source.pointer), ...member.split("/")]);
  return document.has(place.pointer) ? place : source;
}
