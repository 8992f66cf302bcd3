import type { ProblemCase } from "../../load/testing/problem-case.ts";

const ranges = "tag-ranges.json";
const protocol = "demo/protocol.json";
const types = "demo/types.json";
const talk = "demo/messages/talk.json";
const hello = `${talk}#/messages/Hello`;
const welcome = `${talk}#/messages/Welcome`;
const field = (name: string, type: unknown, more: object = {}): object => ({
  name,
  type,
  doc: "A field.",
  ...more,
});
const struct = (fields: readonly object[]): object => ({ kind: "struct", doc: "S.", fields });

/** One mistake each in what tags, names, fields and sizes mean, with the problem that checking reports. */
export const wireCases: readonly ProblemCase[] = [
  {
    name: "a range that ends before it begins",
    edits: [[`${ranges}#/ranges/spare`, { from: 300, to: 299, doc: "S." }]],
    problems: [["range-reversed", ranges, '"to": |299']],
  },
  {
    name: "ranges that overlap by one tag",
    edits: [[`${ranges}#/ranges/demo/from`, 100]],
    problems: [["range-overlap", ranges, '"from": |100']],
  },
  {
    name: "a tag that is taken, and names the next free one",
    edits: [[`${welcome}/tag`, 101]],
    problems: [["tag-twice", talk, '"tag": |101,\n      "doc": "Greets back']],
    says: "The next free tag of the range demo is 102.",
  },
  {
    name: "a tag that a used protocol has",
    edits: [[`${welcome}/tag`, 1]],
    problems: [["tag-twice", talk, '"tag": |1,']],
    says: "taken by Bye",
  },
  {
    name: "a retired tag",
    edits: [[`${welcome}/tag`, 150]],
    problems: [["tag-retired", talk, '"tag": |150']],
  },
  {
    name: "a tag that the framing cannot hold",
    edits: [[`${protocol}#/framing`, { typeBits: 6, lengthBits: 10 }]],
    problems: [
      ["tag-too-wide", talk, '"tag": |101'],
      ["tag-too-wide", talk, '"tag": |102'],
      ["tag-too-wide", talk, '"tag": |103'],
    ],
  },
  {
    name: "a tag that ends the frames",
    edits: [[`${protocol}#/framing`, { endType: 102 }]],
    problems: [["tag-taken", talk, '"tag": |102']],
  },
  {
    name: "fields of a message whose tag stands alone",
    edits: [[`${protocol}#/framing`, { bareTypes: [102] }]],
    problems: [
      [
        "bare-message-fields",
        talk,
        '"maxBytes": 64,\n      "fields": |[\n        {\n          "name": "code"',
      ],
    ],
  },
  {
    name: "a retired name",
    edits: [[`${types}#/types/Shout`, struct([field("x", "u8")])]],
    problems: [["name-retired", types, '|"Shout"']],
  },
  {
    name: "a type that hides one of the language",
    edits: [[`${types}#/types/Uint8Array`, struct([field("x", "u8")])]],
    problems: [["name-reserved", types, '|"Uint8Array"']],
  },
  {
    name: "a field that is a word of the language",
    edits: [[`${types}#/types/Label/fields/0/name`, "default"]],
    problems: [["name-reserved", types, '"name": |"default"']],
  },
  {
    name: "a field that hides a view's member",
    edits: [[`${types}#/types/Label/fields/0/name`, "at"]],
    problems: [["name-reserved", types, '"name": |"at"']],
  },
  {
    name: "names that would generate the same constant",
    edits: [[`${types}#/types/HelloView`, struct([field("x", "u8")])]],
    problems: [["generated-name-twice", talk, '|"Hello": {']],
    says: "HelloView would be generated twice: for the struct HelloView",
  },
  {
    name: "type and length that fill no integer",
    edits: [[`${protocol}#/framing`, { typeBits: 16, lengthBits: 17 }]],
    problems: [["framing-width", protocol, '"framing": |{']],
  },
  {
    name: "a bare type that the framing cannot hold",
    edits: [[`${protocol}#/framing`, { typeBits: 8, lengthBits: 8, bareTypes: [0, 256] }]],
    problems: [["framing-type-too-wide", protocol, "|256"]],
  },
  {
    name: "a header that is not whole bytes",
    edits: [[`${protocol}#/framing`, { header: [{ name: "flag", bits: 7, doc: "F." }] }]],
    problems: [["framing-header", protocol, '"header": |[']],
  },
  {
    name: "a constant of a header that does not fit",
    edits: [
      [`${protocol}#/framing`, { header: [{ name: "magic", bits: 8, constant: 256, doc: "F." }] }],
    ],
    problems: [["framing-header", protocol, '"constant": |256']],
  },
  {
    name: "a header that counts twice",
    edits: [
      [
        `${protocol}#/framing`,
        {
          header: [
            { name: "size", bits: 8, counts: "packet", doc: "S." },
            { name: "again", bits: 8, counts: "frames", doc: "S." },
          ],
        },
      ],
    ],
    problems: [["framing-header", protocol, '"counts": |"frames"']],
  },
  {
    name: "a transport that carries no header",
    edits: [[`${protocol}#/transports/spare`, { kind: "datagram", maxBytes: 3, doc: "S." }]],
    problems: [["framing-transport", protocol, '"maxBytes": |3,']],
  },
  {
    name: "two fields of one name",
    edits: [[`${types}#/types/Point/fields/1/name`, "x"]],
    problems: [
      ["field-twice", types, '"name": |"x",\n          "type": "i16",\n          "doc": "Down."'],
    ],
  },
  {
    name: "a field after the rest of the value",
    edits: [[`${welcome}/fields/-`, field("more", "u8")]],
    problems: [["field-after-rest", talk, '|{\n          "name": "more"']],
  },
  {
    name: "a field after nested frames",
    edits: [[`${talk}#/messages/Bundle/fields/-`, field("more", "u8")]],
    problems: [["field-after-rest", talk, '|{\n          "name": "more"']],
  },
  {
    name: "a struct that takes the rest",
    edits: [[`${types}#/types/Label/fields/0/type`, { rest: "string", max: 10 }]],
    problems: [["rest-nested", types, '"type": |{']],
  },
  {
    name: "a list of rests",
    edits: [[`${welcome}/fields/1/type/list/of`, { rest: "bytes", max: 3 }]],
    problems: [["rest-nested", talk, '"type": |{\n            "list"']],
  },
  {
    name: "a list to the end whose elements may be empty",
    edits: [
      [`${types}#/types/Nothing`, struct([])],
      [`${welcome}/fields/2/type`, { rest: { list: "Nothing" }, max: 10 }],
    ],
    problems: [["element-empty", talk, '"type": |{\n            "rest"']],
  },
  {
    name: "bounds the wrong way round",
    edits: [[`${hello}/fields/0/min`, 101]],
    problems: [["bounds-reversed", talk, '"min": |101']],
  },
  {
    name: "a bound that the type cannot hold",
    edits: [[`${hello}/fields/0/max`, 4_294_967_296]],
    problems: [["bounds-outside-type", talk, '"max": |4294967296']],
    says: "u32 holds 0 … 4294967295",
  },
  {
    name: "a bound that a number cannot hold",
    edits: [[`${hello}/fields/0`, field("id", "u64", { max: 2 ** 60 })]],
    problems: [["bounds-outside-type", talk, '"max": |1152921504606847000']],
    says: '"as": "bigint"',
  },
  {
    name: "a length that does not count so far",
    edits: [
      [`${hello}/fields/2/type/string/max`, 256],
      [`${hello}/maxBytes`, 300],
      [`${talk}#/messages/Bundle/maxBytes`, 508],
    ],
    problems: [["length-too-small", talk, '"type": |{\n            "string"']],
  },
  {
    name: "two values of an enum with the same number",
    edits: [["base/types.json#/types/Code/values/bad/value", 1]],
    problems: [
      ["enum-value-twice", "base/types.json", '"value": |1,\n          "doc": "Not fine."'],
    ],
  },
  {
    name: "two cases of a union with the same number",
    edits: [[`${types}#/types/Mark/cases/label/value`, 1]],
    problems: [["enum-value-twice", types, '"value": |1,\n          "type": "Label"']],
  },
  {
    name: "a bit that the base has not",
    edits: [[`${types}#/types/Options/bits/safe/bit`, 8]],
    problems: [["enum-value-too-wide", types, '"bit": |8']],
  },
  {
    name: "a value that the base cannot hold",
    edits: [["base/types.json#/types/Code/values/bad/value", 256]],
    problems: [["enum-value-too-wide", "base/types.json", '"value": |256']],
  },
  {
    name: "a field that was added before the one it follows",
    edits: [[`${hello}/fields/-`, field("more", "u8")]],
    problems: [["since-backwards", talk, '|{\n          "name": "more"']],
  },
  {
    name: "a field of a version that is not there yet",
    edits: [[`${hello}/fields/3/since`, 3]],
    problems: [["since-future", talk, '"since": |3']],
  },
  {
    name: "a call of a version that is not there yet",
    edits: [["demo/rpc/desk.json#/methods/desk.note/since", 3]],
    problems: [["since-future", "demo/rpc/desk.json", '"since": |3']],
  },
  {
    name: "a field with the since of its message",
    edits: [[`${hello}/since`, 2]],
    problems: [["since-needless", talk, '"since": |2,\n          "doc": "Since when."']],
  },
  {
    name: "a field with a since in a struct",
    edits: [[`${types}#/types/Point/fields/1/since`, 2]],
    problems: [["since-misplaced", types, '"since": |2']],
  },
  {
    name: "a rest that may be missing",
    edits: [[`${welcome}/fields/2/since`, 2]],
    problems: [["since-misplaced", talk, '"since": |2\n        }\n      ]\n    },\n    "Bundle"']],
  },
  {
    name: "structs that contain each other, however wrapped",
    edits: [
      [
        `${types}#/types/Label/fields/-`,
        field("marks", { list: { of: "Mark", count: "u8", max: 2 } }),
      ],
    ],
    problems: [
      ["struct-recursive", types, '|"Label": {'],
      ["struct-recursive", types, '|"Mark": {'],
    ],
    says: "Label → Mark → Label",
  },
  {
    name: "a message that nests itself",
    edits: [[`${talk}#/messages/Bundle/fields/0/type/tlvs/-`, "Bundle"]],
    problems: [["tlv-nested", talk, '|"Bundle": {']],
  },
  {
    name: "a nested message of another framing",
    edits: [
      [`${protocol}#/framing`, { order: "little" }],
      [`${talk}#/messages/Bundle/fields/0/type/tlvs`, ["Bye"]],
    ],
    problems: [["tlv-nested", talk, '"tlvs": |[']],
  },
  {
    name: "a message above its transport's limit, header counted",
    edits: [[`${hello}/maxBytes`, 509]],
    problems: [["size-over-transport", talk, '"maxBytes": |509']],
    says: "has 513 bytes, and wire carries 512",
  },
  {
    name: "a message above its transport's limit by padding",
    edits: [
      [`${protocol}#/transports/wire/maxBytes`, 206],
      [`${talk}#/messages/Bundle/maxBytes`, 202],
      [`${protocol}#/framing`, { alignBytes: 8 }],
    ],
    problems: [["size-over-transport", talk, '"maxBytes": |202']],
    says: "has 208 bytes",
  },
  {
    name: "a value that the framing's length cannot count",
    edits: [
      [`${protocol}#/framing`, { typeBits: 17, lengthBits: 7, lengthCounts: "whole" }],
      [`${welcome}/maxBytes`, 125],
      [`${talk}#/messages/Bundle/maxBytes`, 124],
    ],
    problems: [["size-over-framing", talk, '"maxBytes": |125']],
    says: "Lower maxBytes to 124.",
  },
  {
    name: "a maxBytes below the smallest value, with later fields missing",
    edits: [[`${hello}/maxBytes`, 5]],
    problems: [["size-max-too-small", talk, '"maxBytes": |5,']],
    says: "its smallest value takes 6 bytes",
  },
  {
    name: "a maxBytes below the largest value",
    edits: [[`${hello}/maxBytes`, 23]],
    problems: [["size-max-exceeded", talk, '"maxBytes": |23']],
    says: "take up to 24 bytes",
  },
];
