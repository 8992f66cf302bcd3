import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** Where the vectors of others lie: beside the project, never in it. */
const FOLDER = new URL("../../../shared/data/vectors/", import.meta.url);

/**
 * A test over one file of published vectors. Without the file it is skipped under its name: no package
 * brings these files. It fails if the environment variable TAGWIRE_REQUIRE names `vectors`.
 * @param file name within the folder of vectors.
 */
export function testVectors(name: string, file: string, run: (vectors: unknown) => void): void {
  const location = new URL(file, FOLDER);
  test(name, (context) => {
    if (existsSync(location)) {
      run(JSON.parse(readFileSync(location, "utf8")));
      return;
    }
    const reason = `../shared/data/vectors/${file} is not there`;
    const required = (process.env["TAGWIRE_REQUIRE"] ?? "").split(",");
    if (required.includes("vectors")) {
      throw new Error(`${reason}, and TAGWIRE_REQUIRE asks for it`);
    }
    context.skip(reason);
  });
}

/** Bytes of a vector's hexadecimal text. */
export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** Hexadecimal text of bytes, to compare with a vector's. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
