import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { DIAGNOSTIC_CODES, diagnoseSpec, emitSpec } from "../../codegen/index.ts";
import type { Diagnostic } from "../../codegen/index.ts";
import { readGuideBlocks } from "./guide-blocks.ts";
import type { GuideBlock } from "./guide-blocks.ts";

const BLOCKS = readGuideBlocks(new URL("../../docs/guides/spec.md", import.meta.url));

/** The documents of the guide's spec by path. */
type Documents = ReadonlyMap<string, unknown>;

const DOCUMENTS: Documents = new Map(
  BLOCKS.filter(({ directive }) => directive === "document").map(({ argument, text }) => [
    argument,
    JSON.parse(text) as unknown,
  ]),
);

/** Writes documents into a temporary spec folder for as long as `look` runs. */
async function inFolder(
  documents: Documents,
  look: (folder: string) => Promise<void> | void,
): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), "tagwire-spec-guide-"));
  const folder = join(parent, "spec");
  try {
    for (const [path, document] of documents) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(document));
    }
    await look(folder);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** The documents with the block's value at `path#/pointer`, or as a whole document. */
function withValue(place: string, text: string): Documents {
  const [path = "", pointer = ""] = place.split("#");
  const value: unknown = JSON.parse(text);
  if (pointer === "") return new Map([...DOCUMENTS, [path, value]]);
  const document = structuredClone(DOCUMENTS.get(path));
  const names = pointer.split("/").slice(1);
  const last = names.pop() ?? "";
  let parent = document as Record<string, unknown>;
  for (const name of names) parent = parent[name] as Record<string, unknown>;
  parent[last] = value;
  return new Map([...DOCUMENTS, [path, document]]);
}

async function diagnosticsOf(documents: Documents): Promise<readonly Diagnostic[]> {
  let found: readonly Diagnostic[] = [];
  await inFolder(documents, (folder) => {
    found = diagnoseSpec(folder).diagnostics;
  });
  return found;
}

async function checkBlock({ directive, argument, text }: GuideBlock): Promise<void> {
  switch (directive) {
    case "document":
      return;
    case "member":
      assert.deepEqual(await diagnosticsOf(withValue(argument, text)), []);
      return;
    case "mistake": {
      const [code = "", place = ""] = argument.split(" ");
      assert.ok(Object.hasOwn(DIAGNOSTIC_CODES, code), `${code} is a code`);
      const found = await diagnosticsOf(withValue(place, text));
      const codes = found.map((diagnostic) => diagnostic.code);
      assert.ok(codes.includes(code as Diagnostic["code"]), `told instead: ${codes.join(" ")}`);
      return;
    }
    default:
      assert.fail("each block says what is to be done with it");
  }
}

test("the documents of the guide are together a spec without problems", async () => {
  assert.deepEqual(await diagnosticsOf(DOCUMENTS), []);
});

test("code is generated from them, with the bodies that the guide names", async () => {
  await inFolder(DOCUMENTS, async (folder) => {
    const { model } = diagnoseSpec(folder);
    assert.ok(model !== undefined);
    const files = await emitSpec(model, { core: "tagwire/core" });
    const machine = [...files].find(([path]) => path.endsWith("machines/reporting.ts"))?.[1] ?? "";
    const [, handlers = ""] = machine.split("export interface ReportingHandlers");
    const [members = ""] = handlers.split("\n}\n", 1);
    const bodies = [...members.matchAll(/^ {2}(\w+)\(/gm)];
    const names = bodies.map(([, name]) => name);
    assert.deepEqual(names.sort(), ["awaitReceivedOnRetry", "isCurrent", "restingOnPeriod"]);
  });
});

for (const block of BLOCKS.filter(({ language }) => language === "json")) {
  const { argument, directive, line } = block;
  test(`line ${String(line)} holds: ${directive} ${argument}`, () => checkBlock(block));
}
