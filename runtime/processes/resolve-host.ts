import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { OperatorError } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { canonicalAddress, errorCode } from "../io/addresses.ts";
import type { Log } from "../io/log.ts";
import type { HostPort } from "./config-types.ts";

/** How long name servers get before a name is asked for again, and the longest such wait. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/**
 * The endpoint behind a host name. A machine that has just started may have no network yet, so a name
 * server that does not answer is asked again for as long as it takes; a name that does not exist is the
 * operator's fault.
 * @throws {OperatorError} if there is no such name.
 */
export async function resolveHost(
  { host, port }: HostPort,
  { log }: { readonly log: Log },
): Promise<Endpoint> {
  if (isIP(host) !== 0) return { address: canonicalAddress(host), port };
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MS_MAX)) {
    try {
      const { address } = await lookup(host);
      return { address: canonicalAddress(address), port };
    } catch (error) {
      if (errorCode(error) !== "EAI_AGAIN") throw unknownHost(host, error);
      log.warn({ host, retryMs: waitMs }, "no name server answers; asking again");
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function unknownHost(host: string, cause: unknown): OperatorError {
  return new OperatorError({
    place: host,
    problem: "there is no host of this name.",
    remedy: "Check the name, or give an IP address.",
    cause,
  });
}
