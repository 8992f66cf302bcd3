import fc from "fast-check";
import type { SpecDocuments } from "./generated-spec.ts";

type Json = Readonly<Record<string, unknown>>;

const SCALARS = [
  ...["u8", "u16", "u24", "u32", "u48", "u64", "i8", "i16", "i32", "i64"],
  ...["f32", "f64", "bool", "mac", "ipv4", "ipv6", "endpoint"],
] as const;

/** Kinds of framing as public protocols have them, and some that none has. */
const FRAMINGS: readonly Json[] = [
  {},
  { order: "little" },
  { alignBytes: 4 },
  { typeBits: 8, lengthBits: 8, lengthCounts: "whole" },
  { typeBits: 7, lengthBits: 9, endType: 0 },
  { typeBits: 8, lengthBits: 8, bareTypes: [0, 255], endType: 255 },
  { typeBits: 8, lengthBits: 16, order: "little", alignBytes: 2 },
  { typeBits: 12, lengthBits: 20, order: "little", lengthCounts: "whole" },
  { typeBits: 16, lengthBits: 32 },
  { typeBits: 32, lengthBits: 32, lengthCounts: "whole", alignBytes: 8 },
];

/**
 * Small specs of one protocol `sample` with types and messages of all kinds of values in any order. The
 * names of fields are ones that generated code could trip over.
 */
export function randomSpec(): fc.Arbitrary<SpecDocuments> {
  return fc
    .record({
      framing: fc.constantFrom(...FRAMINGS),
      struct: fields(scalarType(), { minLength: 0, maxLength: 3 }),
      other: fields(fc.oneof(scalarType(), variableType(scalarType())), {
        minLength: 1,
        maxLength: 3,
      }),
      messages: fc.array(messageFields(), { minLength: 1, maxLength: 3 }),
    })
    .map(({ framing, struct, other, messages }) => {
      const documents = new Map<string, unknown>();
      documents.set("tag-ranges.json", {
        $schema: "meta/tag-ranges.schema.json",
        ranges: { all: { from: 1, to: 100, doc: "All tags." } },
      });
      documents.set("sample/protocol.json", protocolDocument(framing));
      documents.set("sample/types.json", typesDocument(struct, other));
      documents.set("sample/messages/all.json", messagesDocument(messages));
      return documents;
    });
}

function protocolDocument(framing: Json): Json {
  return {
    $schema: "../meta/protocol.schema.json",
    protocol: "sample",
    version: 3,
    doc: "A sample.",
    framing,
    roles: { one: { doc: "One end." }, other: { doc: "The other end." } },
    transports: { udp: { kind: "datagram", maxBytes: 60_000, doc: "Datagrams." } },
  };
}

function typesDocument(struct: readonly Json[], other: readonly Json[]): Json {
  const named = { first: { value: 1, doc: "One." }, second: { value: 200, doc: "Two hundred." } };
  return {
    $schema: "../meta/types.schema.json",
    types: {
      Colour: { kind: "enum", base: "u8", open: false, doc: "A closed enum.", values: named },
      Shade: { kind: "enum", base: "u16", open: true, doc: "An open enum.", values: named },
      Marks: {
        kind: "flags",
        base: "u32",
        doc: "Flags.",
        bits: { top: { bit: 31, doc: "The top bit." } },
      },
      Fixed: {
        kind: "struct",
        doc: "A struct of fixed size, unless endpoints are in it.",
        fields: struct,
      },
      Loose: { kind: "struct", doc: "A struct of variable size.", fields: other },
      Choice: {
        kind: "union",
        base: "u16",
        doc: "A union.",
        cases: {
          fixed: { value: 7, type: "Fixed", doc: "The fixed one." },
          loose: { value: 300, type: "Loose", doc: "The loose one." },
        },
      },
    },
  };
}

function messagesDocument(messages: readonly (readonly Json[])[]): Json {
  const common = {
    doc: "A message.",
    from: ["one"],
    to: ["other"],
    transport: "udp",
    protection: "none",
    maxBytes: 240,
  };
  const entries = messages.map((own, index) => [
    `Message${String(index)}`,
    { ...common, tag: 1 + index, fields: own },
  ]);
  const nested = {
    ...common,
    tag: 90,
    fields: [{ name: "inner", type: { tlvs: ["Message0"], max: 3 }, doc: "Nested frames." }],
  };
  return {
    $schema: "../../meta/messages.schema.json",
    messages: { ...Object.fromEntries(entries), Nest: nested },
  };
}

/** Up to three fields, perhaps a rest, or fields that were appended later. */
function messageFields(): fc.Arbitrary<readonly Json[]> {
  const first = fields(anyType(), { minLength: 0, maxLength: 3 });
  const rest = fc.oneof(
    fc.constant({ rest: "bytes", max: 20 }),
    fc.constant({ rest: "string", max: 20 }),
    fc
      .constantFrom("u8", "u16", "endpoint", "Colour", "Choice")
      .map((type) => ({ rest: { list: type }, max: 3 })),
  );
  const later = fields(fc.oneof(filledType(), variableType(scalarType())), {
    minLength: 1,
    maxLength: 2,
  });
  const ends = fc.oneof(
    fc.constant([]),
    rest.map((type) => [{ name: "tail", type, doc: "The rest." }]),
    later.map((own) =>
      own.map((field, index) => ({ ...field, name: `later${String(index)}`, since: 2 + index })),
    ),
  );
  return fc.tuple(first, ends).map(([own, end]) => [...own, ...end]);
}

const NAMES = [
  ...[
    "bytes",
    "view",
    "offset",
    "end",
    "message",
    "out",
    "cursor",
    "value",
    "fields",
    "at",
    "next",
    "index",
  ],
  ...[
    "class",
    "default",
    "kind",
    "name",
    "readText",
    "spanEnd",
    "x",
    "xEnd",
    "xCount",
    "xItem",
    "xAt",
  ],
];

function fields(
  type: fc.Arbitrary<Json>,
  length: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<readonly Json[]> {
  const field = fc.record({ name: fc.constantFrom(...NAMES), type });
  return fc
    .uniqueArray(field, { ...length, selector: ({ name }) => name })
    .map((list) => list.map(({ name, type: of }) => ({ name, ...of, doc: `The ${name}.` })));
}

function anyType(): fc.Arbitrary<Json> {
  return fc.oneof(
    scalarType(),
    boundedType(),
    filledType(),
    variableType(scalarType()),
    namedType(),
  );
}

function scalarType(): fc.Arbitrary<Json> {
  return fc.constantFrom(...SCALARS).map((type) => ({ type }));
}

/** Types of which every value takes at least a byte. */
function filledType(): fc.Arbitrary<Json> {
  return fc.oneof(
    scalarType(),
    fc.integer({ min: 1, max: 20 }).map((bytes) => ({ type: { bytes } })),
    fc.constantFrom("Colour", "Shade", "Marks", "Choice").map((type) => ({ type })),
  );
}

function namedType(): fc.Arbitrary<Json> {
  return fc.constantFrom("Fixed", "Loose", "Choice", "Colour", "Marks").map((type) => ({ type }));
}

function boundedType(): fc.Arbitrary<Json> {
  return fc.constantFrom(
    { type: "u8", min: 3, max: 9 },
    { type: "i16", min: -3 },
    { type: "u48", max: 1000 },
    { type: "u64", as: "bigint" },
    { type: "i64", as: "bigint", min: -5, max: 5 },
  );
}

function variableType(of: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const length = fc.constantFrom("u8", "u16", "u32");
  const element = fc.oneof(
    of.map(({ type }) => type),
    fc.constantFrom("Colour", "Marks"),
    fc.constant({ string: { length: "u8", max: 4 } }),
    fc.constant({ list: { of: "u16", count: "u8", max: 2 } }),
  );
  return fc.oneof(
    length.map((own) => ({ type: { bytes: { length: own, max: 9 } } })),
    fc.constant({ type: { bytes: { length: "u8", max: 255 } } }),
    length.map((own) => ({ type: { string: { length: own, max: 50 } } })),
    fc
      .tuple(element, length)
      .map(([type, count]) => ({ type: { list: { of: type, count, max: 3 } } })),
  );
}
