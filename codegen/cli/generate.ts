import { findPackageJSON } from "node:module";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { diagnoseSpec } from "../check/diagnose-spec.ts";
import { emitSpec } from "../emit/emit.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { applyChanges, compareFolder } from "./generated-folder.ts";
import type { FolderChanges } from "./generated-folder.ts";
import { counted, shownPath, withPaths, writeDiagnostics, writeJson, writeLine } from "./output.ts";
import type { Output } from "./output.ts";

/** One run of `generate`. */
export interface GenerateOptions {
  /** Spec folder, absolute. */
  readonly spec: string;
  /** Folder of generated files, absolute. */
  readonly out: string;
  /**
   * Package or, starting with `.`, path of the core library relative to the working folder. Default `tagwire/core`;
   * where `out` lies inside of this package, the package's own source.
   */
  readonly core: string | undefined;
  /** Whether to compare only. */
  readonly isCheck: boolean;
}

/** Generates, or compares, and writes what happened. Faults of the spec and the file system end the run, not the process. */
export async function generate(options: GenerateOptions, output: Output): Promise<ExitCode> {
  const { spec, out, isCheck } = options;
  const { model, diagnostics } = diagnoseSpec(spec);
  if (model === undefined) {
    if (output.json)
      writeJson(output, { ok: false, problems: withPaths(output, spec, diagnostics) });
    else writeDiagnostics(output, spec, diagnostics);
    return EXIT.problems;
  }
  try {
    const texts = await emitSpec(model, { core: coreSpecifier(options, output.cwd) });
    const changes = compareFolder(out, texts);
    const isBlocked = changes.foreign.length > 0;
    if (!isCheck && !isBlocked) applyChanges(out, texts, changes);
    const isDone = !isBlocked && (!isCheck || isUpToDate(changes));
    if (output.json) writeJson(output, { ok: isDone, problems: [], ...changes });
    else writeChanges(options, changes, output);
    return isDone ? EXIT.ok : EXIT.problems;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (output.json) writeJson(output, { ok: false, problems: [], error: message });
    else writeLine(output, `Nothing more can be generated: ${message}`);
    return EXIT.problems;
  }
}

function isUpToDate({ missing, differing, stale }: FolderChanges): boolean {
  return missing.length + differing.length + stale.length === 0;
}

function writeChanges(
  { out, isCheck }: GenerateOptions,
  changes: FolderChanges,
  output: Output,
): void {
  const folder = shownPath(output.cwd, out);
  const tell = (what: string, paths: readonly string[]): void => {
    for (const path of paths) writeLine(output, `${what}  ${folder}/${path}`);
  };
  if (changes.foreign.length > 0) {
    tell("not generated", changes.foreign);
    writeLine(
      output,
      "These files are in the way and were not generated: move them, or choose another --out.",
    );
    return;
  }
  tell(isCheck ? "missing" : "wrote", changes.missing);
  tell(isCheck ? "differs" : "wrote", changes.differing);
  tell(isCheck ? "stale" : "deleted", changes.stale);
  const { length: written } = [...changes.missing, ...changes.differing];
  if (isUpToDate(changes)) {
    writeLine(output, `${folder}: ${counted(changes.unchanged, "file")}, all as the spec says.`);
  } else if (isCheck) {
    const count = counted(written + changes.stale.length, "file");
    writeLine(output, `${folder}: ${count} not as the spec says. Run tagwire generate.`);
  } else {
    const parts = [
      `${counted(written, "file")} written`,
      `${changes.stale.length.toString()} deleted`,
    ];
    writeLine(output, `${folder}: ${parts.join(", ")}, ${changes.unchanged.toString()} unchanged.`);
  }
}

/** The core library as `emitSpec` wants it: a package, or a path relative to the out folder. */
function coreSpecifier({ core, out }: GenerateOptions, cwd: string): string {
  if (core !== undefined) {
    const isPath = core.startsWith(".") || isAbsolute(core);
    return isPath ? relativePath(out, resolve(cwd, core)) : core;
  }
  const manifest = findPackageJSON(import.meta.url);
  const own = manifest === undefined ? undefined : dirname(manifest);
  // This package generates for itself too, and cannot import itself by name before it is built.
  const isOwn = own !== undefined && findPackageJSON("..", join(out, "index.ts")) === manifest;
  return isOwn ? relativePath(out, join(own, "runtime", "core", "index.ts")) : "tagwire/core";
}

function relativePath(from: string, to: string): string {
  const path = relative(from, to).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}
