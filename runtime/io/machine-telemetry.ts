import { readFileSync } from "node:fs";
import {
  availableParallelism,
  freemem,
  hostname,
  loadavg,
  networkInterfaces,
  platform,
  release,
  totalmem,
  uptime,
} from "node:os";
import { parseMac } from "../core/mac.ts";

/** Figures of this machine, at this moment. */
export interface MachineFigures {
  /** Since the machine started. */
  readonly uptimeS: number;
  /** One-minute load average for each processor, thousandths; at most 65535. */
  readonly loadPermille: number;
  readonly memoryTotalKib: number;
  /** What programs could still get. */
  readonly memoryFreeKib: number;
  /** Since the machine started, on all interfaces but loopback; 0 where the system does not tell. */
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** What this machine is. */
export interface MachineDescription {
  readonly model: string;
  /** Operating system and its version. */
  readonly firmware: string;
  readonly hostname: string;
}

/** A network interface of this machine. */
export interface MachineInterface {
  readonly name: string;
  /** Hardware address, `00:00:00:00:00:00` if there is none. */
  readonly mac: string;
  /** True for loopback. */
  readonly internal: boolean;
  /** IP addresses with prefix length. */
  readonly addresses: readonly string[];
}

const PERMILLE_MAX = 65_535;
const UINT32_MAX = 2 ** 32 - 1;

export function readFigures(): MachineFigures {
  const [minute = 0] = loadavg();
  const { rxBytes, txBytes } = parseTraffic(readOr("/proc/net/dev", ""));
  return {
    uptimeS: Math.floor(uptime()),
    loadPermille: Math.min(Math.round((minute * 1000) / availableParallelism()), PERMILLE_MAX),
    memoryTotalKib: Math.min(Math.floor(totalmem() / 1024), UINT32_MAX),
    memoryFreeKib: Math.min(availableKib(), UINT32_MAX),
    rxBytes,
    txBytes,
  };
}

export function readDescription(): MachineDescription {
  const model =
    readOr("/sys/firmware/devicetree/base/model", "") ||
    readOr("/sys/class/dmi/id/product_name", "") ||
    "unknown";
  return {
    model: clean(model, 128),
    firmware: clean(prettyName() ?? `${platform()} ${release()}`, 128),
    hostname: clean(hostname(), 253),
  };
}

export function readInterfaces(): readonly MachineInterface[] {
  return Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    mac: addresses[0]?.mac ?? "00:00:00:00:00:00",
    internal: addresses.every(({ internal }) => internal),
    addresses: addresses.map(({ address, cidr }) => cidr ?? address),
  }));
}

/**
 * The hardware address that names this machine, 48 bits: that of its first real interface; without one, a
 * locally administered address made from the fingerprint, which stays the same as long as the identity.
 */
export function readMac(fingerprint: Uint8Array): number {
  for (const { mac, internal } of readInterfaces()) {
    const number = internal ? 0 : parseMac(mac);
    if (number !== undefined && number !== 0) return number;
  }
  // Bit 1 of the first byte marks a locally administered address, bit 0 a group (IEEE 802).
  const first = ((fingerprint[0] ?? 0) & 0xfc) | 0x02;
  return fingerprint.subarray(1, 6).reduce((value, byte) => value * 256 + byte, first);
}

/** Sums the counters of `/proc/net/dev` over all interfaces but loopback. */
export function parseTraffic(text: string): { readonly rxBytes: number; readonly txBytes: number } {
  let rxBytes = 0;
  let txBytes = 0;
  for (const line of text.split("\n")) {
    const [, name, figures] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || figures === undefined || name === "lo") continue;
    const columns = figures.split(/\s+/).map(Number);
    rxBytes += columns[0] ?? 0;
    txBytes += columns[8] ?? 0;
  }
  return { rxBytes, txBytes };
}

/** What Linux says programs could still get, which counts caches; elsewhere what is free. */
function availableKib(): number {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(readOr("/proc/meminfo", ""));
  return available === null ? Math.floor(freemem() / 1024) : Number(available[1]);
}

function prettyName(): string | undefined {
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(readOr("/etc/os-release", ""))?.[1];
}

/** Text of a file that some machines have. */
function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

/** Without control characters, and at most so many bytes of UTF-8. */
function clean(text: string, bytesMax: number): string {
  let cleaned = text.replace(/[\u0000-\u001f\u007f]/g, "").trim();
  while (Buffer.byteLength(cleaned) > bytesMax) cleaned = cleaned.slice(0, -1);
  return cleaned;
}
