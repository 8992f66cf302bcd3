import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { SpecModel } from "../../model/model.ts";
import { emitSpec } from "../emit.ts";

const CORE = fileURLToPath(new URL("../../../runtime/core/index.ts", import.meta.url));
const AMBIENT = fileURLToPath(new URL("../../../runtime/core/ambient.d.ts", import.meta.url));

/** A temporary folder of generated code, which stands on this checkout's core. */
export class GeneratedFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<GeneratedFolder> {
    const path = await mkdtemp(join(tmpdir(), "tagwire-emit-"));
    await writeFile(join(path, "package.json"), '{ "type": "module" }\n');
    return new GeneratedFolder(path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** Emits a model below `name` and returns the paths of the files. */
  async emit(name: string, model: SpecModel): Promise<readonly string[]> {
    const folder = join(this.path, name);
    const texts = await emitSpec(model, { core: relative(folder, CORE) });
    for (const [path, text] of texts) await this.write(join(name, path), text);
    return [...texts.keys()].map((path) => join(folder, path));
  }

  /** Writes one file and returns its path. */
  async write(path: string, text: string): Promise<string> {
    const whole = join(this.path, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
    return whole;
  }
}

/** The settings that generated code is compiled under: all the strict ones, and no types of any platform. */
const STRICT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: ["lib.es2024.d.ts"],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  isolatedDeclarations: true,
  declaration: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};

/** Compiles files under the strict settings and returns the errors as `line: code message`, those of the core left out. */
export function compileErrors(files: readonly string[]): readonly string[] {
  const program = ts.createProgram([...files, AMBIENT], STRICT);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || !file.fileName.startsWith(dirname(CORE)))
    .map(({ file, start = 0, code, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
      return `${String(line)}: TS${String(code)} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
}
