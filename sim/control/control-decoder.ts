import { decodeHubUdp, decodeRouterUdp, decodeServerUdp } from "../../generated/control/receive.ts";
import { decodePartyTcp } from "../../generated/system/receive.ts";
import { createFrameDecoder } from "../view/frame-decoder.ts";
import type { MessageDecoder } from "../view/message-decoder.ts";

/** Names the messages of the control network in traces. What is inside sealed records nobody outside can tell. */
export const CONTROL_DECODER: MessageDecoder = createFrameDecoder({
  datagram: [decodeHubUdp, decodeRouterUdp, decodeServerUdp],
  stream: [decodePartyTcp],
});
