import { statSync } from "node:fs";
import { resolve } from "node:path";
import { diagnoseSpec } from "../check/diagnose-spec.ts";
import type { SpecModel } from "../model/model.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { counted, shownPath, withPaths, writeDiagnostics, writeJson, writeLine } from "./output.ts";
import type { Output } from "./output.ts";

/** Checks a spec folder and writes what was found. */
export function runCheck(folder: string, output: Output): ExitCode {
  const absolute = resolve(output.cwd, folder);
  if (!isFolder(absolute)) return refuseFolder(folder, output);
  const { model, diagnostics } = diagnoseSpec(absolute);
  if (output.json) {
    writeJson(output, {
      ok: model !== undefined,
      problems: withPaths(output, absolute, diagnostics),
    });
  } else if (model === undefined) {
    writeDiagnostics(output, absolute, diagnostics);
  } else {
    writeLine(output, `${shownPath(output.cwd, absolute)}: ${summary(model)}. No problems.`);
  }
  return model === undefined ? EXIT.problems : EXIT.ok;
}

/** Whether a path leads to a folder. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Says that the folder that was named is none. */
export function refuseFolder(folder: string, output: Output): ExitCode {
  const message = `There is no folder ${folder}.`;
  if (output.json) writeJson(output, { ok: false, error: message });
  else writeLine(output, `${message} Name the folder that holds tag-ranges.json.`);
  return EXIT.usage;
}

function summary({ protocols }: SpecModel): string {
  const count = (of: (protocol: SpecModel["protocols"][number]) => number): number =>
    protocols.reduce((sum, protocol) => sum + of(protocol), 0);
  return [
    counted(protocols.length, "protocol"),
    counted(
      count(({ messages }) => messages.length),
      "message",
    ),
    counted(
      count(({ types }) => types.length),
      "type",
    ),
    counted(
      count(({ machines }) => machines.length),
      "machine",
    ),
    counted(
      count(({ services }) => services.reduce((sum, { methods }) => sum + methods.length, 0)),
      "method",
    ),
    counted(
      count(({ http }) => http?.operations.length ?? 0),
      "operation",
    ),
  ].join(", ");
}
