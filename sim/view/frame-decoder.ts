import { DatagramReader, FrameReader, WireError } from "../../runtime/core/index.ts";
import type { Frame, Framing } from "../../runtime/core/index.ts";
import type { DecodedMessage, MessageDecoder, StreamDecoder } from "./message-decoder.ts";

/** A generated `decode…` function: what one role receives over one transport. */
export type ReceivedDecoder = (
  ...frame: [tag: number, bytes: Uint8Array, view: DataView, offset: number, end: number]
) => { readonly name: string; readonly message: unknown };

/** What the messages of frames are told by. */
export interface FrameDecoderOptions {
  /** Default: tag and length of 16 bits. */
  readonly framing?: Framing;
  /** For datagrams: one for each role that receives some. Default none. */
  readonly datagram?: readonly ReceivedDecoder[];
  /** For streams. Default none. */
  readonly stream?: readonly ReceivedDecoder[];
  /** The longest frame, bytes. Default 65,539. */
  readonly maxBytes?: number;
}

const FRAME_BYTES_MAX = 65_539;

/** Tells messages by the generated code of their protocol: each frame is given to the decoders until one knows it. */
export function createFrameDecoder(options: FrameDecoderOptions): MessageDecoder {
  const { datagram = [], stream = [], framing, maxBytes = FRAME_BYTES_MAX } = options;
  const reading = { maxBytes, ...(framing && { framing }) };
  return {
    datagram: (bytes) => {
      const reader = new DatagramReader(reading);
      return untilWrong((messages) => {
        reader.open(bytes);
        while (reader.next()) messages.push(decodeFrame(reader, datagram));
      });
    },
    stream: () => new FrameStreamDecoder(new FrameReader(reading), stream),
  };
}

class FrameStreamDecoder implements StreamDecoder {
  readonly #reader: FrameReader;
  readonly #decoders: readonly ReceivedDecoder[];
  #isLost = false;

  constructor(reader: FrameReader, decoders: readonly ReceivedDecoder[]) {
    this.#reader = reader;
    this.#decoders = decoders;
  }

  take(bytes: Uint8Array): readonly DecodedMessage[] {
    if (this.#isLost || this.#decoders.length === 0) return [];
    this.#isLost = true;
    const messages = untilWrong((found) => {
      this.#reader.push(bytes);
      while (this.#reader.next()) found.push(decodeFrame(this.#reader, this.#decoders));
      this.#isLost = false;
    });
    return messages;
  }
}

/** What was read before something that is not of the protocol. */
function untilWrong(read: (messages: DecodedMessage[]) => void): readonly DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  try {
    read(messages);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return messages;
}

/** A frame that no decoder takes is a message too, which says why. */
function decodeFrame(frame: Frame, decoders: readonly ReceivedDecoder[]): DecodedMessage {
  let why = "no decoder";
  for (const decode of decoders) {
    try {
      // Decoders copy what they keep, so that the reader's buffer may be used again.
      const { name, message } = decode(frame.tag, frame.bytes, frame.view, frame.offset, frame.end);
      return { name, fields: message };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // That it is not for one role says less than what is wrong with it for another.
      if (why === "no decoder" || error.code !== "unknown-tag") why = error.message;
    }
  }
  return { name: `unreadable frame ${String(frame.tag)}`, fields: { why } };
}
