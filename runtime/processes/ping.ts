import { execFile } from "node:child_process";
import { RpcError } from "../core/index.ts";
import { RouterErrors } from "../../generated/control/rpc/router.ts";
import type { NetworkPingResult } from "../../generated/control/rpc/router.ts";

/** How long one answer may take, seconds; with ten requests it keeps within the method's 20 s. */
const ANSWER_S = 1;
const RUN_MS_MAX = 18_000;

/**
 * Measures the round trip to a host by the system's own `ping`, because raw sockets need rights that this
 * program should not have.
 * @param host IP address or name, as the method's schema admits it.
 * @param count echo requests, 1–10.
 * @throws {RpcError} `unreachable` or `unavailable`.
 */
export async function ping(host: string, count: number): Promise<NetworkPingResult> {
  // A leading dash would be read as an option.
  if (host.startsWith("-")) {
    throw new RpcError(RouterErrors.unreachable, `There is no host ${host}.`);
  }
  const options = ["-n", "-c", String(count), "-i", "0.2", "-W", String(ANSWER_S)];
  const { failure, output } = await run("ping", [...options, host]);
  if (failure === "ENOENT") {
    throw new RpcError(RouterErrors.unavailable, "This machine has no ping program.");
  }
  const result = parsePing(output);
  if (result !== undefined && result.received > 0) return result;
  throw new RpcError(RouterErrors.unreachable, `${host} does not answer.`);
}

/** Reads the summary that the ping of iputils, BusyBox or BSD prints; undefined if there is none. */
export function parsePing(output: string): NetworkPingResult | undefined {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(output);
  if (counts === null) return undefined;
  const sent = Number(counts[1]);
  const received = Number(counts[2]);
  const times = /= ([\d.]+)\/([\d.]+)\/([\d.]+)/.exec(output);
  if (times === null) return { sent, received };
  const [minMs, avgMs, maxMs] = times.slice(1).map(Number);
  if (minMs === undefined || avgMs === undefined || maxMs === undefined) return { sent, received };
  return { sent, received, minMs, avgMs, maxMs };
}

function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly failure: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: RUN_MS_MAX, env: { LC_ALL: "C", PATH: process.env["PATH"] } },
      (error, stdout) => {
        resolve({ failure: error?.code, output: stdout });
      },
    );
  });
}
