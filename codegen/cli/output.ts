import { dirname, join, relative, sep } from "node:path";
import { styleText } from "node:util";
import type { Diagnostic } from "../load/diagnostic.ts";

/** Where a command writes and what its paths are relative to. */
export interface Output {
  /** Gets results; coloured only if it is a terminal and the environment does not forbid it. */
  readonly stream: NodeJS.WritableStream;
  /** Folder that printed paths are relative to, absolute. */
  readonly cwd: string;
  /** One JSON object a run instead of text for people. */
  readonly json: boolean;
}

/** Writes one line. */
export function writeLine({ stream }: Output, text: string): void {
  stream.write(`${text}\n`);
}

/** Writes one JSON object as one line. */
export function writeJson({ stream }: Output, value: object): void {
  stream.write(`${JSON.stringify(value)}\n`);
}

/** Writes problems for people: `file:line:column  error code  what — remedy`, and how many there are. */
export function writeDiagnostics(
  output: Output,
  folder: string,
  diagnostics: readonly Diagnostic[],
): void {
  const { stream } = output;
  for (const { line, column, code, message, remedy, ...rest } of withPaths(
    output,
    folder,
    diagnostics,
  )) {
    const place = `${rest.file}:${line.toString()}:${column.toString()}`;
    const kind = styleText("red", "error", { stream });
    const name = styleText("bold", code, { stream });
    writeLine(
      output,
      `${place}  ${kind} ${name}  ${message} ${styleText("dim", `— ${remedy}`, { stream })}`,
    );
  }
  const files = new Set(diagnostics.map(({ file }) => file)).size;
  writeLine(output, `${counted(diagnostics.length, "problem")} in ${counted(files, "file")}.`);
}

/** Problems with paths that open from the working folder. */
export function withPaths(
  { cwd }: Output,
  folder: string,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => ({
    ...diagnostic,
    file: shownPath(cwd, join(dirname(folder), diagnostic.file)),
  }));
}

/** A path as people and tools read it: with forward slashes, and relative if it lies in the working folder. */
export function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path) || ".";
  return (below.startsWith("..") ? path : below).split(sep).join("/");
}

/** `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? "" : "s"}`;
}
