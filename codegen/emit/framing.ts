import type { Protocol, SpecModel } from "../model/model.ts";
import { framingOf } from "./codec-symbols.ts";
import { GeneratedFile, code, coreType, jsdoc } from "./printer.ts";

/** Writes how a protocol's frames are delimited: what frame readers are made with. */
export function emitFraming(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  const file = new GeneratedFile(`${protocol.folder}/framing.ts`, [protocol.source.file]);
  const { framing } = protocol;
  file.print(
    jsdoc(`How type and length stand before a value in protocol \`${protocol.name}\`.`),
    code`export const ${framingOf(protocol)}: ${coreType("Framing")} = {
typeBits: ${framing.typeBits},
lengthBits: ${framing.lengthBits},
order: "${framing.order}",
lengthCounts: "${framing.lengthCounts}",
alignBytes: ${framing.alignBytes},
bareTypes: [${framing.bareTypes.join(", ")}],
endType: ${framing.endType === undefined ? "undefined" : framing.endType},
};`,
  );
  return [file];
}
