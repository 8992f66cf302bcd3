import { isIPv6 } from "node:net";
import type { AmbientAnswer } from "../../engine/index.ts";
import type { NodeProcess } from "../node-process.ts";

/** What the simulated machine is: one Linux like any other. */
const CPU = {
  model: "simulated",
  speed: 1000,
  times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 },
};
const MEMORY_BYTES = 2 ** 31;

/** Clocks but `Date`, the process and its machine. */
export function machineAnswers(
  process: NodeProcess,
): readonly (readonly [string, AmbientAnswer])[] {
  const { clock, startMs, startUnixMs } = process;
  const monotonicNs = (): bigint => BigInt(Math.floor(clock.nowMs * 1e6));
  const upS = (): number => (clock.nowMs - startMs) / 1000;
  return [
    ["performance.now", () => clock.nowMs - startMs],
    ["performance.timeOrigin", () => startUnixMs],
    ["process.hrtime", (since?: readonly [number, number]) => hrtime(monotonicNs(), since)],
    ["process.hrtime.bigint", monotonicNs],
    ["process.uptime", upS],
    ["process.env", () => process.env],
    ["process.pid", () => process.pid],
    ["process.ppid", () => 1],
    ["process.cwd", () => "/"],
    ["os.hostname", () => process.name],
    ["os.networkInterfaces", () => interfacesOf(process.node.address)],
    ["os.platform", () => "linux"],
    ["os.type", () => "Linux"],
    ["os.release", () => "6.12.0"],
    ["os.arch", () => "x64"],
    ["os.machine", () => "x86_64"],
    ["os.endianness", () => "LE"],
    ["os.tmpdir", () => "/tmp"],
    ["os.homedir", () => "/root"],
    ["os.uptime", () => clock.nowMs / 1000],
    ["os.loadavg", () => [0, 0, 0]],
    ["os.cpus", () => [structuredClone(CPU)]],
    ["os.availableParallelism", () => 1],
    ["os.totalmem", () => MEMORY_BYTES],
    ["os.freemem", () => MEMORY_BYTES / 2],
  ];
}

function hrtime(nowNs: bigint, since?: readonly [number, number]): [number, number] {
  const fromNs = since === undefined ? 0n : BigInt(since[0]) * 10n ** 9n + BigInt(since[1]);
  const spanNs = nowNs - fromNs;
  return [Number(spanNs / 10n ** 9n), Number(spanNs % 10n ** 9n)];
}

/** The loopback interface and the one of the host's address, which is alone on its network as far as it knows. */
function interfacesOf(address: string): Record<string, object[]> {
  const mac = "02:00:00:00:00:01";
  const own = isIPv6(address)
    ? {
        ...{ address, netmask: "ffff:ffff:ffff:ffff::", family: "IPv6", mac, internal: false },
        ...{ cidr: `${address}/64`, scopeid: 0 },
      }
    : {
        ...{ address, netmask: "255.255.255.0", family: "IPv4", mac, internal: false },
        cidr: `${address}/24`,
      };
  const local = {
    ...{ address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4", internal: true },
    ...{ mac: "00:00:00:00:00:00", cidr: "127.0.0.1/8" },
  };
  return { lo: [local], eth0: [own] };
}
