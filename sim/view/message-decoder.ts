/** A message that a decoder knew. */
export interface DecodedMessage {
  /** As the spec calls it. */
  readonly name: string;
  /** Its fields: numbers, texts, byte arrays, lists and objects of these. */
  readonly fields: unknown;
}

/** Reads one direction of a stream, whatever pieces it comes in. */
export interface StreamDecoder {
  /** The messages that these bytes complete. After something that cannot be read it gives nothing more. */
  take(bytes: Uint8Array): readonly DecodedMessage[];
}

/** Tells the messages of a protocol, for people who look at a trace. */
export interface MessageDecoder {
  /** The messages of a datagram; none if it is not of the protocol. */
  datagram?(bytes: Uint8Array): readonly DecodedMessage[];
  /** Reads a direction of a new connection. */
  stream?(): StreamDecoder;
}
