import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { isInstalled } from "../../require.ts";
import { freePort } from "../../../runtime/processes/free-port.ts";
import { untilUsable } from "./target.ts";
import { LOOPBACK } from "./way.ts";
import type { Chain, MissingWay, Way } from "./way.ts";

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
    open: (relays) => openChain(target, relays),
    close: () => Promise.resolve(),
  };
}

async function openChain(target: number, relays: number): Promise<Chain> {
  const links: ChildProcess[] = [];
  let to = target;
  for (let link = 0; link < relays + 2; link += 1) {
    const port = await freePort(LOOPBACK);
    const args = [
      `-b${String(BLOCK_BYTES)}`,
      `TCP-LISTEN:${String(port)},bind=${LOOPBACK},fork,reuseaddr,nodelay`,
      `TCP:${LOOPBACK}:${String(to)},nodelay`,
    ];
    links.push(spawn("socat", args, { stdio: "ignore" }));
    to = port;
  }
  await untilUsable(to);
  const close = async (): Promise<void> => {
    const closed = links.map((link) => once(link, "close"));
    for (const link of links) link.kill();
    await Promise.all(closed);
  };
  return { port: to, close };
}
