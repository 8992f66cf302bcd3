import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** What the names of all namespaces begin with that a process makes. */
function namespacePrefix(pid: number = process.pid): string {
  return `tagwire-${String(pid)}-`;
}

/** A name for a namespace, or a beginning of several names, that nobody else on this machine uses. */
export function uniqueNamespaceName(): string {
  return `${namespacePrefix()}${randomBytes(4).toString("hex")}`;
}

/** The namespaces that a process made and that are still there. */
export function namespacesOf(pid: number = process.pid): readonly string[] {
  // It complains of those that others are just taking away.
  return execFileSync("ip", ["netns", "list"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
    .split("\n")
    .filter((line) => line.startsWith(namespacePrefix(pid)));
}
