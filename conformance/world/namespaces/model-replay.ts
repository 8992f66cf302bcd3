import { LinuxNat } from "../../../sim/nat/linux-nat.ts";
import { LINUX_PROFILES } from "../../../sim/nat/linux-profiles.ts";
import type { NatPacket, NatRandom, NatVerdict } from "../../../sim/nat/index.ts";
import type { ConntrackEntry } from "../../../sim/nat/conntrack-table.ts";
import { LAB_ADDRESSES, type LabSide } from "./nat-lab.ts";
import { packetText, type NatTrace, type PacketStep, type TableStep } from "./trace.ts";

/** A step in which the model differs from the kernel. */
export interface Mismatch {
  /** Number of the step, from 0. */
  readonly step: number;
  readonly atMs: number;
  readonly what: string;
  readonly kernel: readonly string[];
  readonly model: readonly string[];
}

/** Seconds by which the times left may differ: the kernel counts ticks and shows whole seconds. */
const LEFT_TOLERANCE_S = 1.5;

const OFFSETS = 65536;

/**
 * The model of a Linux NAT beside a kernel. Where the kernel picked a port at random, the model is made to pick the same
 * one; whether it had to pick at all, and whether that port was free, stays its own decision.
 */
export class ModelReplay {
  readonly #nat: LinuxNat;
  #wantedPort = 0;
  #step = 0;
  readonly mismatches: Mismatch[] = [];

  constructor({ profile, timeouts }: Pick<NatTrace, "profile" | "timeouts">) {
    const found = LINUX_PROFILES.find(({ name }) => name === profile);
    if (found === undefined) throw new RangeError(`no Linux profile is called ${profile}`);
    const adapted = { ...found, timeouts: { ...found.timeouts, ...timeouts } };
    const random: NatRandom = { below: (limit) => this.#offset() % limit };
    this.#nat = new LinuxNat(adapted, [LAB_ADDRESSES.external], random);
  }

  /** Compares a step, and notes it if it differs. */
  take(step: PacketStep | TableStep): void {
    if ("table" in step) this.#takeTable(step);
    else this.#takePacket(step);
    this.#step += 1;
  }

  /** What the model says of a packet, without asking a kernel for random ports; changes the model. */
  #takePacket({ atMs, side, packet, outcome }: PacketStep): void {
    const kernelPort = / [\d.]+:(\d+) /.exec(outcome.find((line) => line.startsWith("wan")) ?? "");
    this.#wantedPort = Number(kernelPort?.[1] ?? 0);
    const verdict =
      side === "lan" ? this.#nat.fromInside(packet, atMs) : this.#nat.fromOutside(packet, atMs);
    const model = outcomeOf(verdict, side);
    if (model.join("\n") === outcome.join("\n")) return;
    const what = `${side} ${packetText(packet)} (${verdict.kind})`;
    this.mismatches.push({ step: this.#step, atMs, what, kernel: outcome, model });
  }

  #takeTable({ atMs, table }: TableStep): void {
    const model = new Map(
      this.#nat.entries(atMs).map((entry) => [entryText(entry), (entry.expiresMs - atMs) / 1000]),
    );
    const isClose = (one: number | undefined, other: number | undefined): boolean =>
      Math.abs((one ?? 0) - (other ?? 0)) <= LEFT_TOLERANCE_S;
    const names = [...new Set([...table.keys(), ...model.keys()])];
    const differing = names.filter((name) => !isClose(table.get(name), model.get(name)));
    if (differing.length === 0) return;
    const show = (source: ReadonlyMap<string, number>): readonly string[] =>
      differing.map((name) => `${name} ${String(source.get(name) ?? "absent")}`);
    const mismatch = { what: "table", kernel: show(table), model: show(model) };
    this.mismatches.push({ step: this.#step, atMs, ...mismatch });
  }

  /** The number that leads the model to the port that the kernel picked: both count from the first port of its class. */
  #offset(): number {
    const port = this.#wantedPort;
    const first = port < 512 ? 1 : port < 1024 ? 600 : 1024;
    return (port - first + OFFSETS) % OFFSETS;
  }
}

/** What comes out of a NAT if the model is right, as the laboratory writes it down. */
function outcomeOf(verdict: NatVerdict<NatPacket>, side: LabSide): readonly string[] {
  const other = side === "lan" ? "wan" : "lan";
  switch (verdict.kind) {
    case "forwarded":
      return [`${other} ${packetText(normalized(verdict.packet))}`];
    case "hairpinned":
      return [`lan ${packetText(normalized(verdict.packet))}`];
    case "dropped":
      return [];
    case "local": {
      const { packet, answer } = verdict;
      if (answer === undefined) return [];
      if (answer.kind !== "tcp-rst") return [`${side} icmp 3/3 ${packet.source.address}`];
      const { source, destination } = packet;
      const rst: NatPacket = {
        protocol: "tcp",
        source: destination,
        destination: source,
        flags: { rst: true },
      };
      return [`${side} ${packetText(rst)}`];
    }
  }
}

function normalized(packet: NatPacket): NatPacket {
  return packet.flags?.rst === true ? { ...packet, flags: { rst: true } } : packet;
}

/** A connection of the model as the laboratory writes one of the kernel down. */
function entryText({
  protocol,
  original,
  reply,
  isReplied,
  isAssured,
  tcp,
}: ConntrackEntry): string {
  const state = protocol === "tcp" ? [tcp.state.toUpperCase().replace("-", "_")] : [];
  const words = [
    protocol,
    ...state,
    ...[original, reply].map(
      ({ source, destination }) =>
        `${source.address}:${String(source.port)}>${destination.address}:${String(destination.port)}`,
    ),
    ...(isReplied ? [] : ["UNREPLIED"]),
    ...(isAssured ? ["ASSURED"] : []),
  ];
  return words.join(" ");
}
