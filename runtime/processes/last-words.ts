import type { HostCounters } from "../io/host.ts";
import type { Log } from "../io/log.ts";

/** What is counted of a role and its host. */
export interface Counted {
  readonly role: { readonly counts: ReadonlyMap<string, number> };
  readonly host: { readonly counters: HostCounters };
}

/** Logs at the end what passed, and by code what peers did wrong and what was refused. */
export function logLastWords(log: Log, { role, host }: Counted): void {
  log.info({ refused: Object.fromEntries(role.counts), ...host.counters }, "stopped");
}
