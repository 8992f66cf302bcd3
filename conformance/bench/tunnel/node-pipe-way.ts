import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openProcessChain } from "./process-chain.ts";
import type { Link } from "./process-chain.ts";
import type { Way } from "./way.ts";

/** Passes bytes on by Node's own `pipe()`, and prints its port. */
const FORWARDER = fileURLToPath(new URL("../relay/forwarder.ts", import.meta.url));

/** The floor for programs of Node: as many processes as a tunnel has nodes, which only pipe. */
export function nodePipeWay(target: number): Way {
  return {
    name: `node ${process.versions.node} pipe(), plain`,
    open: (relays) => openProcessChain({ target, relays }, startLink),
    close: () => Promise.resolve(),
  };
}

async function startLink(to: number): Promise<Link> {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const link = spawn(process.execPath, [FORWARDER, "pipe", String(to)], { stdio: [...stdio] });
  const [line] = (await once(link.stdout, "data")) as [Buffer];
  return { process: link, port: Number(line.toString()) };
}
