import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Report } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import { parseDocument } from "./parse-document.ts";
import type { Document } from "./document.ts";
import { DOCUMENT_KINDS } from "./document-kind.ts";
import type { DocumentKind } from "./document-kind.ts";

/** A document that says what kind it is and stands where such documents stand. */
export interface FoundDocument {
  readonly kind: DocumentKind;
  readonly document: Document;
  /** Folder of its protocol, or undefined for the tag ranges. */
  readonly protocol: string | undefined;
}

/** A document that is there, or should be, but could not be read. */
export interface LostDocument {
  readonly kind: DocumentKind;
  readonly protocol: string | undefined;
}

/** What was read of a spec folder. */
export interface SpecFolder {
  readonly documents: readonly FoundDocument[];
  /** Folders of protocols, sorted, also those whose documents could not be read. */
  readonly protocols: readonly string[];
  /** Documents that could not be read: what they define is unknown rather than missing. */
  readonly lost: readonly LostDocument[];
}

const META_FOLDER = "meta";
const SUBFOLDERS: ReadonlyMap<string, DocumentKind> = new Map([
  ["messages", "messages"],
  ["machines", "machine"],
  ["rpc", "rpc"],
]);
const TOP_FILES: ReadonlyMap<string, DocumentKind> = new Map([
  ["protocol.json", "protocol"],
  ["types.json", "types"],
  ["http.json", "http"],
]);

/** Reads every JSON document of a spec folder; what cannot be read is reported. */
export function readSpecFolder(folder: string, report: Report): SpecFolder {
  const reader = new FolderReader(folder, report);
  return reader.read();
}

class FolderReader {
  readonly #folder: string;
  readonly #label: string;
  readonly #report: Report;
  readonly #documents: FoundDocument[] = [];
  readonly #lost: LostDocument[] = [];

  constructor(folder: string, report: Report) {
    this.#folder = folder;
    this.#label = basename(folder);
    this.#report = report;
  }

  read(): SpecFolder {
    const protocols: string[] = [];
    const names = this.#list("");
    if (names === undefined) return { documents: [], protocols, lost: [] };
    if (!names.includes("tag-ranges.json")) {
      const message = "The spec folder has no tag-ranges.json.";
      const remedy = 'Add one: {"$schema": "meta/tag-ranges.schema.json", "ranges": {…}}.';
      this.#problem("tag-ranges.json", "document-missing", message, remedy);
    }
    for (const name of names) {
      if (name.startsWith(".") || name === META_FOLDER) continue;
      if (this.#isFolder(name)) {
        if (this.#readProtocol(name)) protocols.push(name);
      } else if (name === "tag-ranges.json") {
        this.#readDocument(name, "tag-ranges", undefined);
      } else if (name.endsWith(".json")) {
        this.#misplaced(name);
      }
    }
    return { documents: this.#documents, protocols, lost: this.#lost };
  }

  #readProtocol(protocol: string): boolean {
    const names = this.#list(protocol) ?? [];
    const isProtocol = names.some((name) => name.endsWith(".json") || SUBFOLDERS.has(name));
    if (!isProtocol) return false;
    if (!names.includes("protocol.json")) {
      const message = `The folder ${protocol} has documents but no protocol.json.`;
      const remedy = "Add a protocol.json that names the protocol, its roles and transports.";
      this.#problem(`${protocol}/protocol.json`, "document-missing", message, remedy);
    }
    for (const name of names) {
      const path = `${protocol}/${name}`;
      if (name.startsWith(".")) continue;
      const kind = TOP_FILES.get(name);
      if (this.#isFolder(path)) this.#readSubfolder(path, SUBFOLDERS.get(name), protocol);
      else if (kind !== undefined) this.#readDocument(path, kind, protocol);
      else if (name.endsWith(".json")) this.#misplaced(path);
    }
    return true;
  }

  #readSubfolder(folder: string, kind: DocumentKind | undefined, protocol: string): void {
    const names = this.#list(folder);
    if (names === undefined && kind !== undefined) this.#lost.push({ kind, protocol });
    for (const name of names ?? []) {
      const path = `${folder}/${name}`;
      if (name.startsWith(".")) continue;
      if (this.#isFolder(path)) this.#readSubfolder(path, undefined, protocol);
      else if (!name.endsWith(".json")) continue;
      else if (kind === undefined) this.#misplaced(path);
      else this.#readDocument(path, kind, protocol);
    }
  }

  #readDocument(path: string, kind: DocumentKind, protocol: string | undefined): void {
    const text = this.#readText(path);
    const file = `${this.#label}/${path}`;
    const document = text === undefined ? undefined : parseDocument(file, text, this.#report);
    const isOfKind = document !== undefined && this.#isOfKind(document, kind);
    if (!isOfKind) this.#lost.push({ kind, protocol });
    else this.#documents.push({ kind, document, protocol });
  }

  #isOfKind(document: Document, kind: DocumentKind): boolean {
    const { value } = document;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const schema = isObject ? (value as { readonly $schema?: unknown }).$schema : undefined;
    const wanted = `${kind}.schema.json`;
    if (!isObject) {
      const message = "The document is not a JSON object.";
      this.#report(
        document.placeOf([]),
        "document-shape",
        message,
        "Write an object with $schema.",
      );
      return false;
    }
    if (typeof schema !== "string") {
      const message = "The document does not say what it is: it has no $schema.";
      const remedy = `Start it with "$schema": "…/meta/${wanted}".`;
      this.#report(document.placeOf([]), "schema-missing", message, remedy);
      return false;
    }
    const last = schema.split("/").at(-1);
    if (last === wanted) return true;
    const isKnown = DOCUMENT_KINDS.some((known) => `${known}.schema.json` === last);
    const message = isKnown
      ? `A document of kind ${last ?? ""} does not belong here.`
      : `There is no schema ${last ?? ""}.`;
    const remedy = `Here stands a document whose $schema ends in ${wanted}.`;
    this.#report(
      document.placeOf(["$schema"]),
      isKnown ? "document-misplaced" : "schema-unknown",
      message,
      remedy,
    );
    return false;
  }

  #readText(path: string): string | undefined {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(
        readFileSync(join(this.#folder, path)),
      );
    } catch (error) {
      if (error instanceof TypeError) {
        this.#problem(path, "document-encoding", "The file is not UTF-8.", "Save it as UTF-8.");
      } else {
        this.#unreadable(path, error);
      }
      return undefined;
    }
  }

  #list(path: string): readonly string[] | undefined {
    try {
      return readdirSync(join(this.#folder, path)).sort();
    } catch (error) {
      this.#unreadable(path, error);
      return undefined;
    }
  }

  #isFolder(path: string): boolean {
    try {
      return statSync(join(this.#folder, path)).isDirectory();
    } catch {
      // A dangling link or a name that has just gone: reading it says what is wrong.
      return false;
    }
  }

  #unreadable(path: string, error: unknown): void {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const isMissing = reason === "ENOENT" || reason === "ENOTDIR";
    const what = path === "" ? "The spec folder" : "It";
    const message = `${what} cannot be read (${reason}).`;
    const remedy = isMissing ? "Name a folder that holds a spec." : "Make it readable.";
    this.#problem(path, isMissing ? "document-missing" : "document-unreadable", message, remedy);
  }

  #misplaced(path: string): void {
    const message = "A JSON document at this place is no part of a spec.";
    const remedy =
      "Documents are tag-ranges.json, and per protocol protocol.json, types.json, http.json, messages/*.json, machines/*.json, rpc/*.json.";
    this.#problem(path, "document-misplaced", message, remedy);
  }

  #problem(path: string, code: DiagnosticCode, message: string, remedy: string): void {
    const file = path === "" ? this.#label : `${this.#label}/${path}`;
    this.#report({ file, pointer: "", line: 1, column: 1 }, code, message, remedy);
  }
}
