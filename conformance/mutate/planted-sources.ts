import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { diagnoseSpec, emitSpec } from "../../codegen/index.ts";
import { isSpecMutant, mutateDocument, mutateSource } from "./mutant.ts";
import type { Mutant, SpecMutant } from "./mutant.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Texts of files, by their paths relative to the repository, that a run reads in place of what is on disk. */
export type PlantedSources = Readonly<Record<string, string>>;

/**
 * The files that a mutant changes. Nothing is written to the tree.
 * @throws {RangeError} if the mutant fits nothing, changes nothing, or its spec is refused by `check`.
 */
export async function plantedSources(mutant: Mutant): Promise<PlantedSources> {
  if (isSpecMutant(mutant)) return generatedFrom(mutant);
  const source = await readFile(join(REPOSITORY, mutant.file), "utf8");
  return { [mutant.file]: mutateSource(mutant, source) };
}

async function generatedFrom(mutant: SpecMutant): Promise<PlantedSources> {
  const folder = await mkdtemp(join(tmpdir(), "tagwire-mutant-"));
  try {
    const spec = join(folder, "spec");
    await cp(join(REPOSITORY, "spec"), spec, { recursive: true });
    const document = join(spec, mutant.file);
    await writeFile(document, mutateDocument(mutant, await readFile(document, "utf8")));
    const { model, diagnostics } = diagnoseSpec(spec);
    if (model === undefined) {
      throw new RangeError(`mutant ${mutant.id}: ${JSON.stringify(diagnostics[0])}`);
    }
    return await differingFrom(await emitSpec(model, { core: "../runtime/core/index.ts" }), mutant);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function differingFrom(
  texts: ReadonlyMap<string, string>,
  { id }: SpecMutant,
): Promise<PlantedSources> {
  const planted: Record<string, string> = {};
  for (const [path, text] of texts) {
    const file = `generated/${path}`;
    if ((await readFile(join(REPOSITORY, file), "utf8")) !== text) planted[file] = text;
  }
  if (Object.keys(planted).length === 0) throw new RangeError(`mutant ${id} changes no code`);
  return planted;
}
