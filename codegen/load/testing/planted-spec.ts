import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sampleDocuments } from "./sample-documents.ts";

/** Documents of a spec by their paths below the spec folder: JSON values, or texts and bytes as they are. */
export type Documents = Map<string, unknown>;

/**
 * One change to a spec: `"demo/messages/talk.json#/messages/Hello/tag"` and the value to put there; undefined removes
 * it. Without `#` the whole document is meant, and a text or bytes are written as they are.
 */
export type Edit = readonly [where: string, value: unknown];

/** A spec in a temporary folder, which is removed when it is disposed of. */
export interface PlantedSpec extends Disposable {
  /** The spec folder, absolute; its name is `spec`. */
  readonly folder: string;
  /** Folder around it, where a test may generate. */
  readonly parent: string;
  /** Changes a document in place. */
  readonly edit: (edit: Edit) => void;
}

/** The sample spec, which has no problems, with some edits. */
export function editedDocuments(edits: readonly Edit[]): Documents {
  const documents: Documents = new Map(Object.entries(structuredClone(sampleDocuments)));
  for (const edit of edits) applyEdit(documents, edit);
  return documents;
}

/** Writes documents into a temporary folder. */
export function plantSpec(documents: Documents = editedDocuments([])): PlantedSpec {
  const parent = mkdtempSync(join(tmpdir(), "tagwire-spec-"));
  const folder = join(parent, "spec");
  mkdirSync(folder);
  for (const path of documents.keys()) write(folder, path, documents);
  return {
    folder,
    parent,
    edit: (edit) => {
      applyEdit(documents, edit);
      write(folder, pathIn(edit), documents);
    },
    [Symbol.dispose]: () => {
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/**
 * The `file:line:column` of a snippet of a planted document, counted here and not by what is tested: the column of
 * the bar in `"tag": |101`. The snippet must stand there once.
 */
export function placeOfSnippet(folder: string, path: string, snippet: string): string {
  const text = readFileSync(join(folder, path), "utf8");
  const bar = snippet.indexOf("|");
  const needle = snippet.replace("|", "");
  const start = text.indexOf(needle);
  if (bar < 0 || start < 0) throw new Error(`${path} has no ${needle}:\n${text}`);
  if (text.includes(needle, start + 1)) throw new Error(`${path} has ${needle} twice`);
  const before = text.slice(0, start + bar).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return `spec/${path}:${before.length.toString()}:${column.toString()}`;
}

function write(folder: string, path: string, documents: Documents): void {
  const content = documents.get(path);
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const isRaw = typeof content === "string" || content instanceof Uint8Array;
  if (content === undefined) rmSync(file, { force: true });
  else writeFileSync(file, isRaw ? content : `${JSON.stringify(content, null, 2)}\n`);
}

function pathIn([where]: Edit): string {
  return where.split("#")[0] ?? "";
}

function applyEdit(documents: Documents, edit: Edit): void {
  const [where, value] = edit;
  const [path = "", pointer] = where.split("#");
  if (pointer === undefined) {
    if (value === undefined) documents.delete(path);
    else documents.set(path, value);
    return;
  }
  const steps = pointer.split("/").slice(1);
  const last = steps.pop();
  let target = documents.get(path) as Record<string, unknown> | undefined;
  for (const step of steps) target = target?.[step] as Record<string, unknown> | undefined;
  if (target === undefined || last === undefined) throw new Error(`nothing to edit at ${where}`);
  if (Array.isArray(target) && last === "-") target.push(value);
  else if (value === undefined) Reflect.deleteProperty(target, last);
  else target[last] = value;
}
