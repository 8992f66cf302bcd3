import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { after } from "node:test";
import { emitSpec } from "../../codegen/emit/emit.ts";
import { loadSpec } from "../../codegen/load/load-spec.ts";
import type { SpecModel } from "../../codegen/model/model.ts";

const ROOT = join(import.meta.dirname, "../..");
const CORE = join(ROOT, "runtime/core/index.ts");

/** The documents of a spec folder: path below it, and content. */
export type SpecDocuments = ReadonlyMap<string, unknown>;

/** A spec, and where the code that was generated from it stands. */
export interface GeneratedSpec {
  readonly model: SpecModel;
  /** The folder of all protocols. */
  readonly folder: string;
}

/**
 * Makes a folder for specs and what is generated from them, gone when the tests of the file are over. It
 * lies below the repository, because generated arbitraries import fast-check from there.
 */
export function temporaryFolder(): string {
  mkdirSync(join(ROOT, ".tagwire"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".tagwire/spec-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Writes documents into a folder, loads them, which must find no fault, and generates their code. */
export async function generateSpec(
  documents: SpecDocuments,
  folder: string,
): Promise<GeneratedSpec> {
  for (const [path, content] of documents) {
    write(join(folder, "spec", path), JSON.stringify(content, undefined, 2));
  }
  const { model, diagnostics } = loadSpec(join(folder, "spec"));
  assert.deepEqual(diagnostics, []);
  assert.ok(model !== undefined);
  const generated = join(folder, "generated");
  for (const [path, text] of await emitSpec(model, { core: relative(generated, CORE) })) {
    write(join(generated, path), text);
  }
  return { model, folder: generated };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
