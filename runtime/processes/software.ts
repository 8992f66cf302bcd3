import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** Version of this program, as its package says. */
const VERSION: string = packageVersion();

/** Name and version of this program. */
export const SOFTWARE: string = `tagwire ${VERSION}`;

function packageVersion(): string {
  const file = findPackageJSON(import.meta.url);
  const { version } = JSON.parse(file === undefined ? "{}" : readFileSync(file, "utf8")) as {
    readonly version?: string;
  };
  return version ?? "unknown";
}
