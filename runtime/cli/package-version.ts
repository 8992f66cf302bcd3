import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** The version of this package. */
export function packageVersion(): string {
  // The compiled package has one folder more between this file and its package.json.
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new RangeError("the command is not in a package");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
