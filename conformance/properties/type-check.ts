import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../..");

/**
 * What the compiler says of all TypeScript files below a folder, under the settings of this repository and
 * without the types of any platform; testing files may use npm.
 */
export function typeProblems(folder: string): readonly string[] {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), (path) =>
    ts.sys.readFile(path),
  );
  const settings = {
    ...(config.config as { compilerOptions: object }).compilerOptions,
    incremental: false,
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...settings, lib: ["es2024"], types: [], isolatedDeclarations: true },
    ROOT,
  );
  const files = globSync("**/*.ts", { cwd: folder }).map((file) => join(folder, file));
  const program = ts.createProgram([...files, join(ROOT, "runtime/core/ambient.d.ts")], options);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      (problem) =>
        `${problem.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(problem.messageText, " ")}`,
    );
}
