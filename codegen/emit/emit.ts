import { format } from "prettier";
import type { Protocol, SpecModel } from "../model/model.ts";
import { emitCodec } from "./codec.ts";
import { emitElements } from "./elements.ts";
import { emitHttp } from "./http.ts";
import { emitIndex } from "./index-file.ts";
import { emitMachines } from "./machine.ts";
import type { GeneratedFile } from "./printer.ts";
import { emitRpc } from "./rpc.ts";
import { fieldMembers } from "./value-type.ts";

/** How generated code is written. */
export interface EmitOptions {
  /**
   * Where generated code imports the core library from: a package's name, or, starting with `.`, the
   * location of its index file relative to the out folder. Default `tagwire/core`.
   */
  readonly core?: string;
}

/**
 * Writes the TypeScript of a spec. Keys are paths below the out folder, with `/`, in the order of
 * protocols and then files; values are whole formatted files. The same model gives the same text.
 * @throws {Error} with file and line if the model asks for what cannot be written.
 */
export async function emitSpec(
  model: SpecModel,
  options: EmitOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const { core = "tagwire/core" } = options;
  const texts = new Map<string, string>();
  for (const protocol of model.protocols) {
    const files = await emitProtocol(protocol, model);
    refuseSharedNames(files);
    for (const file of files) {
      if (texts.has(file.path)) throw new Error(`two documents generate ${file.path}`);
      texts.set(file.path, await formatted(file.render({ core })));
    }
  }
  return texts;
}

async function emitProtocol(
  protocol: Protocol,
  model: SpecModel,
): Promise<readonly GeneratedFile[]> {
  const files = [
    ...emitCodec(protocol, model),
    ...emitMachines(protocol, model, fieldMembers),
    ...emitElements(protocol),
    ...(await emitRpc(protocol)),
    ...(await emitHttp(protocol)),
  ].filter((file) => !file.empty);
  return [...files, emitIndex(protocol, files)];
}

/** All files of a protocol are exported together, so a name may stand in one of them only. */
function refuseSharedNames(files: readonly GeneratedFile[]): void {
  const owners = new Map<string, GeneratedFile>();
  for (const file of files.filter(({ path }) => !path.includes("/testing/"))) {
    for (const name of file.exportedNames()) {
      const other = owners.get(name);
      if (other !== undefined) {
        const places = `${other.from.join(", ")} and ${file.from.join(", ")}`;
        throw new Error(`${places}: both need the name ${name} in generated code; rename one`);
      }
      owners.set(name, file);
    }
  }
}

/** Formatting is part of generating, so that neither a user's settings nor a formatter's run changes a byte. */
async function formatted(text: string): Promise<string> {
  return format(text, { parser: "typescript", printWidth: 100 });
}
