import { UNIX_MS_AT_START } from "../../host/host-clock.ts";
import { faultText, happeningOf } from "../event-text.ts";
import type { Happening } from "../event-text.ts";
import { packetHistories } from "../packet-history.ts";
import type { PacketHistory, PacketMoment } from "../packet-history.ts";
import type { TraceBytes, TraceLine } from "../trace-lines.ts";
import { encodeEventPacket } from "./event-packet.ts";
import { encodeIpPacket } from "./ip-packet.ts";
import { encodePcapng, LINK_TYPE } from "./pcapng-writer.ts";
import type { CapturedPacket, CaptureInterface } from "./pcapng-writer.ts";

/** A packet where it was seen. */
interface Sighting {
  readonly interface: string;
  readonly timeUs: number;
  readonly packet: TraceBytes;
  readonly direction: "in" | "out";
  readonly comment?: string | undefined;
}

const EVENTS = "events";

/**
 * A trace as a capture file: an interface for each host, for each side of each NAT box, and one, `events`, on which faults,
 * crashes and transitions stand as lines of syslog. What the sending host's packet suffered later is its comment.
 *
 * @param about what the file's own comment says: scenario, seed, how to replay it.
 */
export function tracePcapng(trace: readonly TraceLine[], about: string): Uint8Array<ArrayBuffer> {
  const sightings = [
    ...packetHistories(trace).flatMap((history) => [...packetSightings(history)]),
    ...trace.flatMap(eventSightings),
  ].sort((a, b) => a.timeUs - b.timeUs);
  const names = [...new Set(sightings.map((sighting) => sighting.interface))].sort(byName);
  const indices = new Map(names.map((name, index) => [name, index]));
  return encodePcapng({
    comment: about,
    interfaces: names.map(interfaceOf),
    packets: sightings.map(
      ({ interface: name, timeUs, packet, direction, comment }): CapturedPacket => ({
        interface: indices.get(name) ?? 0,
        unixUs: UNIX_MS_AT_START * 1000 + timeUs,
        packet,
        direction,
        comment,
      }),
    ),
  });
}

function* packetSightings(history: PacketHistory): Generator<Sighting> {
  const { sent, crossings, arrivals, payload } = history;
  const { at, timeUs } = sent;
  const seen = { interface: at, timeUs, packet: encode(history, sent, payload, 0) };
  yield { ...seen, direction: "out", comment: fateText(history) };
  const boxes: string[] = [];
  for (const crossing of crossings) {
    const { at: nat, side, before, timeUs: atUs } = crossing;
    const hops = boxes.includes(nat) ? boxes.indexOf(nat) : boxes.push(nat) - 1;
    const [came, went] = side === "outer" ? ["inner", "outer"] : ["outer", "inner"];
    yield {
      interface: `${nat} ${came}`,
      timeUs: atUs,
      packet: encode(history, before, payload, hops),
      direction: "in",
    };
    yield {
      interface: `${nat} ${went}`,
      timeUs: atUs,
      packet: encode(history, crossing, payload, hops + 1),
      direction: "out",
    };
  }
  for (const arrival of arrivals) {
    const packet = encode(history, arrival, arrival.payload, boxes.length);
    yield { interface: arrival.at, timeUs: arrival.timeUs, packet, direction: "in" };
  }
}

function encode(
  { protocol, segment, number }: PacketHistory,
  { addresses, content }: PacketMoment,
  payload: TraceBytes,
  hops: number,
): TraceBytes {
  return encodeIpPacket({ protocol, addresses, segment, content, payload, number, hops });
}

/** What befell a packet, if it did not simply arrive. */
function fateText({ number, hits, losses, arrivals, sent }: PacketHistory): string | undefined {
  if (hits.length === 0 && losses.length === 0) return undefined;
  const lines = [
    ...hits.map(({ where, fault }) => `${where}: ${faultText(fault)}`),
    ...losses.map(({ where, reason }) => `lost at ${where}: ${reason}`),
    ...arrivals.map(
      ({ at, timeUs }) => `arrived at ${at} after ${String((timeUs - sent.timeUs) / 1000)} ms`,
    ),
  ];
  return `packet ${String(number)}: ${lines.join("; ")}`;
}

function eventSightings(line: TraceLine): readonly Sighting[] {
  const happening = happeningOf(line);
  // What crosses a stream is in the segments already.
  if (happening === undefined || happening.kind === "stream") return [];
  const bytes = encodeEventPacket(line.host, happening.text, weightOf(happening));
  const packet = { bytes, length: bytes.length };
  return [{ interface: EVENTS, timeUs: line.timeUs, packet, direction: "in" }];
}

function weightOf({ kind, isTrouble }: Happening): "note" | "warning" | "error" {
  if (!isTrouble) return "note";
  return kind === "process" ? "error" : "warning";
}

function byName(a: string, b: string): number {
  if ((a === EVENTS) !== (b === EVENTS)) return a === EVENTS ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function interfaceOf(name: string): CaptureInterface {
  return name === EVENTS
    ? {
        name,
        description: "Faults, crashes and transitions of the simulation",
        linkType: LINK_TYPE.wiresharkUpperPdu,
      }
    : { name, description: `Simulated: ${name}`, linkType: LINK_TYPE.raw };
}
