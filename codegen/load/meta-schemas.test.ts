import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DOCUMENT_KINDS } from "./document-kind.ts";
import { metaSchemaOf } from "./meta-schemas.ts";

const spec = fileURLToPath(new URL("../../spec", import.meta.url));
const files = globSync("meta/*.schema.json", { cwd: spec });

type Json = Readonly<Record<string, unknown>>;

function readJson(path: string): Json {
  return JSON.parse(readFileSync(join(spec, path), "utf8")) as Json;
}

/** Every object within a JSON value, with its pointer. */
function objectsIn(value: unknown, pointer = ""): readonly (readonly [string, Json])[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([key, child]) =>
    objectsIn(child, `${pointer}/${key}`),
  );
  return Array.isArray(value) ? below : [[pointer, value as Json], ...below];
}

suite("the meta-schemas", () => {
  test("compile in ajv's strict mode, one for each kind of document", () => {
    for (const kind of DOCUMENT_KINDS) assert.equal(metaSchemaOf(kind)({}), false);
    assert.equal(files.length, DOCUMENT_KINDS.length + 2);
  });

  test("describe every property, for the editor's hints and the command's remedies", () => {
    for (const file of files) {
      for (const [pointer, schema] of objectsIn(readJson(file))) {
        if (/\/(if|then)$/.test(pointer)) continue;
        const { properties } = schema as { readonly properties?: Readonly<Record<string, Json>> };
        if (pointer.endsWith("/properties") || properties === undefined) continue;
        for (const [name, property] of Object.entries(properties)) {
          const { $ref: reference } = property;
          const referred = typeof reference === "string" && reference.startsWith("#/$defs/");
          assert.ok(
            typeof property["description"] === "string" || referred,
            `${file}#${pointer} ${name}`,
          );
        }
      }
    }
  });

  test("are closed: an object with properties admits no others", () => {
    for (const file of files) {
      for (const [pointer, schema] of objectsIn(readJson(file))) {
        const isBranch = pointer.includes("/if") || pointer.includes("/then");
        if (isBranch || pointer.endsWith("/properties") || !("properties" in schema)) continue;
        assert.equal(schema["additionalProperties"], false, `${file}#${pointer}`);
      }
    }
  });

  test("use no keyword that generators of types read differently", () => {
    for (const file of files) {
      for (const [pointer, schema] of objectsIn(readJson(file))) {
        for (const keyword of [
          "prefixItems",
          "unevaluatedProperties",
          "unevaluatedItems",
          "$dynamicRef",
        ]) {
          assert.equal(keyword in schema, false, `${file}#${pointer}`);
        }
      }
    }
  });

  test("are found by every document of the package's spec along its $schema", () => {
    const documents = globSync("**/*.json", { cwd: spec }).filter(
      (path) => !path.startsWith("meta/"),
    );
    assert.ok(documents.length > 10);
    for (const path of documents) {
      const schema = readJson(path)["$schema"];
      assert.ok(typeof schema === "string" && existsSync(join(spec, dirname(path), schema)), path);
    }
  });
});
