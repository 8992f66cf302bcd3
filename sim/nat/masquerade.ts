import type { Endpoint } from "../../runtime/core/index.ts";
import type { ConntrackTable } from "./conntrack-table.ts";
import type { NatRandom } from "./nat.ts";
import type { NatPacket } from "./packet.ts";
import type { LinuxProfile } from "./profile.ts";

/** What picking a source needs. */
export interface Masquerading {
  readonly table: ConntrackTable;
  readonly ports: LinuxProfile["ports"];
  /** The address of the outside interface. */
  readonly address: string;
  readonly random: NatRandom;
  readonly nowMs: number;
}

/** How many ports Linux tries from the first place that it picks at random; each further place gets half. */
const ATTEMPTS_MAX = 128;
const ATTEMPTS_MIN = 16;

/** Offsets are 16 bits wide before they are folded into the range of ports. */
const OFFSETS = 65536;

/**
 * The source that Linux gives the first packet of a connection: the one that the same inside endpoint has in its
 * latest connection if nobody else's answers would look alike, else the address with the port kept, else a port at
 * random; undefined if it gave up. `random` and `fully-random` do the last at once (Linux no longer tells them apart).
 */
export function pickSource(packet: NatPacket, masquerading: Masquerading): Endpoint | undefined {
  const { table, ports, address, nowMs } = masquerading;
  const { protocol, source, destination } = packet;
  const isFree = (candidate: Endpoint): boolean =>
    table.find(protocol, { source: destination, destination: candidate }, nowMs) === undefined;
  if (ports === "keep") {
    const latest = table.latestOf(protocol, source, nowMs)?.reply.destination;
    if (latest !== undefined && isFree(latest)) return latest;
    const kept = { address, port: source.port };
    if (isFree(kept)) return kept;
  }
  return pickAtRandom(source.port, masquerading, isFree);
}

function pickAtRandom(
  port: number,
  { address, random }: Masquerading,
  isFree: (candidate: Endpoint) => boolean,
): Endpoint | undefined {
  const { first, count } = portClassOf(port);
  for (let attempts = ATTEMPTS_MAX; ; attempts = attempts >> 1) {
    const offset = random.below(OFFSETS);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const candidate = { address, port: first + (((offset + attempt) % OFFSETS) % count) };
      if (isFree(candidate)) return candidate;
    }
    if (attempts < ATTEMPTS_MIN) return undefined;
  }
}

/** A port stays among its like: what may prove a privileged sender must not be given to others. */
function portClassOf(port: number): { readonly first: number; readonly count: number } {
  if (port < 512) return { first: 1, count: 511 };
  if (port < 1024) return { first: 600, count: 424 };
  return { first: 1024, count: 64512 };
}
