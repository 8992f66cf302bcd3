import type { DiagramData, MarkEntry, PacketEntry } from "../diagram/diagram-data.ts";
import { escapeMarkup, secondsText, spanText } from "./text.ts";

const BYTES_A_LINE = 16;

/** All that is known of an entry, as markup. */
export function detailsMarkup(data: DiagramData, index: number): string {
  const entry = data.entries[index];
  if (entry === undefined) return "";
  return entry.kind === "packet" ? packetMarkup(data, entry) : markMarkup(data, entry);
}

function markMarkup(data: DiagramData, { atUs, on, sort, text, details }: MarkEntry): string {
  const place = on === undefined ? "" : nameOf(data, on);
  const rows = [
    ["Time", `${secondsText(atUs)} s`],
    ...(place === "" ? [] : [["Where", place]]),
    ["What", sort],
    ...Object.entries(details).filter(([name]) => name !== "text"),
  ];
  return `<h2>${escapeMarkup(text)}</h2>${listMarkup(rows)}`;
}

function packetMarkup(data: DiagramData, packet: PacketEntry): string {
  const { atUs, label, from, source, destination, number, protocol, segment } = packet;
  const rows = [
    ["Packet", `${String(number)}, ${protocol.toUpperCase()}`],
    ["Sent", `${secondsText(atUs)} s by ${nameOf(data, from)}`],
    ["From", source],
    ["To", destination],
    ...(segment === undefined ? [] : [["Segment", segment]]),
    ...packet.crossings.map(({ nat, atUs: us, source: now, destination: to }) => [
      nameOf(data, nat),
      `${now} → ${to} after ${spanText(us - atUs)}`,
    ]),
    ...packet.hits.map(({ text }) => ["Fault", text]),
    ...packet.arrivals.map(({ atUs: us, to }) => [
      "Arrived",
      `${secondsText(us)} s at ${nameOf(data, to)}, after ${spanText(us - atUs)}`,
    ]),
    ...packet.losses.map(({ atUs: us, where, reason }) => [
      "Lost",
      `${secondsText(us)} s at ${where}: ${reason}`,
    ]),
  ];
  const messages = packet.messages.map(
    ({ name, fields }) => `<h3>${escapeMarkup(name)}</h3>${valueMarkup(fields)}`,
  );
  return `<h2>${escapeMarkup(label)}</h2>${listMarkup(rows)}${messages.join("")}${bytesMarkup(packet)}`;
}

function bytesMarkup({ hex, payloadBytes }: PacketEntry): string {
  if (payloadBytes === 0) return "";
  const left = payloadBytes - hex.length / 2;
  const more = left > 0 ? `<p class="quiet">and ${String(left)} more</p>` : "";
  return `<h3>Payload, ${String(payloadBytes)} bytes</h3><pre class="bytes" tabindex="0" aria-label="Payload in hexadecimal">${dumpOf(hex)}</pre>${more}`;
}

/** Sixteen bytes a line: where they stand, the bytes, and what of them is ASCII. */
function dumpOf(hex: string): string {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += 2 * BYTES_A_LINE) {
    const bytes = hex.slice(at, at + 2 * BYTES_A_LINE).match(/../g) ?? [];
    const text = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
    });
    const columns = [bytes.slice(0, 8).join(" "), bytes.slice(8).join(" ")].join("  ");
    const offset = (at / 2).toString(16).padStart(4, "0");
    lines.push(`${offset}  ${columns.padEnd(48)}  ${escapeMarkup(text.join(""))}`);
  }
  return lines.join("\n");
}

function listMarkup(rows: readonly (readonly string[])[]): string {
  const items = rows.map(
    ([name = "", value = ""]) => `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd>`,
  );
  return `<dl>${items.join("")}</dl>`;
}

/** A decoded value: objects as lists of names and values, lists with their numbers. */
function valueMarkup(value: unknown): string {
  if (value === undefined || value === null) return '<span class="quiet">none</span>';
  if (typeof value !== "object") {
    return escapeMarkup(typeof value === "string" ? value : JSON.stringify(value));
  }
  const members = Object.entries(value);
  if (members.length === 0) {
    return `<span class="quiet">${Array.isArray(value) ? "empty" : "no fields"}</span>`;
  }
  const items = members.map(
    ([name, member]) => `<dt>${escapeMarkup(name)}</dt><dd>${valueMarkup(member)}</dd>`,
  );
  return `<dl class="fields">${items.join("")}</dl>`;
}

function nameOf(data: DiagramData, index: number): string {
  return data.lifelines[index]?.name ?? "";
}
