import type { Protocol, SpecModel } from "../model/model.ts";
import { emitFraming } from "./framing.ts";
import { emitLimits } from "./limits.ts";
import { emitMessages } from "./messages.ts";
import type { GeneratedFile } from "./printer.ts";
import { emitReceive } from "./receive.ts";
import { emitTypes } from "./types.ts";

/** Writes everything of a protocol that stands on its wire format: limits, framing, types, messages, receivers. */
export function emitCodec(protocol: Protocol, model: SpecModel): readonly GeneratedFile[] {
  return [emitLimits, emitFraming, emitTypes, emitMessages, emitReceive].flatMap((emit) =>
    emit(protocol, model),
  );
}
