import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type * as fc from "fast-check";
import { constantCase, generatedPath, uncapitalized } from "../../codegen/emit/names.ts";
import type { Message } from "../../codegen/model/model.ts";
import type { Fields } from "../interpreter/decode.ts";

/** A generated view, read by member names. */
export type AnyView = Readonly<Record<string, unknown>> & {
  at(bytes: Uint8Array, view: DataView, offset: number, end: number): AnyView;
};

/** What is generated for one message, whichever it is. */
export interface GeneratedCodec {
  readonly tag: number;
  readonly bytesMax: number;
  readonly create: (fields: Fields) => Fields;
  readonly encode: (message: Fields, out: Uint8Array, view: DataView, offset: number) => number;
  readonly decode: (bytes: Uint8Array, view: DataView, offset: number, end: number) => Fields;
  readonly view: AnyView;
  readonly arbitrary: () => fc.Arbitrary<Fields>;
}

/** Loads what was generated for a message into a folder. */
export async function importCodec(message: Message, folder: string): Promise<GeneratedCodec> {
  const path = generatedPath(message.source);
  const [protocol = ""] = path.split("/");
  const codec = await importFile(join(folder, path));
  const testing = await importFile(join(folder, protocol, "testing/arbitraries.ts"));
  const member = (name: string): unknown => {
    const value = codec[name] ?? testing[name];
    if (value === undefined) throw new RangeError(`${path} exports no ${name}`);
    return value;
  };
  const View = member(`${message.name}View`) as new () => AnyView;
  return {
    tag: member(`${constantCase(message.name)}_TAG`) as number,
    bytesMax: member(`${constantCase(message.name)}_BYTES_MAX`) as number,
    create: member(`create${message.name}`) as GeneratedCodec["create"],
    encode: member(`encode${message.name}`) as GeneratedCodec["encode"],
    decode: member(`decode${message.name}`) as GeneratedCodec["decode"],
    view: new View(),
    arbitrary: member(`${uncapitalized(message.name)}Arbitrary`) as GeneratedCodec["arbitrary"],
  };
}

async function importFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}
