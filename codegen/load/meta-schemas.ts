import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { DOCUMENT_KINDS } from "./document-kind.ts";
import type { DocumentKind } from "./document-kind.ts";

/** Schemas that only other schemas refer to. */
const SHARED_SCHEMAS = ["fields", "json-shapes"] as const;

/**
 * The validators of the meta-schemas that ship with the package, one a kind of document. They are compiled once,
 * at first use; a spec folder's own copies are never read.
 */
export function metaSchemaOf(kind: DocumentKind): ValidateFunction {
  validators ??= compileMetaSchemas();
  const validator = validators.get(kind);
  if (validator === undefined) throw new RangeError(`no meta-schema of kind ${kind}`);
  return validator;
}

let validators: ReadonlyMap<DocumentKind, ValidateFunction> | undefined;

function compileMetaSchemas(): ReadonlyMap<DocumentKind, ValidateFunction> {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    // A required property is often described beside the branch that asks for it.
    strictRequired: false,
    strictTypes: false,
    ownProperties: true,
  });
  const folder = metaFolder();
  for (const name of [...SHARED_SCHEMAS, ...DOCUMENT_KINDS]) {
    const file = `${name}.schema.json`;
    ajv.addSchema(JSON.parse(readFileSync(join(folder, file), "utf8")) as object, file);
  }
  const compiled = new Map<DocumentKind, ValidateFunction>();
  for (const kind of DOCUMENT_KINDS) {
    const validator = ajv.getSchema(`${kind}.schema.json`);
    if (validator !== undefined) compiled.set(kind, validator);
  }
  return compiled;
}

/** The package ships the schemas as `spec/meta`, wherever this file stands in it. */
function metaFolder(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest === undefined) throw new Error("the package's own package.json is missing");
  return join(dirname(manifest), "spec", "meta");
}
