import { execFileSync, spawn } from "node:child_process";
import { isInstalled } from "../../require.ts";
import { freePort } from "../../../runtime/processes/free-port.ts";
import { openProcessChain } from "./process-chain.ts";
import type { Link } from "./process-chain.ts";
import { LOOPBACK } from "./way.ts";
import type { MissingWay, Way } from "./way.ts";

const BLOCK_BYTES = 131_072;

/**
 * The floor: as many processes of socat in a row as a tunnel has nodes, which pass bytes on and do nothing else. Its
 * default block of 8 KiB would make it slow.
 */
export function socatWay(target: number): Way | MissingWay {
  if (!isInstalled("socat")) return { name: "socat", missing: "socat (Debian package socat)" };
  const version = /socat version (\S+)/.exec(execFileSync("socat", ["-V"], { encoding: "utf8" }));
  return {
    name: `socat ${version?.[1] ?? ""}, plain`,
    open: (relays) => openProcessChain({ target, relays }, startLink),
    close: () => Promise.resolve(),
  };
}

async function startLink(to: number): Promise<Link> {
  const port = await freePort(LOOPBACK);
  const args = [
    `-b${String(BLOCK_BYTES)}`,
    `TCP-LISTEN:${String(port)},bind=${LOOPBACK},fork,reuseaddr,nodelay`,
    `TCP:${LOOPBACK}:${String(to)},nodelay`,
  ];
  return { process: spawn("socat", args, { stdio: "ignore" }), port };
}
