import type { Protocol } from "../model/model.ts";
import { jsdoc } from "./printer.ts";
import { GeneratedFile } from "./printer.ts";

/** The file through which a protocol is imported: everything but the test arbitraries, which need fast-check. */
export function emitIndex(protocol: Protocol, files: readonly GeneratedFile[]): GeneratedFile {
  const index = new GeneratedFile(`${protocol.folder}/index.ts`, [protocol.source.file]);
  const prefix = `${protocol.folder}/`;
  const paths = files
    .map((file) => file.path)
    .filter((path) => path.startsWith(prefix) && !path.startsWith(`${prefix}testing/`))
    .sort();
  index.print(jsdoc(protocol.doc).trimEnd());
  for (const path of paths) index.print(`export * from "./${path.slice(prefix.length)}";`);
  if (paths.length === 0) index.print("export {};");
  return index;
}
