import type { DecodedMessage, MessageDecoder } from "../message-decoder.ts";

/** Datagrams are words; streams are lines. */
export const SAMPLE_DECODER: MessageDecoder = {
  datagram: (bytes) => {
    const word = new TextDecoder().decode(bytes);
    return /^[a-z ]+$/.test(word) ? [{ name: `Word ${word}`, fields: { word, bytes } }] : [];
  },
  stream: () => {
    let held = "";
    return {
      take: (bytes) => {
        held += new TextDecoder("latin1").decode(bytes);
        const lines = held.split("\n");
        held = lines.pop() ?? "";
        return lines.map((text): DecodedMessage => ({ name: "Line", fields: { text } }));
      },
    };
  },
};
