/** A vertical line of a diagram. */
export interface Lifeline {
  readonly name: string;
  readonly kind: "host" | "nat";
  /** Address, NAT profile; empty if not known. */
  readonly about: string;
  /** From when to when it was down, virtual microseconds; the end is missing if it stayed so. */
  readonly downs: readonly (readonly [fromUs: number, toUs?: number])[];
}

/** A decoded message within a packet. */
export interface ShownMessage {
  readonly name: string;
  /** JSON; bytes are hexadecimal text after `0x`. */
  readonly fields: unknown;
}

/** A packet from its sending to its ends. Indices are of lifelines. */
export interface PacketEntry {
  readonly kind: "packet";
  readonly atUs: number;
  /** Things happen in the order of these numbers. */
  readonly order: number;
  readonly from: number;
  readonly protocol: "udp" | "tcp" | "icmp";
  readonly number: number;
  /** What stands on the arrow: names of messages, or flags of a segment. */
  readonly label: string;
  /** A segment without payload that only acknowledges: most readers want to see none of these. */
  readonly isBare: boolean;
  readonly source: string;
  readonly destination: string;
  /** Where it was to go, as far as the trace tells. */
  readonly towards: number | undefined;
  readonly arrivals: readonly {
    readonly atUs: number;
    readonly order: number;
    readonly to: number;
  }[];
  readonly losses: readonly {
    readonly atUs: number;
    readonly order: number;
    readonly where: string;
    readonly reason: string;
    /** The lifeline whose link or box it was; none for a segment between. */
    readonly near: number | undefined;
  }[];
  readonly hits: readonly { readonly atUs: number; readonly text: string }[];
  readonly crossings: readonly {
    readonly atUs: number;
    readonly nat: number;
    readonly source: string;
    readonly destination: string;
  }[];
  readonly messages: readonly ShownMessage[];
  /** The first bytes of the payload, hexadecimal. */
  readonly hex: string;
  readonly payloadBytes: number;
  /** Sequence and acknowledgement of a segment, counted from the connection's start where the trace has that. */
  readonly segment: string | undefined;
}

/** What sort of thing a mark shows; filters go by it. */
export type MarkSort =
  | "transition"
  | "message"
  | "fault"
  | "process"
  | "role"
  | "nat"
  | "stream"
  | "deed"
  | "other"
  | "violation";

/** Something that happened on one lifeline, or to all. */
export interface MarkEntry {
  readonly kind: "mark";
  readonly atUs: number;
  readonly order: number;
  /** None for what the scenario does and for violations. */
  readonly on: number | undefined;
  readonly sort: MarkSort;
  readonly text: string;
  readonly isTrouble: boolean;
  readonly details: Readonly<Record<string, string>>;
}

/** Something of a diagram, in the order of time. */
export type DiagramEntry = PacketEntry | MarkEntry;

/** A diagram as the page gets it: plain JSON. */
export interface DiagramData {
  readonly title: string;
  /** Shown under the title. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** The command that runs it again. */
  readonly replay: string | undefined;
  /** What the trace does not have any more. */
  readonly note: string | undefined;
  readonly lifelines: readonly Lifeline[];
  readonly entries: readonly DiagramEntry[];
}
