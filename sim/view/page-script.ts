import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname } from "node:path";

/** `.ts` in a checkout; `.js` in the package, where the modules of pages stand compiled beside this one as well. */
const EXTENSION = extname(import.meta.filename);

/**
 * Modules of `page/` as one script for a page, in the order given: those that are imported come first. They are read as they
 * are, without their imports and exports, so that a page needs no bundler and no network.
 *
 * @param names without extension.
 */
export function pageScript(names: readonly string[]): string {
  return names.map(moduleText).join("\n");
}

function moduleText(name: string): string {
  const source = readFileSync(new URL(`page/${name}${EXTENSION}`, import.meta.url), "utf8");
  const code = EXTENSION === ".ts" ? withoutTypes(source) : source;
  return code
    .replaceAll(/^import\s[^;]*;$/gm, "")
    .replaceAll(/^export (?=(?:async )?(?:function|class|const|let) )/gm, "")
    .replaceAll(/^export \{\};$/gm, "")
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, "")
    .replaceAll(/[ \t]+$/gm, "");
}

/** Node calls this experimental once a process, though it runs this very file that way: nobody who looks at a trace can act on it. */
function withoutTypes(source: string): string {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
