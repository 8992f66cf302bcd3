/** One step of a handshake message (Noise, revision 34, section 7.1). */
export type NoiseToken = "e" | "s" | "ee" | "es" | "se" | "ss" | "psk";

/** A handshake pattern, with any psk modifiers already in place. */
export interface NoisePattern {
  /** Name as it stands in the protocol name, such as `XXpsk3`. */
  readonly name: string;
  /** Whether the responder knows the initiator's static key beforehand. */
  readonly initiatorKnown: boolean;
  /** Whether the initiator knows the responder's static key beforehand. */
  readonly responderKnown: boolean;
  /** The messages in turn, the initiator's first. */
  readonly messages: readonly (readonly NoiseToken[])[];
  readonly usesPsk: boolean;
}

/** The twelve fundamental interactive patterns, messages parted by commas (section 7.5). */
const FUNDAMENTAL = {
  NN: "e, e ee",
  NK: "e es, e ee",
  NX: "e, e ee s es",
  KN: "e, e ee se",
  KK: "e es ss, e ee se",
  KX: "e, e ee se s es",
  XN: "e, e ee, s se",
  XK: "e es, e ee, s se",
  XX: "e, e ee s es, s se",
  IN: "e s, e ee se",
  IK: "e es s ss, e ee se",
  IX: "e s, e ee se s es",
} as const;

/** Name of a fundamental interactive pattern: initiator's letter, then the responder's. */
export type NoisePatternName = keyof typeof FUNDAMENTAL;

/**
 * The pattern of a name such as `XX`, `IK` or `XXpsk0+psk3` (section 9 says where each psk stands).
 * @throws {RangeError} for a name that is no fundamental interactive pattern: a bug in the caller.
 */
export function noisePattern(name: string): NoisePattern {
  const base = name.slice(0, 2);
  if (!isFundamental(base)) throw new RangeError(`no Noise pattern is called ${name}`);
  const messages = FUNDAMENTAL[base].split(", ").map((text) => text.split(" ") as NoiseToken[]);
  const modifiers = name.length === 2 ? [] : name.slice(2).split("+");
  for (const modifier of modifiers) {
    const place = /^psk([0-9])$/.exec(modifier)?.[1];
    const message = place === undefined ? undefined : messages[Math.max(Number(place) - 1, 0)];
    if (message === undefined) throw new RangeError(`no Noise pattern is called ${name}`);
    if (place === "0") message.unshift("psk");
    else message.push("psk");
  }
  return {
    name,
    initiatorKnown: base.startsWith("K"),
    responderKnown: base.endsWith("K"),
    messages,
    usesPsk: modifiers.length > 0,
  };
}

function isFundamental(name: string): name is NoisePatternName {
  return Object.hasOwn(FUNDAMENTAL, name);
}
