import type { Log } from "../io/log.ts";
import { ProcessLoopback } from "../io/process-loopback.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import { TunnelError } from "./tunnel-error.ts";
import { createTunnelFront } from "./tunnel-front.ts";
import { runTunnelNode } from "./tunnel-node.ts";
import type { RunningTunnelEnd, RunningTunnelNode, TunnelEndConfig } from "./tunnel-types.ts";

/** A main server that has not answered by then is said to be away. */
const ONLINE_MS = 20_000;

/**
 * Runs a node and its front in this process, with nothing but memory between them: for who wants one tunnel.
 * @throws {TunnelError} with the reason `offline` if the main server does not take the node: at once if it says no, and why.
 * @throws {OperatorError} as `runTunnelNode` and `createTunnelFront` do.
 */
export function createTunnelEnd(config: TunnelEndConfig, log: Log): Promise<RunningTunnelEnd> {
  return opened((closing) => start(config, log, closing));
}

async function start(
  { node: nodeConfig, dataFolder }: TunnelEndConfig,
  log: Log,
  closing: Closing,
): Promise<RunningTunnelEnd> {
  const loopback = new ProcessLoopback();
  const node = await runTunnelNode(nodeConfig, log, loopback);
  closing.add(() => node.close());
  await inTime(node);
  const nodeFolder = nodeConfig.dataFolder;
  const front = await createTunnelFront({ dataFolder, nodeFolder }, log, loopback);
  closing.add(() => front.close());
  return { front, close: () => closing.run() };
}

async function inTime({ online, refused }: RunningTunnelNode): Promise<void> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    late.resolve("");
  }, ONLINE_MS);
  try {
    const detail = await Promise.race([online, refused, late.promise]);
    if (detail !== undefined) throw new TunnelError("the main server", "offline", { detail });
  } finally {
    clearTimeout(timer);
  }
}
