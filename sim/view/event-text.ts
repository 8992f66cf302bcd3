import type { Fault } from "../network/fault.ts";
import { faultOf } from "./packet-history.ts";
import type { TraceField, TraceLine } from "./trace-lines.ts";

/** What sort of thing happened, beside packets. */
export type HappeningKind =
  "transition" | "message" | "fault" | "process" | "role" | "nat" | "stream" | "deed" | "other";

/** Something that happened beside packets, in words. */
export interface Happening {
  readonly kind: HappeningKind;
  readonly text: string;
  /** Whether it is something that goes wrong on purpose: a fault, a crash. */
  readonly isTrouble: boolean;
}

/** What a record says, in words; undefined for the records of packets, which `packetHistories` reads. */
export function happeningOf(line: TraceLine): Happening | undefined {
  const { kind, fields } = line;
  const text = (name: string): string => fieldText(fields[name]);
  switch (kind) {
    case "transition":
      return calm(
        "transition",
        `${text("machine")}: ${text("from")} → ${text("to")}, on ${text("on")}`,
      );
    case "sent":
      return calm("message", `sends ${text("message")}`);
    case "received":
      return calm("message", `takes ${text("message")}`);
    case "host":
      return { kind: "process", text: text("text"), isTrouble: text("text").endsWith("crashed") };
    case "role-event":
      return calm("role", `reports ${text("text")}`);
    case "deed":
      return calm("deed", text("text"));
    case "nat-mapping-made":
    case "nat-mapping-expired":
      return calm("nat", mappingText(kind, fields));
    case "fault":
      return faultHappening(line);
    default:
      if (kind.startsWith("stream-")) return calm("stream", streamText(kind, fields));
      if (/^(udp|tcp|icmp)-(sent|delivered|dropped|crossed)$/.test(kind)) return undefined;
      return calm("other", `${kind} ${fieldsText(fields)}`.trim());
  }
}

/** A fault of a plan in words. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case "drop":
      return `loses packet ${String(fault.packet)} ${fault.direction}`;
    case "duplicate":
      return `doubles packet ${String(fault.packet)} ${fault.direction} after ${msText(fault.afterUs)}`;
    case "delay":
      return `delays packet ${String(fault.packet)} ${fault.direction} by ${msText(fault.byUs)}`;
    case "corrupt":
      return `changes byte ${String(fault.byte)} of packet ${String(fault.packet)} ${fault.direction}`;
    case "linkDown":
      return `link is down until ${msText(fault.toUs)}`;
    case "partition":
      return `partition around ${fault.nodes.join(", ")} until ${msText(fault.toUs)}`;
    case "addressChange":
      return `gets address ${fault.address}`;
    case "natReboot":
      return "reboots and forgets its mappings";
    case "crash":
      return `${fault.what} is crashed${fault.downForUs === undefined ? " for good" : ` for ${msText(fault.downForUs)}`}`;
    case "clockRate":
      return `clock goes at ${String(fault.rate)}`;
    case "clockJump":
      return `wall clock jumps by ${String(fault.byMs)} ms`;
  }
}

function calm(kind: HappeningKind, text: string): Happening {
  return { kind, text, isTrouble: false };
}

function faultHappening(line: TraceLine): Happening {
  const fault = faultOf(line);
  const text = fault === undefined ? fieldsText(line.fields) : faultText(fault);
  return { kind: "fault", text, isTrouble: true };
}

function mappingText(kind: string, fields: TraceLine["fields"]): string {
  const { protocol, internal, internalPort, external, externalPort } = fields;
  const verb = kind === "nat-mapping-made" ? "maps" : "forgets";
  const [inside, outside] = [placeText(internal, internalPort), placeText(external, externalPort)];
  return `${verb} ${fieldText(protocol)} ${inside} as ${outside}`;
}

function streamText(kind: string, fields: TraceLine["fields"]): string {
  const { remote, remotePort, bytes, end } = fields;
  const what = kind.slice("stream-".length);
  const more = typeof bytes === "object" ? ` ${String(bytes.length)} B` : "";
  const how = end === undefined ? "" : ` (${fieldText(end)})`;
  return `stream ${what}${more}${how}, ${placeText(remote, remotePort)}`;
}

function placeText(address: TraceField | undefined, port: TraceField | undefined): string {
  const text = fieldText(address);
  return `${text.includes(":") ? `[${text}]` : text}:${fieldText(port)}`;
}

function fieldsText(fields: TraceLine["fields"]): string {
  return Object.entries(fields)
    .map(([name, value]) => (name === "text" ? fieldText(value) : `${name} ${fieldText(value)}`))
    .join(", ");
}

function fieldText(field: TraceField | undefined): string {
  if (field === undefined) return "?";
  return typeof field === "object" ? `${String(field.length)} B` : String(field);
}

function msText(us: number): string {
  return `${String(us / 1000)} ms`;
}
