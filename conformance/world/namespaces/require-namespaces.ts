import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { isInstalled, TOOL_PACKAGES } from "../../require.ts";
import { uniqueNamespaceName } from "./namespace-names.ts";

/** The programs that make and use namespaces. */
const TOOLS = ["ip", "nft", "sysctl", "python3"] as const;

/**
 * True if network namespaces with nftables can be made here. Otherwise the test is skipped under the reason; or it
 * fails, if the environment variable TAGWIRE_REQUIRE names `namespaces` or `all`.
 *
 * @throws {Error} if namespaces are required and cannot be made.
 */
export function requireNamespaces(context: Pick<TestContext, "skip">): boolean {
  const missing = whyNoNamespaces();
  if (missing === undefined) return true;
  const reason = `network namespaces: ${missing}`;
  const required = (process.env["TAGWIRE_REQUIRE"] ?? "").split(",");
  if (required.includes("all") || required.includes("namespaces")) {
    throw new Error(`${reason}, and TAGWIRE_REQUIRE asks for them`);
  }
  context.skip(reason);
  return false;
}

/** Why no network namespaces with nftables can be made here; undefined if they can. */
export function whyNoNamespaces(): string | undefined {
  const missing = TOOLS.find((tool) => !isInstalled(tool));
  if (missing !== undefined) {
    return `${missing} is not installed (Debian package ${TOOL_PACKAGES[missing]})`;
  }
  const name = uniqueNamespaceName();
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return "they may not be made here";
  const tables = spawnSync("ip", ["netns", "exec", name, "nft", "list", "tables"]);
  spawnSync("ip", ["netns", "delete", name]);
  return tables.status === 0 ? undefined : "nftables does not work in them";
}
