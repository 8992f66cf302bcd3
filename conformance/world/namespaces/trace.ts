import type { Endpoint } from "../../../runtime/core/index.ts";
import type { NatPacket, TcpFlags } from "../../../sim/nat/index.ts";
import type { LabArrival, LabSide } from "./nat-lab.ts";

/** One packet that arrived at a NAT, and what came out of it. */
export interface PacketStep {
  /** Since the NAT started. */
  readonly atMs: number;
  readonly side: LabSide;
  readonly packet: NatPacket;
  /** One line for each frame that came out, sorted. */
  readonly outcome: readonly string[];
}

/** The table of connections at some time, one line a connection, sorted; and how many seconds each has left. */
export interface TableStep {
  readonly atMs: number;
  readonly table: ReadonlyMap<string, number>;
}

/** What a NAT went through. */
export interface NatTrace {
  /** A profile of the model. */
  readonly profile: string;
  /** Timeouts that differ from the profile's, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly steps: readonly (PacketStep | TableStep)[];
}

/** A step as one line of a trace file. */
type StepLine =
  | readonly [number, LabSide, string, readonly string[]]
  | readonly [number, "table", Readonly<Record<string, number>>];

/** A trace as the text of a file: JSON lines, the first says what was traced. */
export function encodeTrace({ profile, timeouts, steps }: NatTrace): string {
  const lines = steps.map((step): StepLine => {
    if ("table" in step) return [step.atMs, "table", Object.fromEntries(step.table)];
    return [step.atMs, step.side, packetText(step.packet), step.outcome];
  });
  return [{ profile, timeouts }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The trace in the text of a file. @throws {SyntaxError} if it is none. */
export function decodeTrace(text: string): NatTrace {
  const [head = "", ...rest] = text.trimEnd().split("\n");
  const { profile, timeouts } = JSON.parse(head) as Pick<NatTrace, "profile" | "timeouts">;
  const steps = rest.map((line) => {
    const step = JSON.parse(line) as StepLine;
    if (step[1] === "table") return { atMs: step[0], table: new Map(Object.entries(step[2])) };
    const [atMs, side, packet, outcome] = step;
    return { atMs, side, packet: parsePacket(packet), outcome };
  });
  return { profile, timeouts, steps };
}

/** A packet as text: protocol, source, destination and flags. */
export function packetText({ protocol, source, destination, flags = {} }: NatPacket): string {
  const set = Object.entries(flags).filter(([, isSet]) => isSet === true);
  const names = set.map(([name]) => name).sort();
  return [protocol, endText(source), endText(destination), ...names].join(" ");
}

/** What came out of a NAT at one side, as text. */
export function arrivalText({ side, observed }: LabArrival): string {
  if (observed.kind === "packet") {
    // Whether a RST has ACK depends on what it answers; a NAT makes nothing of it.
    const { flags } = observed.packet;
    const packet =
      flags?.rst === true ? { ...observed.packet, flags: { rst: true } } : observed.packet;
    return `${side} ${packetText(packet)}`;
  }
  const { type, code, destination } = observed;
  return `${side} icmp ${String(type)}/${String(code)} ${destination}`;
}

function parsePacket(text: string): NatPacket {
  const [protocol = "", source = "", destination = "", ...names] = text.split(" ");
  const ends = { source: parseEnd(source), destination: parseEnd(destination) };
  if (protocol === "udp") return { protocol, ...ends };
  const flags = Object.fromEntries(names.map((name) => [name, true])) as TcpFlags;
  return { protocol: "tcp", ...ends, flags };
}

function endText({ address, port }: Endpoint): string {
  return `${address}:${String(port)}`;
}

function parseEnd(text: string): Endpoint {
  const [address = "", port = ""] = text.split(":");
  return { address, port: Number(port) };
}
