/** Which way a packet crosses a link: `up` from a host or NAT box to the segment, `down` from the segment. */
export type LinkDirection = "up" | "down";

/** One packet of a link: the first that enters this direction is 1, duplicates made by faults do not count. */
export interface PacketPlace {
  readonly link: string;
  readonly direction: LinkDirection;
  readonly packet: number;
}

/** What befalls one packet. Of several faults of one packet all apply, in the order of the plan. */
export type PacketFault = PacketPlace &
  (
    | { readonly kind: "drop" }
    /** It arrives once more, this much later. Microseconds, an integer >= 0. */
    | { readonly kind: "duplicate"; readonly afterUs: number }
    /** It arrives later, and others overtake it. Microseconds, an integer >= 0. */
    | { readonly kind: "delay"; readonly byUs: number }
    /**
     * A byte of its payload is XORed with the mask, 1–255. Of UDP it arrives so, as if the checksum fitted by
     * chance; TCP must deliver what was written or nothing, so a segment is dropped on arrival.
     */
    | { readonly kind: "corrupt"; readonly byte: number; readonly mask: number }
  );

/** From when to when, virtual microseconds; the end is not included. */
interface Period {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What befalls a link, a host or a NAT box at a time. */
export type TimedFault =
  /** Nothing enters the link, either way; what is on it arrives. */
  | (Period & { readonly kind: "linkDown"; readonly link: string })
  /** On each segment, nothing passes between these hosts and NAT boxes and all others. */
  | (Period & { readonly kind: "partition"; readonly nodes: readonly string[] })
  /** A host, or all that is behind a NAT box, gets another address. One that is taken changes nothing. */
  | {
      readonly kind: "addressChange";
      readonly node: string;
      readonly atUs: number;
      readonly address: string;
    }
  /** The NAT box forgets its mappings. */
  | { readonly kind: "natReboot"; readonly nat: string; readonly atUs: number }
  /**
   * `process`: the system lives, so connections are reset and what was written is on the disk. `machine`: silence;
   * of what was written and not synced, in its order, only the first `writesKept` operations are on the disk.
   */
  | {
      readonly kind: "crash";
      readonly host: string;
      readonly atUs: number;
      readonly what: "process" | "machine";
      readonly writesKept: number;
      /** Until it is started again; never if absent. Microseconds. */
      readonly downForUs?: number;
    }
  /** From now on the host's clocks go at this rate: 1 is right, 1.0001 gains 100 ppm. */
  | {
      readonly kind: "clockRate";
      readonly host: string;
      readonly atUs: number;
      readonly rate: number;
    }
  /** The host's wall clock jumps, back if negative; the monotonic clock does not. */
  | {
      readonly kind: "clockJump";
      readonly host: string;
      readonly atUs: number;
      readonly byMs: number;
    };

/** A fault as plain data. One that matches nothing is harmless, so that any subset of a plan is a plan. */
export type Fault = PacketFault | TimedFault;

/** Whether a fault is about one packet of a link. */
export function isPacketFault(fault: Fault): fault is PacketFault {
  return "packet" in fault;
}
