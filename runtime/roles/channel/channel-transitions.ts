import { WireError } from "../../core/index.ts";
import type {
  SecureChannelHandlers,
  SecureChannelIn,
  SecureChannelOutput,
} from "../../../generated/system/machines/secure-channel.ts";
import { ErrorCode } from "../../../generated/system/types.ts";
import type { ChannelSecrets } from "./channel-secrets.ts";

type Doing<Name> = Extract<SecureChannelOutput, { kind: "do"; name: Name }>;
type Sending<Name> = Extract<SecureChannelOutput, { kind: "send"; name: Name }>;

/** What a channel's transitions reach besides its secrets. */
export interface ChannelTransitionsOptions {
  readonly secrets: ChannelSecrets;
  /** Takes the frames of an opened record, to be delivered by the output `deliver`. */
  readonly keep: (content: Uint8Array) => void;
  readonly count: (code: string) => void;
  /** A message of the channel's own was taken in, after all checks. */
  readonly received: (name: "Handshake" | "SealedRecord" | "Fault") => void;
}

/** The bodies of the transitions of `SecureChannel`. */
export function channelTransitions(options: ChannelTransitionsOptions): SecureChannelHandlers {
  const { secrets, keep, count, received } = options;
  /** A peer's fault ends the channel; whatever it was, the other end hears the same. */
  const orRefuse = <Value>(
    name: "Handshake" | "SealedRecord",
    work: () => Value,
  ): Value | Refusal => {
    try {
      const value = work();
      received(name);
      return value;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      count(error.code);
      return refusal(ErrorCode.refused);
    }
  };
  return {
    idleOnDialed: () => ({
      state: { name: "awaitReply" },
      outputs: [handshake(secrets.begin())],
    }),
    awaitHelloOnHandshake: (_state, { message }) =>
      orRefuse("Handshake", () => ({
        state: { name: "awaitProof" },
        outputs: [handshake(secrets.answerHello(message.noise))],
      })),
    awaitReplyOnHandshake: (_state, { message }) =>
      orRefuse("Handshake", () => ({
        state: { name: "open" },
        outputs: [handshake(secrets.answerReply(message.noise)), ESTABLISH],
      })),
    awaitProofOnHandshake: (_state, { message }) =>
      orRefuse("Handshake", () => {
        secrets.finish(message.noise);
        return { state: { name: "open" }, outputs: [ESTABLISH] };
      }),
    openOnSealedRecord: (_state, { message }) =>
      orRefuse("SealedRecord", () => {
        keep(secrets.open(message.sealed));
        return { state: { name: "open" }, outputs: [{ kind: "do", name: "deliver" }] };
      }),
    anyOnFault: (_state, { message }) => {
      received("Fault");
      return { state: { name: "closed" }, outputs: [fail(message.code)] };
    },
    anyOnLost: () => ({ state: { name: "closed" }, outputs: [fail(ErrorCode.lost)] }),
    anyOnMalformed: () => ({
      state: { name: "closed" },
      outputs: [fault(ErrorCode.refused), fail(ErrorCode.refused)],
    }),
    shakingOnHandshake: () => ({
      state: { name: "closed" },
      outputs: [fault(ErrorCode.timeout), fail(ErrorCode.timeout)],
    }),
  };
}

interface Refusal {
  readonly state: SecureChannelIn<"closed">;
  readonly outputs: readonly (Sending<"Fault"> | Doing<"fail"> | Doing<"closeStream">)[];
}

const ESTABLISH: Doing<"establish"> = { kind: "do", name: "establish" };

function refusal(code: ErrorCode): Refusal {
  const closeStream: Doing<"closeStream"> = { kind: "do", name: "closeStream" };
  return { state: { name: "closed" }, outputs: [fault(code), fail(code), closeStream] };
}

function handshake(noise: Uint8Array): Sending<"Handshake"> {
  return { kind: "send", name: "Handshake", to: "party", message: { noise } };
}

function fault(code: ErrorCode): Sending<"Fault"> {
  return { kind: "send", name: "Fault", to: "party", message: { code } };
}

function fail(code: ErrorCode): Doing<"fail"> {
  return { kind: "do", name: "fail", code };
}
