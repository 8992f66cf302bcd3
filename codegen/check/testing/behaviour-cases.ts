import type { ProblemCase } from "../../load/testing/problem-case.ts";

const machine = "demo/machines/greeting.json";
const rpc = "demo/rpc/desk.json";
const http = "demo/http.json";
const add = (more: object): readonly [string, unknown] => [
  `${machine}#/transitions/-`,
  { to: "closed", doc: "More.", ...more },
];

/** One mistake each in machines, calls and operations, with the problem that checking reports. */
export const behaviourCases: readonly ProblemCase[] = [
  // State machines
  {
    name: "a state that nothing leads to",
    edits: [[`${machine}#/states/lonely`, { doc: "L." }], add({ from: "lonely", on: "start" })],
    problems: [["state-unreachable", machine, '|"lonely": {']],
  },
  {
    name: "a state that nothing leads out of",
    edits: [
      [`${machine}#/states/stuck`, { doc: "S." }],
      [`${machine}#/transitions/3/to`, ["open", "stuck"]],
    ],
    problems: [
      ["state-dead-end", machine, '|"stuck": {'],
      ["state-trapped", machine, '|"stuck": {'],
    ],
  },
  {
    name: "a state that only leads to itself",
    edits: [
      [`${machine}#/states/stuck`, { doc: "S." }],
      [`${machine}#/transitions/3/to`, ["open", "stuck"]],
      add({ from: "stuck", on: "start", to: "stuck" }),
    ],
    problems: [
      ["state-dead-end", machine, '|"stuck": {'],
      ["state-trapped", machine, '|"stuck": {'],
    ],
  },
  {
    name: "an endless state without a transition",
    edits: [
      [`${machine}#/states/stuck`, { doc: "S.", endless: true }],
      [`${machine}#/transitions/3/to`, ["open", "stuck"]],
    ],
    problems: [["state-dead-end", machine, '|"stuck": {']],
  },
  {
    name: "states that lead to each other only",
    edits: [
      [`${machine}#/states/tick`, { doc: "T." }],
      [`${machine}#/states/tock`, { doc: "T." }],
      [`${machine}#/transitions/3/to`, ["open", "tick"]],
      add({ from: "tick", on: "start", to: "tock" }),
      add({ from: "tock", on: "start", to: "tick" }),
    ],
    problems: [
      ["state-trapped", machine, '|"tick": {'],
      ["state-trapped", machine, '|"tock": {'],
    ],
  },
  {
    name: "a state that waits for a message without a timer",
    edits: [
      [`${machine}#/states/open/timers`, undefined],
      [`${machine}#/timers/patience`, undefined],
      [
        `${machine}#/transitions/6`,
        { from: "open", on: "Bye", guard: "again", to: "closed", doc: "G." },
      ],
      [`${machine}#/transitions/5/guard`, "civil"],
    ],
    problems: [["state-waits-forever", machine, '|"open": {']],
    says: "waits for lost, Bye, Bye and, if that never comes, for ever",
  },
  {
    name: "a state that waits for a message and only ever tries again by time",
    edits: [
      [`${machine}#/transitions/6/to`, "open"],
      [`${machine}#/transitions/6/restarts`, ["patience"]],
    ],
    problems: [["state-waits-forever", machine, '|"open": {']],
  },
  {
    name: "a state that waits for a message or its owner, without a timer",
    edits: [
      [`${machine}#/states/open/timers`, undefined],
      [`${machine}#/timers/patience`, undefined],
      [`${machine}#/transitions/6`, { from: "open", on: "start", to: "closed", doc: "G." }],
    ],
    problems: [["state-waits-forever", machine, '|"open": {']],
  },
  {
    name: "a transition out of a final state",
    edits: [add({ from: "closed", on: "start", to: "idle" })],
    problems: [["state-final-left", machine, '"from": |"closed"']],
  },
  {
    name: "a final state with a timer",
    edits: [[`${machine}#/states/closed/timers`, ["patience"]]],
    problems: [["state-final-timer", machine, '"final": true,\n      "timers": |[']],
  },
  {
    name: "a transition after one without a guard",
    edits: [[`${machine}#/transitions/1/guard`, undefined]],
    problems: [["transition-shadowed", machine, '"on": |"retry",\n      "to": "closed"']],
  },
  {
    name: "the same guard twice",
    edits: [
      [`${machine}#/transitions/2/guard`, "triesLeft"],
      add({ from: "calling", on: "retry" }),
    ],
    problems: [["guard-twice", machine, '"doc": "Gives up.",\n      "guard": |"triesLeft"']],
  },
  {
    name: "bodies of the same name",
    edits: [add({ from: "idle", group: "calling", on: "Welcome", does: ["log"] })],
    problems: [
      ["generated-name-twice", machine, '|{\n      "to": "closed",\n      "doc": "More."'],
    ],
    says: "callingOnWelcome",
  },
  {
    name: "a timer that no state lists",
    edits: [[`${machine}#/timers/spare`, { doc: "S.", after: 5 }]],
    problems: [["timer-unused", machine, '|"spare"']],
  },
  {
    name: "a timer that fires unheard",
    edits: [
      [`${machine}#/states/open/timers/-`, "retry"],
      [`${machine}#/states/open/data`, [{ name: "waitMs", type: "u32", doc: "W." }]],
    ],
    problems: [["timer-unhandled", machine, '"patience",\n        |"retry"']],
  },
  {
    name: "a timer whose every transition has a guard that may refuse",
    edits: [[`${machine}#/transitions/6/guard`, "bored"]],
    problems: [["timer-unhandled", machine, '|"patience"\n      ]']],
  },
  {
    name: "a transition on a timer that does not run",
    edits: [add({ from: "idle", on: "retry" })],
    problems: [["timer-not-running", machine, '"from": "idle",\n      "on": |"retry"']],
  },
  {
    name: "the restart of a timer that does not run",
    edits: [[`${machine}#/transitions/0/restarts`, ["patience"]]],
    problems: [["timer-not-running", machine, '"restarts": [\n        |"patience"']],
  },
  {
    name: "a timer that lasts guests",
    edits: [[`${machine}#/timers/patience/after/limit`, "roomMax"]],
    problems: [["timer-unit", machine, '"doc": "Long enough.",\n      "after": |{']],
    says: "which is in guests",
  },
  {
    name: "a timer that lasts a series",
    edits: [[`${machine}#/timers/patience/after/limit`, "retryMs"]],
    problems: [["timer-unit", machine, '"doc": "Long enough.",\n      "after": |{']],
  },
  {
    name: "a timer that lasts a field in seconds",
    edits: [[`${machine}#/states/calling/data/0/unit`, "s"]],
    problems: [["timer-unit", machine, '"doc": "No answer yet.",\n      "after": |{']],
  },
  {
    name: "an event that nothing is on",
    edits: [[`${machine}#/events/spare`, { kind: "internal", doc: "S." }]],
    problems: [["event-unused", machine, '|"spare"']],
  },
  {
    name: "an output that nothing does",
    edits: [[`${machine}#/outputs/spare`, { doc: "S." }]],
    problems: [["output-unused", machine, '|"spare"']],
  },
  {
    name: "an output with data that the step would issue itself",
    edits: [[`${machine}#/transitions/4/always/-`, "log"]],
    problems: [["output-always-data", machine, '"notify",\n        |"log"']],
  },
  {
    name: "a message that the role does not send",
    edits: [[`${machine}#/transitions/0/sends/-`, "Welcome"]],
    problems: [["send-wrong-role", machine, '"Hello",\n        |"Welcome"']],
  },
  {
    name: "a message that only one of the machine's roles receives",
    edits: [
      [`${machine}#/role`, ["alice", "bob"]],
      ["demo/messages/talk.json#/messages/Hello/from", ["alice", "bob"]],
    ],
    problems: [["receive-wrong-role", machine, '"on": |"Welcome"']],
    says: "run by bob",
  },
  {
    name: "data that would hide a state's name",
    edits: [[`${machine}#/states/calling/data/-`, { name: "name", type: "u8", doc: "N." }]],
    problems: [["data-name-reserved", machine, '"name": |"name"']],
  },
  {
    name: "data that would hide an output's kind",
    edits: [[`${machine}#/outputs/log/data/0/name`, "kind"]],
    problems: [["data-name-reserved", machine, '"name": |"kind"']],
  },

  // RPC
  {
    name: "two errors of one code",
    edits: [
      [`${rpc}#/errors/full`, { code: -32001, doc: "F." }],
      [`${rpc}#/methods/desk.read/errors/-`, "full"],
    ],
    problems: [["error-code-twice", rpc, '"code": |-32001,\n      "doc": "F."']],
  },
  {
    name: "an error code that JSON-RPC keeps",
    edits: [[`${rpc}#/errors/busy/code`, -32601]],
    problems: [["error-code-reserved", rpc, '"code": |-32601']],
  },
  {
    name: "an error code one below the free ones, which is the core's own",
    edits: [[`${rpc}#/errors/busy/code`, -32097]],
    problems: [["error-code-reserved", rpc, '"code": |-32097']],
  },
  {
    name: "an error that nothing answers with",
    edits: [[`${rpc}#/errors/full`, { code: 5, doc: "F." }]],
    problems: [["error-unused", rpc, '|"full"']],
  },
  {
    name: "a notification with errors",
    edits: [[`${rpc}#/methods/desk.note/errors`, ["busy"]]],
    problems: [["method-notification", rpc, '"timeoutMs": 1000,\n      "errors": |[']],
  },
  {
    name: "parameters that are no object",
    edits: [[`${rpc}#/methods/desk.read/params`, { type: "array", items: { type: "string" } }]],
    problems: [["params-not-object", rpc, '"params": |{\n        "type": "array"']],
  },
  {
    name: "a shape that a validator refuses",
    edits: [[`${rpc}#/schemas/Entry/schema/properties/text/pattern`, "("]],
    problems: [["schema-invalid", rpc, '"schema": |{']],
    says: "Invalid regular expression",
  },
  {
    name: "a shape with a keyword of another type",
    edits: [
      [`${rpc}#/methods/desk.read/result`, { type: "string", minimum: 5 }],
      [`${rpc}#/methods/desk.note/params`, { $ref: "#/schemas/Entry" }],
    ],
    problems: [["schema-invalid", rpc, '"result": |{']],
  },
  {
    name: "a shared shape that nothing refers to",
    edits: [[`${rpc}#/schemas/Spare`, { doc: "S.", schema: { type: "string" } }]],
    problems: [["schema-unused", rpc, '|"Spare"']],
  },
  {
    name: "shapes of a call and of HTTP with the same name",
    edits: [
      [`${http}#/schemas/Entry`, { doc: "E.", schema: { type: "string" } }],
      [`${http}#/operations/put/body/$ref`, "#/schemas/Entry"],
    ],
    problems: [["generated-name-twice", http, '|"Entry"']],
  },

  // HTTP
  {
    name: "two operations on one path, whatever the parameter is called",
    edits: [
      [
        `${http}#/operations/replace`,
        { doc: "R.", method: "PUT", path: "/notes/:id", responses: { "204": { doc: "Done." } } },
      ],
    ],
    problems: [["operation-twice", http, '"path": |"/notes/:id"']],
  },
  {
    name: "an alias that is taken",
    edits: [[`${http}#/operations/list/aliases/-`, "/notes"]],
    problems: [["operation-twice", http, '"/all",\n        |"/notes"']],
  },
  {
    name: "a body of a GET",
    edits: [[`${http}#/operations/list/body`, { $ref: "#/schemas/Note" }]],
    problems: [
      [
        "operation-body",
        http,
        '"body": |{\n        "$ref": "#/schemas/Note"\n      }\n    },\n    "put"',
      ],
    ],
  },
  {
    name: "a path with a parameter twice",
    edits: [[`${http}#/operations/put/path`, "/notes/:a/:a"]],
    problems: [["path-parameter", http, '"path": |"/notes/:a/:a"']],
  },
  {
    name: "a query that is no object",
    edits: [[`${http}#/operations/list/query`, { type: "string" }]],
    problems: [["params-not-object", http, '"query": |{']],
  },
];
