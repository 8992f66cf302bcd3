import { encodeHex } from "../../../runtime/core/index.ts";
import type { TopologyPlan } from "../../network/topology.ts";
import { faultText, happeningOf } from "../event-text.ts";
import type { DecodedMessage, MessageDecoder } from "../message-decoder.ts";
import { packetHistories } from "../packet-history.ts";
import type { PacketAddresses, PacketHistory } from "../packet-history.ts";
import type { TraceField, TraceLine } from "../trace-lines.ts";
import type { DiagramData, DiagramEntry, MarkEntry, PacketEntry } from "./diagram-data.ts";
import { Lifelines } from "./lifelines.ts";
import { StreamMessages } from "./stream-messages.ts";

/** A rule that the run broke. */
export interface ShownViolation {
  readonly checker: string;
  readonly message: string;
  /** Virtual milliseconds. */
  readonly atMs: number;
}

/** What a diagram is made of besides the trace. */
export interface DiagramOptions {
  readonly title: string;
  /** Scenario, seed and the like, shown under the title. Default none. */
  readonly facts?: DiagramData["facts"];
  /** The command that runs it again. */
  readonly replay?: string | undefined;
  /** Default none. */
  readonly violations?: readonly ShownViolation[];
  /** Orders the lifelines and tells addresses. */
  readonly topology?: TopologyPlan | undefined;
  /** Names the messages; without it packets are datagrams and segments. */
  readonly decoder?: MessageDecoder | undefined;
  /** Records that the trace lost before its first. Default 0. */
  readonly droppedRecords?: number;
  /** The latest entries to show, at least 1. Default 30,000, some 30 MB. */
  readonly entriesMax?: number;
}

/** Bytes of a payload that the page gets. */
const SHOWN_BYTES_MAX = 2048;
/** Text of a field's value that the page gets, in characters. */
const SHOWN_TEXT_MAX = 4096;
const FLAGS = [
  [2, "SYN"],
  [1, "FIN"],
  [4, "RST"],
  [16, "ACK"],
] as const;
const ACK = 16;

/** A trace as a diagram: lifelines, packets with what became of them, and what else happened. */
export function traceDiagram(trace: readonly TraceLine[], options: DiagramOptions): DiagramData {
  const { title, facts = [], replay, violations = [], entriesMax = 30_000 } = options;
  const packets = packetHistories(trace);
  const lifelines = new Lifelines(trace, packets, options.topology);
  const streams = new StreamMessages(options.decoder ?? {});
  const arrows = packets.map((packet) => packetEntry(packet, { lifelines, streams, options }));
  const named = new Set(arrows.flatMap(({ messages }) => messages.map(({ name }) => name)));
  const entries: DiagramEntry[] = [
    ...arrows,
    ...trace.flatMap((line, order) =>
      isToldByArrow(line, named) ? [] : markEntries(line, order, lifelines),
    ),
    ...violations.map((violation) => violationEntry(violation, trace)),
  ].sort((a, b) => a.order - b.order);
  const left = entries.length - entriesMax;
  return {
    title,
    facts,
    replay,
    note: noteText(options.droppedRecords ?? 0, left),
    lifelines: lifelines.list,
    entries: left > 0 ? entries.slice(left) : entries,
  };
}

function noteText(droppedRecords: number, left: number): string | undefined {
  const notes = [
    ...(droppedRecords > 0
      ? [`The trace is without its first ${String(droppedRecords)} records.`]
      : []),
    ...(left > 0 ? [`The first ${String(left)} entries are not shown.`] : []),
  ];
  return notes.length === 0 ? undefined : notes.join(" ");
}

interface Reading {
  readonly lifelines: Lifelines;
  readonly streams: StreamMessages;
  readonly options: DiagramOptions;
}

function packetEntry(packet: PacketHistory, { lifelines, streams, options }: Reading): PacketEntry {
  const { protocol, number, sent, payload, segment } = packet;
  const meaning = segment === undefined ? undefined : streams.take(packet, segment);
  const messages =
    meaning?.messages ??
    (protocol === "udp" ? (options.decoder?.datagram?.(payload.bytes) ?? []) : []);
  const last = packet.arrivals.at(-1) ?? packet.crossings.at(-1) ?? sent;
  return {
    kind: "packet",
    atUs: sent.timeUs,
    order: sent.order,
    from: lifelines.indexOf(sent.at) ?? 0,
    protocol,
    number,
    label: labelOf(packet, messages, meaning?.isRepeated ?? false),
    isBare: segment?.flags === ACK && payload.length === 0,
    ...endpointsOf(sent.addresses),
    towards: lifelines.indexOfAddress(last.addresses.to),
    arrivals: packet.arrivals.map(({ timeUs, order, at }) => ({
      atUs: timeUs,
      order,
      to: lifelines.indexOf(at) ?? 0,
    })),
    losses: packet.losses.map(({ timeUs, order, where, reason }) => ({
      atUs: timeUs,
      order,
      where,
      reason,
      near: lifelines.indexOfPlace(where),
    })),
    hits: packet.hits.map(({ timeUs, where, fault }) => ({
      atUs: timeUs,
      text: `${where}: ${faultText(fault)}`,
    })),
    crossings: packet.crossings.map(({ timeUs, at, addresses }) => ({
      atUs: timeUs,
      nat: lifelines.indexOf(at) ?? 0,
      ...endpointsOf(addresses),
    })),
    messages: messages.map(({ name, fields }) => ({ name, fields: plainValue(fields) })),
    hex: encodeHex(payload.bytes.subarray(0, SHOWN_BYTES_MAX)),
    payloadBytes: payload.length,
    segment: meaning?.text,
  };
}

function labelOf(
  { protocol, sent, payload, segment }: PacketHistory,
  messages: readonly DecodedMessage[],
  isRepeated: boolean,
): string {
  const names = messages.map(({ name }) => name);
  const size = payload.length === 0 ? [] : [`${String(payload.length)} B`];
  if (protocol === "icmp") return `ICMP ${sent.content?.error ?? ""}`;
  if (segment === undefined) return names.length > 0 ? countedText(names) : `UDP ${size.join("")}`;
  const flags = FLAGS.filter(([bit]) => (segment.flags & bit) !== 0).map(([, name]) => name);
  const shown = size.length > 0 ? flags.filter((flag) => flag !== "ACK") : flags;
  const again = isRepeated ? ["again"] : [];
  const what = names.length > 0 ? [countedText(names)] : ["TCP", ...size];
  return [...what, ...shown, ...again].join(" ");
}

/** `SealedRecord ×3, Fault`. */
function countedText(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => (count === 1 ? name : `${name} ×${String(count)}`))
    .join(", ");
}

/** What a host says of messages that arrows name is left out; it matters for those inside encrypted records. */
function isToldByArrow({ kind, fields }: TraceLine, named: ReadonlySet<string>): boolean {
  if (kind !== "sent" && kind !== "received") return false;
  const { message } = fields;
  return typeof message === "string" && named.has(message);
}

function markEntries(line: TraceLine, order: number, lifelines: Lifelines): readonly MarkEntry[] {
  const happening = happeningOf(line);
  // A fault that befell a packet is told with the packet.
  if (happening === undefined || typeof line.fields["packet"] === "number") return [];
  const { kind: sort, text, isTrouble } = happening;
  const on = lifelines.indexOfPlace(line.host);
  const details = Object.fromEntries(
    Object.entries(line.fields).map(([name, field]) => [name, fieldText(field)]),
  );
  const shown = on === undefined && sort !== "deed" ? `${line.host}: ${text}` : text;
  return [{ kind: "mark", atUs: line.timeUs, order, on, sort, text: shown, isTrouble, details }];
}

/** A violation stands behind all that happened at its time. */
function violationEntry(
  { checker, message, atMs }: ShownViolation,
  trace: readonly TraceLine[],
): MarkEntry {
  const atUs = Math.round(atMs * 1000);
  const after = trace.findIndex(({ timeUs }) => timeUs > atUs);
  return {
    kind: "mark",
    atUs,
    order: (after < 0 ? trace.length : after) - 0.5,
    on: undefined,
    sort: "violation",
    text: `${checker}: ${message}`,
    isTrouble: true,
    details: { checker, message },
  };
}

function endpointsOf({ from, fromPort, to, toPort }: PacketAddresses): {
  readonly source: string;
  readonly destination: string;
} {
  return { source: endpointText(from, fromPort), destination: endpointText(to, toPort) };
}

function endpointText(address: string, port: number): string {
  if (port === 0) return address;
  return `${address.includes(":") ? `[${address}]` : address}:${String(port)}`;
}

function fieldText(field: TraceField): string {
  if (typeof field !== "object") return String(field);
  return `0x${encodeHex(field.bytes.subarray(0, SHOWN_BYTES_MAX))}`;
}

/** A decoded value as JSON: what JSON has no form for is text. */
function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${encodeHex(value.subarray(0, SHOWN_BYTES_MAX))}`;
  if (Array.isArray(value)) return value.map(plainValue);
  switch (typeof value) {
    case "object":
      if (value === null) return null;
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, plainValue(member)]),
      );
    case "string":
      return value.slice(0, SHOWN_TEXT_MAX);
    case "bigint":
      return String(value);
    case "number":
    case "boolean":
      return value;
    default:
      return undefined;
  }
}
