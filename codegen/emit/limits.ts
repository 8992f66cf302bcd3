import type { Limit, Protocol, SpecModel } from "../model/model.ts";
import { constantCase, pascalCase } from "./names.ts";
import { GeneratedFile, code, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** Writes the numbers that a protocol fixes, with their units. */
export function emitLimits(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  if (protocol.limits.length === 0) return [];
  const file = new GeneratedFile(`${protocol.folder}/limits.ts`, [protocol.source.file]);
  const type = `${pascalCase(protocol.name)}Limits`;
  const members = protocol.limits.map(
    (limit) =>
      code`\n${jsdoc(`${limit.doc} Unit: ${limit.unit}. Default ${spoken(limit)}.`)}readonly ${limit.name}: ${limitType(limit)};`,
  );
  const values = protocol.limits.map((limit) => code`\n${limit.name}: ${limitValue(limit)},`);
  file.print(
    jsdoc(
      `What the protocol \`${protocol.name}\` bounds in time and number. Tests may pass others.`,
    ),
    code`export interface ${type} {${members}\n}\n\n`,
    jsdoc("The values of the spec."),
    code`export const ${constantCase(protocol.name)}_LIMITS: ${type} = {${values}\n};`,
  );
  return [file];
}

function limitType(limit: Limit): string {
  return typeof limit.value === "number" ? "number" : "readonly number[]";
}

function limitValue(limit: Limit): Fragment {
  return typeof limit.value === "number"
    ? separated(limit.value)
    : `[${limit.value.map(separated).join(", ")}]`;
}

function spoken(limit: Limit): string {
  return typeof limit.value === "number" ? String(limit.value) : limit.value.join(", ");
}

/** `20000` → `20_000`. */
function separated(value: number): string {
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, "_") : String(value);
}
