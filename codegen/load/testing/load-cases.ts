import type { ProblemCase } from "./problem-case.ts";

const talk = "demo/messages/talk.json";
const types = "demo/types.json";
const machine = "demo/machines/greeting.json";
const protocol = "demo/protocol.json";
const rpc = "demo/rpc/desk.json";
const http = "demo/http.json";
const hello = `${talk}#/messages/Hello`;
const transition = (more: object): object => ({
  from: "open",
  on: "start",
  to: "closed",
  doc: "More.",
  ...more,
});

/** One mistake each in what documents say, with the problem that loading reports. */
export const loadCases: readonly ProblemCase[] = [
  // Reading
  {
    name: "a spec without tag ranges",
    edits: [["tag-ranges.json", undefined]],
    problems: [["document-missing", "tag-ranges.json"]],
  },
  {
    name: "a folder of documents without protocol.json, once",
    edits: [["demo/protocol.json", undefined]],
    problems: [["document-missing", "demo/protocol.json"]],
  },
  {
    name: "a file that is not UTF-8",
    edits: [[types, new Uint8Array([0x7b, 0xff, 0x7d])]],
    problems: [["document-encoding", types]],
  },
  {
    name: "a document at a place where none belongs",
    edits: [["demo/notes.json", {}]],
    problems: [["document-misplaced", "demo/notes.json"]],
  },
  {
    name: "a document in a folder below its own",
    edits: [["demo/messages/deep/talk.json", {}]],
    problems: [["document-misplaced", "demo/messages/deep/talk.json"]],
  },
  {
    name: "a document of another kind than its place asks for",
    edits: [["demo/rpc/talk.json", { $schema: "../../meta/messages.schema.json", messages: {} }]],
    problems: [["document-misplaced", "demo/rpc/talk.json", '"$schema": |"']],
  },
  {
    name: "a document that is no object",
    edits: [[types, []]],
    problems: [["document-shape", types]],
  },
  {
    name: "a comment",
    edits: [[types, '{\n  // no comment\n  "$schema": "../meta/types.schema.json", "types": {}}']],
    problems: [["json-syntax", types, "|// no comment"]],
    says: "Comments are not JSON",
  },
  {
    name: "a trailing comma",
    edits: [[types, '{"$schema": "../meta/types.schema.json", "types": {},}']],
    problems: [["json-syntax", types, ",|}"]],
  },
  {
    name: "an empty file",
    edits: [[types, ""]],
    problems: [["json-syntax", types]],
  },
  {
    name: "a document that is nested without end",
    edits: [[types, "[".repeat(100_000)]],
    problems: [["json-depth", types]],
  },
  {
    name: "a key that stands twice",
    edits: [[types, '{"$schema": "types.schema.json",\n "types": {},\n "types": {}}']],
    problems: [["json-key-twice", types, '{},\n |"types"']],
  },
  {
    name: "the key __proto__",
    edits: [[types, '{"$schema": "types.schema.json", "types": {"__proto__": {}}}']],
    problems: [["json-key-forbidden", types, '|"__proto__"']],
  },
  {
    name: "a document without $schema",
    edits: [[`${types}#/$schema`, undefined]],
    problems: [["schema-missing", types]],
  },
  {
    name: "a $schema of no kind of document",
    edits: [[`${types}#/$schema`, "../meta/type.schema.json"]],
    problems: [["schema-unknown", types, '"$schema": |"']],
  },

  // Shape
  {
    name: "a property that is not there, with the one that was meant",
    edits: [[`${hello}/maxByte`, 5]],
    problems: [["property-unknown", talk, '|"maxByte"']],
    says: "Did you mean maxBytes?",
  },
  {
    name: "a missing property, with its description",
    edits: [[`${hello}/transport`, undefined]],
    problems: [["property-missing", talk, '|"Hello": {']],
    says: "Name of the transport that carries it.",
  },
  {
    name: "a property that does not go with the kind",
    edits: [[`${types}#/types/Options/fields`, []]],
    problems: [["property-excluded", types, '|"fields": []']],
  },
  {
    name: "a message whose name is not written as such",
    edits: [[`${talk}#/messages/hi`, {}]],
    problems: [
      ["name-malformed", talk, '|"hi"'],
      ...Array.from({ length: 8 }, () => ["property-missing", talk, '|"hi"'] as const),
    ],
    says: "PascalCase",
  },
  {
    name: "a value of the wrong JSON type",
    edits: [[`${hello}/tag`, "101"]],
    problems: [["value-type", talk, '"tag": |"101"']],
    says: "tag must be an integer, not a string.",
  },
  {
    name: "a value that is none of those allowed",
    edits: [[`${hello}/protection`, "some"]],
    problems: [["value-malformed", talk, '"protection": |"some"']],
    says: '"none", "authenticated", "encrypted"',
  },
  {
    name: "a type that is written with a small letter and built in nowhere",
    edits: [[`${hello}/fields/0/type`, "u33"]],
    problems: [["value-malformed", talk, '"type": |"u33"']],
    says: "u8 u16 u24 u32",
  },
  {
    name: "a limit that is a text",
    edits: [[`${protocol}#/limits/roomMax/value`, "8"]],
    problems: [["value-type", protocol, '"value": |"8"']],
    says: "must be a number or an array, not a string",
  },
  {
    name: "a keyword of JSON Schema that validators and types read differently",
    edits: [[`${rpc}#/methods/desk.note/params`, { type: "array", prefixItems: [] }]],
    problems: [["property-unknown", rpc, '|"prefixItems"']],
  },

  // References
  {
    name: "the use of an unknown protocol",
    edits: [[`${protocol}#/uses`, ["base", "bas"]]],
    problems: [["unknown-protocol", protocol, '|"bas"']],
    says: "Did you mean base?",
  },
  {
    name: "protocols that use each other",
    edits: [["base/protocol.json#/uses", ["demo"]]],
    problems: [["protocol-cycle", protocol, '|"base"\n']],
    says: "base → demo → base",
  },
  {
    name: "a protocol with another name than its folder",
    edits: [[`${protocol}#/protocol`, "show"]],
    problems: [["protocol-name", protocol, '"protocol": |"show"']],
  },
  {
    name: "an unknown role",
    edits: [[`${hello}/from`, ["alcie"]]],
    problems: [["unknown-role", talk, '|"alcie"']],
    says: "Did you mean alice?",
  },
  {
    name: "an unknown transport",
    edits: [[`${hello}/transport`, "carrierPigeon"]],
    problems: [["unknown-transport", talk, '|"carrierPigeon"']],
    says: "Known: wire, stream.",
  },
  {
    name: "an unknown type, also within a list",
    edits: [[`${talk}#/messages/Welcome/fields/1/type/list/of`, "Marc"]],
    problems: [["unknown-type", talk, '"of": |"Marc"']],
    says: "Did you mean Mark?",
  },
  {
    name: "an unknown message among nested ones",
    edits: [[`${talk}#/messages/Bundle/fields/0/type/tlvs/-`, "Helo"]],
    problems: [["unknown-message", talk, '|"Helo"']],
  },
  {
    name: "an unknown message that a machine sends",
    edits: [[`${machine}#/transitions/0/sends/0`, "Helo"]],
    problems: [["unknown-message", machine, '|"Helo"']],
  },
  {
    name: "an unknown limit",
    edits: [[`${machine}#/timers/patience/after/limit`, "patience"]],
    problems: [["unknown-limit", machine, '"limit": |"patience"']],
    says: "Did you mean patienceMs?",
  },
  {
    name: "an unknown state",
    edits: [[`${machine}#/transitions/0/to`, "callin"]],
    problems: [["unknown-state", machine, '|"callin"']],
    says: "Did you mean calling?",
  },
  {
    name: "an unknown timer",
    edits: [[`${machine}#/states/open/timers/0`, "patients"]],
    problems: [["unknown-timer", machine, '|"patients"']],
  },
  {
    name: "an unknown event",
    edits: [[`${machine}#/transitions/0/on`, "began"]],
    problems: [["unknown-event", machine, '|"began"']],
  },
  {
    name: "an event of an unknown message",
    edits: [[`${machine}#/transitions/3/on`, "Welcom"]],
    problems: [["unknown-event", machine, '|"Welcom"']],
    says: "Did you mean Welcome?",
  },
  {
    name: "an unknown output",
    edits: [[`${machine}#/transitions/3/does/0`, "lock"]],
    problems: [["unknown-output", machine, '|"lock"']],
  },
  {
    name: "a timer that lasts as long as a field which its state has not",
    edits: [[`${machine}#/timers/retry/after/state`, "pauseMs"]],
    problems: [["unknown-field", machine, '"state": |"pauseMs"']],
  },
  {
    name: "an unknown RPC error",
    edits: [[`${rpc}#/methods/desk.read/errors/-`, "bussy"]],
    problems: [["unknown-error", rpc, '|"bussy"']],
    says: "Did you mean busy?",
  },
  {
    name: "an unknown carrier",
    edits: [[`${rpc}#/carrier`, "Bundel"]],
    problems: [["unknown-message", rpc, '|"Bundel"']],
  },
  {
    name: "an unknown shape of a call, however deep",
    edits: [
      [
        `${rpc}#/schemas/Entry/schema/properties/text`,
        { type: "array", items: { $ref: "#/schemas/Enty" } },
      ],
    ],
    problems: [["unknown-schema", rpc, '|"#/schemas/Enty"']],
    says: "Did you mean Entry?",
  },
  {
    name: "an unknown shape of an operation",
    edits: [[`${http}#/operations/put/body/$ref`, "#/schemas/Entry"]],
    problems: [["unknown-schema", http, '|"#/schemas/Entry"']],
  },
  {
    name: "an unknown role that serves HTTP",
    edits: [[`${http}#/role`, "bobby"]],
    problems: [["unknown-role", http, '|"bobby"']],
  },
  {
    name: "a name that a used protocol defines already",
    edits: [[`${types}#/types/Code`, { kind: "struct", doc: "C.", fields: [] }]],
    problems: [["name-twice", types, '|"Code"']],
    says: "spec/base/types.json:4",
  },
  {
    name: "a type with the name of a message",
    edits: [[`${types}#/types/Hello`, { kind: "struct", doc: "H.", fields: [] }]],
    problems: [["name-twice", talk, '|"Hello": {']],
  },
  {
    name: "a name that two used protocols define",
    edits: [
      [`${protocol}#/uses`, ["base", "third"]],
      [
        "third/protocol.json",
        {
          $schema: "protocol.schema.json",
          protocol: "third",
          version: 1,
          doc: "T.",
          roles: { party: { doc: "P." } },
        },
      ],
    ],
    problems: [["name-twice", protocol, '|"third"']],
    says: "base and third both define party",
  },
  {
    name: "an event with the name of a timer",
    edits: [[`${machine}#/events/retry`, { kind: "command", doc: "R." }]],
    problems: [["name-twice", machine, '|"retry": {\n      "kind"']],
  },
  {
    name: "a tag in no range",
    edits: [[`${hello}/tag`, 9999]],
    problems: [["tag-outside-ranges", talk, '"tag": |9999']],
    says: "base 1–100, demo 101–200",
  },
  {
    name: "a tag in a range of another tag space only",
    edits: [
      ["tag-ranges.json#/ranges/demo/space", "apart"],
      [
        "demo/messages/talk.json#/messages",
        {
          Hello: {
            tag: 101,
            doc: "H.",
            from: ["alice"],
            to: ["bob"],
            transport: "wire",
            protection: "none",
            maxBytes: 0,
            fields: [],
          },
        },
      ],
      [machine, undefined],
      [rpc, undefined],
    ],
    problems: [["tag-outside-ranges", talk, '"tag": |101']],
    says: "tag space main",
  },
  {
    name: "bounds at what is no integer",
    edits: [[`${hello}/fields/2/max`, 5]],
    problems: [["field-bounds-misplaced", talk, '|"max": 5']],
  },
  {
    name: "bigint at an integer below 64 bits",
    edits: [[`${hello}/fields/0/as`, "bigint"]],
    problems: [["field-bounds-misplaced", talk, '|"as"']],
  },
  {
    name: "a type of two contents",
    edits: [[`${hello}/fields/2/type/bytes`, 4]],
    problems: [["type-shape", talk, '"type": |{\n            "string"']],
  },
  {
    name: "a rest without a max",
    edits: [[`${talk}#/messages/Welcome/fields/2/type/max`, undefined]],
    problems: [["type-shape", talk, '"type": |{\n            "rest"']],
  },
  {
    name: "a max where it means nothing",
    edits: [[`${hello}/fields/2/type/max`, 4]],
    problems: [["type-shape", talk, '"type": |{\n            "string"']],
  },
  {
    name: "a case of a union that is no struct",
    edits: [[`${types}#/types/Mark/cases/label/type`, "Options"]],
    problems: [["case-not-struct", types, '"type": |"Options"']],
  },
  {
    name: "a transition from several states without a group",
    edits: [[`${machine}#/transitions/4/group`, undefined]],
    problems: [["transition-group-missing", machine, '"from": |[']],
  },
  {
    name: "a transition from * that leaves nothing",
    edits: [[`${machine}#/transitions/-`, transition({ from: "*", group: "any", on: "patience" })]],
    problems: [["transition-empty", machine, '"from": |"*"']],
  },
];
