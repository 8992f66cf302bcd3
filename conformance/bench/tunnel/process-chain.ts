import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { untilUsable } from "./target.ts";
import type { Chain } from "./way.ts";

/** A process that listens on a port and passes bytes on. */
export interface Link {
  readonly process: ChildProcess;
  readonly port: number;
}

/**
 * As many processes in a row as a tunnel has nodes.
 * @param start starts one that leads to a port.
 */
export async function openProcessChain(
  { target, relays }: { readonly target: number; readonly relays: number },
  start: (to: number) => Promise<Link>,
): Promise<Chain> {
  const links: Link[] = [];
  let port = target;
  for (let link = 0; link < relays + 2; link += 1) {
    const started = await start(port);
    links.push(started);
    ({ port } = started);
  }
  await untilUsable(port);
  const close = async (): Promise<void> => {
    const closed = links.map(({ process }) => once(process, "close"));
    for (const { process } of links) process.kill();
    await Promise.all(closed);
  };
  return { port, close };
}
