import { TLV_FRAMING, frameHeaderBytes } from "../../core/index.ts";
import { RPC_BYTES_MAX } from "../../../generated/system/messages/channel.ts";

/** Largest JSON-RPC message, bytes: what the frame of the message Rpc holds behind its header. */
export const RPC_JSON_BYTES_MAX: number = RPC_BYTES_MAX - frameHeaderBytes(TLV_FRAMING);
