import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import protobuf from "protobufjs/minimal.js";
import { main as pbjs } from "protobufjs-cli/pbjs.js";

/** A message as protobufjs's command line tool writes it. */
export interface StaticType {
  /** An instance of the type's class: twice as fast to encode as a plain object. */
  readonly create: (properties: object) => object;
  readonly encode: (message: object) => { finish(): Uint8Array };
  readonly decode: (bytes: Uint8Array) => object;
}

/**
 * The static module that `pbjs` generates of a `.proto` text, by the names of its messages. Without the Long class
 * 64-bit integers are numbers, as they are here. @throws {Error} what `pbjs` says.
 */
export async function staticTypes(proto: string): Promise<Readonly<Record<string, StaticType>>> {
  // Static code asks for it when it is loaded.
  protobuf.util.Long = undefined as unknown as typeof protobuf.util.Long;
  protobuf.configure();
  const folder = await mkdtemp(join(tmpdir(), "tagwire-bench-protobuf-"));
  try {
    const [source, module] = [join(folder, "bench.proto"), join(folder, "bench.mjs")];
    await writeFile(source, proto);
    await generate(source, module);
    return (await import(pathToFileURL(module).href)) as Readonly<Record<string, StaticType>>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function generate(source: string, module: string): Promise<void> {
  // By its path, since the temporary folder has no packages.
  const runtime = fileURLToPath(import.meta.resolve("protobufjs/minimal.js"));
  const kind = ["--target", "static-module", "--wrap", "esm", "--keep-case", "--force-number"];
  return new Promise((resolve, reject) => {
    pbjs([...kind, "--dependency", runtime, "--out", module, source], (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
