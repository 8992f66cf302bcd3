import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

/** Programs from outside that some tests drive, each with the Debian package that brings it. */
export const TOOL_PACKAGES = {
  tshark: "tshark",
  chromium: "chromium",
  openssl: "openssl",
  ip: "iproute2",
  nft: "nftables",
  sysctl: "procps",
  python3: "python3",
  curl: "curl",
} as const;

/** A program that some tests drive. */
export type ToolName = keyof typeof TOOL_PACKAGES;

/**
 * Whether a program is on the `PATH` and may be executed.
 * @param path value of `PATH`; empty entries are skipped.
 */
export function isInstalled(program: string, path: string = process.env["PATH"] ?? ""): boolean {
  return path.split(delimiter).some((folder) => {
    if (folder === "") return false;
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * True if the tool can be used. Otherwise the test is skipped under the tool's name, so that a run
 * without it does not read as a success; or it fails, if the environment variable `TAGWIRE_REQUIRE`
 * says so: `all`, or tool names separated by commas. CI sets `all`.
 *
 * @throws {Error} if the tool is required and missing.
 */
export function requireOrSkip(
  t: Pick<TestContext, "skip">,
  tool: ToolName,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (isInstalled(tool, environment["PATH"])) return true;
  const reason = `${tool} is not installed (Debian package ${TOOL_PACKAGES[tool]})`;
  const required = (environment["TAGWIRE_REQUIRE"] ?? "").split(",");
  if (required.includes("all") || required.includes(tool)) {
    throw new Error(`${reason}, and TAGWIRE_REQUIRE asks for it`);
  }
  t.skip(reason);
  return false;
}
