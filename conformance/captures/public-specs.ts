import type { SpecDocuments } from "../properties/generated-spec.ts";

/*
 * Four public protocols, as far as the captures need, in the spec language: a test that framing is
 * described and not assumed. RADIUS (RFC 2865), STUN (RFC 8489), LLDP (IEEE 802.1AB), options of DHCP
 * (RFC 2132).
 */

type Json = Readonly<Record<string, unknown>>;

interface Described {
  readonly protocol: string;
  readonly framing: Json;
  readonly types?: Json;
  readonly messages: Readonly<
    Record<string, readonly [tag: number, maxBytes: number, ...fields: Json[]]>
  >;
}

function field(name: string, type: unknown, more: Json = {}): Json {
  return { name, type, doc: `The ${name}.`, ...more };
}

const RADIUS: Described = {
  protocol: "radius",
  framing: {
    typeBits: 8,
    lengthBits: 8,
    lengthCounts: "whole",
    header: [
      { name: "code", bits: 8, doc: "Kind of packet." },
      { name: "identifier", bits: 8, doc: "Matches requests and replies." },
      { name: "length", bits: 16, counts: "packet", doc: "Bytes of the packet." },
      { name: "authenticator", bits: 128, doc: "Random in a request." },
    ],
  },
  messages: {
    UserName: [1, 253, field("name", { rest: "string", max: 253 })],
    UserPassword: [2, 128, field("hidden", { rest: "bytes", max: 128 }, { sensitive: true })],
    NasIpAddress: [4, 4, field("address", "ipv4")],
    NasPort: [5, 4, field("port", "u32")],
  },
};

const STUN: Described = {
  protocol: "stun",
  framing: {
    alignBytes: 4,
    header: [
      { name: "zero", bits: 2, constant: 0, doc: "Tells STUN from other protocols." },
      { name: "messageType", bits: 14, doc: "Class and method." },
      { name: "length", bits: 16, counts: "frames", doc: "Bytes of the attributes." },
      { name: "cookie", bits: 32, constant: 0x2112_a442, doc: "The magic cookie." },
      { name: "transactionId", bits: 96, doc: "Matches requests and replies." },
    ],
  },
  messages: {
    Username: [0x0006, 513, field("name", { rest: "string", max: 513 })],
    MessageIntegrity: [0x0008, 20, field("hmac", { bytes: 20 })],
    Priority: [0x0024, 4, field("priority", "u32")],
    Software: [0x8022, 763, field("description", { rest: "string", max: 763 })],
    Fingerprint: [0x8028, 4, field("crc", "u32")],
    IceControlled: [0x8029, 8, field("tieBreaker", "u64", { as: "bigint" })],
  },
};

const LLDP: Described = {
  protocol: "lldp",
  framing: { typeBits: 7, lengthBits: 9, endType: 0 },
  messages: {
    ChassisId: [1, 256, field("subtype", "u8"), field("id", { rest: "bytes", max: 255 })],
    PortId: [2, 256, field("subtype", "u8"), field("id", { rest: "string", max: 255 })],
    TimeToLive: [3, 2, field("seconds", "u16")],
    SystemName: [5, 255, field("name", { rest: "string", max: 255 })],
    SystemCapabilities: [
      7,
      4,
      field("supported", "Capabilities"),
      field("enabled", "Capabilities"),
    ],
  },
  types: {
    Capabilities: {
      kind: "flags",
      base: "u16",
      doc: "What a system can do.",
      bits: { bridge: { bit: 2, doc: "A bridge." }, router: { bit: 4, doc: "A router." } },
    },
  },
};

const DHCP: Described = {
  protocol: "dhcp",
  framing: { typeBits: 8, lengthBits: 8, bareTypes: [0, 255], endType: 255 },
  messages: {
    RequestedAddress: [50, 4, field("address", "ipv4")],
    MessageType: [53, 1, field("type", "Kind")],
    ParameterList: [55, 255, field("codes", { rest: { list: "u8" }, max: 255 })],
    ClientId: [61, 255, field("hardware", "u8"), field("id", { rest: "bytes", max: 254 })],
  },
  types: {
    Kind: {
      kind: "enum",
      base: "u8",
      open: false,
      doc: "Kind of message.",
      values: {
        discover: { value: 1, doc: "Looks for servers." },
        offer: { value: 2, doc: "Offers." },
      },
    },
  },
};

/** The spec folder of all four. */
export function publicSpecs(): SpecDocuments {
  const described = [RADIUS, STUN, LLDP, DHCP];
  const ranges = Object.fromEntries(
    described.map(({ protocol }) => [
      protocol,
      { from: 1, to: 65_535, space: protocol, doc: `All types of ${protocol}.` },
    ]),
  );
  const documents = new Map<string, unknown>([
    ["tag-ranges.json", { $schema: "meta/tag-ranges.schema.json", ranges }],
  ]);
  for (const one of described) addProtocol(one, documents);
  return documents;
}

function addProtocol(described: Described, documents: Map<string, unknown>): void {
  const { protocol, framing, types, messages } = described;
  documents.set(`${protocol}/protocol.json`, {
    $schema: "../meta/protocol.schema.json",
    protocol,
    version: 1,
    doc: `The protocol ${protocol}.`,
    space: protocol,
    framing,
    roles: { [protocol]: { doc: "Who speaks it." } },
    transports: { [`${protocol}Wire`]: { kind: "datagram", maxBytes: 4096, doc: "A packet." } },
  });
  if (types !== undefined) {
    documents.set(`${protocol}/types.json`, { $schema: "../meta/types.schema.json", types });
  }
  const entries = Object.entries(messages).map(([name, [tag, maxBytes, ...fields]]) => {
    const way = { from: [protocol], to: [protocol], transport: `${protocol}Wire` };
    return [name, { tag, doc: `A ${name}.`, ...way, protection: "none", maxBytes, fields }];
  });
  documents.set(`${protocol}/messages/all.json`, {
    $schema: "../../meta/messages.schema.json",
    messages: Object.fromEntries(entries) as Json,
  });
}
