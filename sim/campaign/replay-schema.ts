import { NAT_PROFILES } from "../nat/index.ts";
import { LINK_PRESETS } from "../network/link-presets.ts";

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string", minLength: 1, maxLength: 2000 };
const NAME: Schema = { type: "string", minLength: 1, maxLength: 200 };
const NUMBER: Schema = { type: "number" };
const COUNT: Schema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const FROM_ONE: Schema = { ...COUNT, minimum: 1 };
const OPEN: Schema = { type: "object" };
const LIST_MAX = 100_000;

function list(items: Schema, minItems = 0): Schema {
  return { type: "array", items, minItems, maxItems: LIST_MAX };
}

/** An object with exactly these members; names that end in `?` may be absent. */
function record(members: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(members);
  const required = names.filter((name) => !name.endsWith("?"));
  const properties = Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ""), schema]),
  );
  return { type: "object", required, properties, additionalProperties: false };
}

const LINK_PLAN: Schema = {
  type: "object",
  required: ["preset"],
  properties: {
    preset: { enum: Object.keys(LINK_PRESETS) },
    latencyUs: COUNT,
    jitterUs: NUMBER,
    upBitsPerSecond: NUMBER,
    downBitsPerSecond: NUMBER,
    queueBytes: NUMBER,
    mtuBytes: COUNT,
    loss: record({
      goodToBadRatio: NUMBER,
      badToGoodRatio: NUMBER,
      goodLossRatio: NUMBER,
      badLossRatio: NUMBER,
    }),
    duplicationRatio: NUMBER,
    reorderingRatio: NUMBER,
    reorderingUs: COUNT,
  },
  additionalProperties: false,
};

const TOPOLOGY: Schema = record({
  segments: list(record({ name: NAME })),
  hosts: list(record({ name: NAME, segment: NAME, address: NAME, link: LINK_PLAN })),
  nats: list(
    record({
      name: NAME,
      profile: { enum: NAT_PROFILES.map(({ name }) => name) },
      inner: NAME,
      outer: NAME,
      externalAddresses: list(NAME, 1),
      "innerLink?": LINK_PLAN,
      outerLink: LINK_PLAN,
    }),
  ),
});

const PLACE = { link: NAME, direction: { enum: ["up", "down"] }, packet: FROM_ONE };
const PERIOD = { fromUs: COUNT, toUs: COUNT };

/** The members of each kind of fault besides `kind`. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  drop: PLACE,
  duplicate: { ...PLACE, afterUs: COUNT },
  delay: { ...PLACE, byUs: COUNT },
  corrupt: { ...PLACE, byte: COUNT, mask: { type: "integer", minimum: 1, maximum: 255 } },
  linkDown: { link: NAME, ...PERIOD },
  partition: { nodes: list(NAME), ...PERIOD },
  addressChange: { node: NAME, atUs: COUNT, address: NAME },
  natReboot: { nat: NAME, atUs: COUNT },
  crash: {
    host: NAME,
    atUs: COUNT,
    what: { enum: ["process", "machine"] },
    writesKept: COUNT,
    "downForUs?": COUNT,
  },
  clockRate: { host: NAME, atUs: COUNT, rate: { type: "number", exclusiveMinimum: 0 } },
  clockJump: { host: NAME, atUs: COUNT, byMs: NUMBER },
};

const FAULT: Schema = {
  type: "object",
  required: ["kind"],
  discriminator: { propertyName: "kind" },
  oneOf: Object.entries(FAULTS).map(([kind, members]) =>
    record({ kind: { const: kind }, ...members }),
  ),
};

const CASE: Schema = record({
  scenario: NAME,
  seed: NUMBER,
  topology: TOPOLOGY,
  faults: list(FAULT),
  actions: list(record({ atMs: NUMBER, name: NAME, host: NAME, "with?": OPEN })),
  healAtMs: { type: "number", minimum: 0 },
  parameters: OPEN,
});

const HASH: Schema = { type: "string", pattern: "^[0-9a-f]{16}$" };

/** Names the form of a replay file; another form gets another number. */
export const REPLAY_SCHEMA_NAME = "tagwire/replay-1";

/** What a replay file may say. */
export const REPLAY_SCHEMA: Schema = record({
  $schema: { const: REPLAY_SCHEMA_NAME },
  tool: NAME,
  "note?": TEXT,
  "module?": NAME,
  "seed?": NUMBER,
  expect: {
    type: "object",
    required: ["verdict"],
    discriminator: { propertyName: "verdict" },
    oneOf: [
      record({ verdict: { const: "passed" }, "traceHash?": HASH }),
      record({
        verdict: { const: "violated" },
        "traceHash?": HASH,
        violation: record({
          checker: NAME,
          message: { type: "string" },
          atMs: NUMBER,
          "stack?": list({ type: "string" }),
        }),
      }),
    ],
  },
  case: CASE,
});
