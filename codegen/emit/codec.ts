import type { Protocol, SpecModel } from "../model/model.ts";
import { emitArbitraries } from "./arbitraries.ts";
import { emitFraming } from "./framing.ts";
import { emitLimits } from "./limits.ts";
import { emitMessages } from "./messages.ts";
import { emitPacket } from "./packet.ts";
import type { GeneratedFile } from "./printer.ts";
import { emitReceive } from "./receive.ts";
import { emitSend } from "./send.ts";
import { emitTags } from "./tags.ts";
import { emitTypes } from "./types.ts";

const EMITTERS = [
  emitLimits,
  emitFraming,
  emitTags,
  emitTypes,
  emitMessages,
  emitReceive,
  emitSend,
  emitPacket,
  emitArbitraries,
];

/** Writes everything of a protocol that stands on its wire format, and arbitraries of its values. */
export function emitCodec(protocol: Protocol, model: SpecModel): readonly GeneratedFile[] {
  return EMITTERS.flatMap((emit) => emit(protocol, model));
}
