import { PEER_FRAMING } from "../../generated/peer/framing.ts";
import {
  decodePeerPath,
  decodePeerServerUdp,
  decodePeerUdp,
} from "../../generated/peer/receive.ts";
import { createFrameDecoder } from "../view/frame-decoder.ts";
import type { MessageDecoder } from "../view/message-decoder.ts";

/** Names the messages of peers in traces, up to what is sealed from one peer to another. */
export const PEER_DECODER: MessageDecoder = createFrameDecoder({
  framing: PEER_FRAMING,
  datagram: [decodePeerServerUdp, decodePeerUdp, decodePeerPath],
});
