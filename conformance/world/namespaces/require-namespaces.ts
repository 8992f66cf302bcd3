import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";

/** What the laboratory runs, each asked for something harmless. */
const PROGRAMS: readonly (readonly [string, ...string[]])[] = [
  ["ip", "-V"],
  ["nft", "-v"],
  ["sysctl", "--version"],
  ["python3", "--version"],
];

/**
 * True if network namespaces with nftables can be made here. Otherwise the test is skipped under the reason; or it
 * fails, if the environment variable TAGWIRE_REQUIRE names `namespaces` (`all` does not include it: it takes root).
 *
 * @throws {Error} if namespaces are required and cannot be made.
 */
export function requireNamespaces(context: Pick<TestContext, "skip">): boolean {
  const missing = whyNot();
  if (missing === undefined) return true;
  const reason = `network namespaces: ${missing}`;
  if ((process.env["TAGWIRE_REQUIRE"] ?? "").split(",").includes("namespaces")) {
    throw new Error(`${reason}, and TAGWIRE_REQUIRE asks for them`);
  }
  context.skip(reason);
  return false;
}

function whyNot(): string | undefined {
  for (const [program, ...words] of PROGRAMS) {
    if (spawnSync(program, words).status !== 0) return `${program} does not run`;
  }
  const name = `tagwire-${randomBytes(4).toString("hex")}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return "they may not be made here";
  const tables = spawnSync("ip", ["netns", "exec", name, "nft", "list", "tables"]);
  spawnSync("ip", ["netns", "delete", name]);
  return tables.status === 0 ? undefined : "nftables does not work in them";
}
