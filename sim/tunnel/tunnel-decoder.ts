import { decodePartyTcp } from "../../generated/system/receive.ts";
import {
  decodeFrontHop,
  decodeFrontLocal,
  decodeNodeHop,
  decodeNodeLocal,
} from "../../generated/tunnel/receive.ts";
import { createFrameDecoder } from "../view/frame-decoder.ts";
import type { MessageDecoder } from "../view/message-decoder.ts";

/** Names the messages of tunnels in traces, up to what is sealed between nodes and main server, or from end to end. */
export const TUNNEL_DECODER: MessageDecoder = createFrameDecoder({
  stream: [decodeNodeHop, decodeFrontHop, decodeNodeLocal, decodeFrontLocal, decodePartyTcp],
});
