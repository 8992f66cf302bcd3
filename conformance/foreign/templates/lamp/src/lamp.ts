/** What an implementer of the lamp writes: the bodies of transitions, the receiver, the methods. */
import { RpcError } from "tagwire/core";
import { LampErrors } from "../generated/lamp/index.ts";
import type { DimmerHandlers, LampHandlers, LampLineHandlers } from "../generated/lamp/index.ts";

export const dimmer: DimmerHandlers = {
  steadyOnShine: (_state, { message }) => ({
    state: { name: "fading", target: message.level },
    outputs: [{ kind: "do", name: "drive", level: message.level }],
  }),
  fadingOnShine: (_state, { message }) => ({
    state: { name: "fading", target: message.level },
    outputs: [{ kind: "do", name: "drive", level: message.level }],
  }),
  fadingOnFade: ({ target }) => ({
    state: { name: "steady", level: target },
    outputs: [{ kind: "send", name: "Shining", to: "switch", message: { level: target } }],
  }),
};

export const receiver: LampLineHandlers<string[]> = {
  onShine: (message, heard) => {
    heard.push(`${message.label} ${message.level}`);
  },
};

export const service: LampHandlers<string[]> = {
  lampHours: ({ since }) => {
    if (since < 2000) throw new RpcError(LampErrors.broken, "It was not built then.");
    return { hours: since - 2000 };
  },
  lampNote: ({ text = "" }, notes) => {
    notes.push(text);
  },
};
