import type { DecodedMessage, MessageDecoder, StreamDecoder } from "../message-decoder.ts";
import type { PacketHistory, SegmentHeader } from "../packet-history.ts";

const SYN = 2;
const ACK = 16;

/** One direction of a connection, as its sender sends it. */
interface Direction {
  readonly decoder: StreamDecoder | undefined;
  /** Number of the SYN. */
  readonly start: number;
  /** Number of the peer's SYN, as the first acknowledgement tells it. */
  peerStart: number | undefined;
  /** The first byte that was not sent yet. */
  next: number;
  /** Messages by the bytes that brought them. */
  readonly past: {
    readonly first: number;
    readonly end: number;
    readonly messages: readonly DecodedMessage[];
  }[];
}

/** What a segment is among those of its connection. */
export interface SegmentMeaning {
  /** Messages whose last byte it is the first to bring; of a repetition those that the bytes brought before. */
  readonly messages: readonly DecodedMessage[];
  /** Whether all of its payload was sent before. */
  readonly isRepeated: boolean;
  /** `bytes 1–300, acknowledges 41`, counted from the connection's start if the trace has that. */
  readonly text: string;
}

/** Reads the messages of TCP connections out of the segments that their ends send, in the order in which they do. */
export class StreamMessages {
  readonly #decoder: MessageDecoder;
  readonly #directions = new Map<string, Direction>();

  constructor(decoder: MessageDecoder) {
    this.#decoder = decoder;
  }

  /** What a segment brings; each segment once, in order. */
  take(packet: PacketHistory, segment: SegmentHeader): SegmentMeaning {
    const direction = this.#directionOf(packet, segment);
    const { bytes, length } = packet.payload;
    const text = placeText(segment, length, direction);
    if (direction === undefined || length === 0) return { messages: [], isRepeated: false, text };
    const known = direction.next - segment.sequence;
    if (known >= length) {
      const end = segment.sequence + length;
      const again = direction.past.filter(
        (part) => part.first >= segment.sequence && part.end <= end,
      );
      return { messages: again.flatMap(({ messages }) => messages), isRepeated: true, text };
    }
    // A gap, or bytes that the trace cut off: what follows cannot be read any more.
    if (known < 0 || bytes.length < length) return { messages: [], isRepeated: false, text };
    direction.next = segment.sequence + length;
    const messages = direction.decoder?.take(bytes.subarray(known)) ?? [];
    if (messages.length > 0) {
      direction.past.push({ first: segment.sequence + known, end: direction.next, messages });
    }
    return { messages, isRepeated: false, text };
  }

  #directionOf({ sent }: PacketHistory, segment: SegmentHeader): Direction | undefined {
    const { from, fromPort, to, toPort } = sent.addresses;
    const key = `${sent.at} ${from} ${String(fromPort)} ${to} ${String(toPort)}`;
    let direction = this.#directions.get(key);
    const { flags, sequence, acknowledged } = segment;
    if ((flags & SYN) !== 0 && direction?.start !== sequence) {
      const decoder = this.#decoder.stream?.();
      direction = { decoder, start: sequence, peerStart: undefined, next: sequence + 1, past: [] };
      this.#directions.set(key, direction);
    }
    if (direction !== undefined && (flags & ACK) !== 0) direction.peerStart ??= acknowledged - 1;
    return direction;
  }
}

function placeText(
  { sequence, acknowledged, flags }: SegmentHeader,
  lengthBytes: number,
  direction: Direction | undefined,
): string {
  const first = sequence - (direction?.start ?? 0);
  const last = first + lengthBytes - 1;
  const bytes =
    lengthBytes === 0 ? `at ${String(first)}` : `bytes ${String(first)}–${String(last)}`;
  if ((flags & ACK) === 0) return bytes;
  return `${bytes}, acknowledges ${String(acknowledged - (direction?.peerStart ?? 0))}`;
}
