const meta = (kind: string, up: string): string => `${up}meta/${kind}.schema.json`;

/** A small spec of two protocols with a little of everything and no problems. */
export const sampleDocuments: Readonly<Record<string, unknown>> = {
  "tag-ranges.json": {
    $schema: meta("tag-ranges", ""),
    ranges: {
      base: { from: 1, to: 100, doc: "What all share." },
      demo: { from: 101, to: 200, doc: "The demonstration." },
    },
  },
  "base/protocol.json": {
    $schema: meta("protocol", "../"),
    protocol: "base",
    version: 1,
    doc: "What all share.",
    roles: { party: { doc: "Either end." } },
    transports: { stream: { kind: "stream", maxBytes: 2000, doc: "A stream." } },
    limits: { goneMs: { value: 9000, unit: "ms", doc: "Silence that means gone." } },
  },
  "base/types.json": {
    $schema: meta("types", "../"),
    types: {
      Code: {
        kind: "enum",
        base: "u8",
        open: true,
        doc: "An answer.",
        values: { fine: { value: 1, doc: "Fine." }, bad: { value: 2, doc: "Not fine." } },
      },
    },
  },
  "base/messages/common.json": {
    $schema: meta("messages", "../../"),
    messages: {
      Bye: {
        tag: 1,
        doc: "Ends.",
        from: ["party"],
        to: ["party"],
        transport: "stream",
        protection: "encrypted",
        maxBytes: 1,
        fields: [{ name: "code", type: "Code", doc: "Why." }],
      },
    },
  },
  "demo/protocol.json": {
    $schema: meta("protocol", "../"),
    protocol: "demo",
    version: 2,
    doc: "The demonstration.",
    uses: ["base"],
    roles: { alice: { doc: "Asks." }, bob: { doc: "Answers." } },
    transports: { wire: { kind: "datagram", maxBytes: 512, doc: "Datagrams." } },
    limits: {
      patienceMs: { value: 500, unit: "ms", doc: "How long to wait." },
      retryMs: { value: [1, 2, 4], unit: "ms", doc: "Waits between attempts." },
      roomMax: { value: 8, unit: "guests", doc: "Guests at a time." },
    },
    retired: { tags: [150], names: ["Shout"] },
  },
  "demo/types.json": {
    $schema: meta("types", "../"),
    types: {
      Options: {
        kind: "flags",
        base: "u8",
        doc: "Wishes.",
        bits: { fast: { bit: 0, doc: "Hurry." }, safe: { bit: 1, doc: "Be careful." } },
      },
      Point: {
        kind: "struct",
        doc: "A point.",
        fields: [
          { name: "x", type: "i16", doc: "Right." },
          { name: "y", type: "i16", doc: "Down." },
        ],
      },
      Label: {
        kind: "struct",
        doc: "A text.",
        fields: [{ name: "text", type: { string: { length: "u8", max: 10 } }, doc: "The text." }],
      },
      Mark: {
        kind: "union",
        base: "u8",
        doc: "A point or a text.",
        cases: {
          point: { value: 1, type: "Point", doc: "A point." },
          label: { value: 2, type: "Label", doc: "A text." },
        },
      },
    },
  },
  "demo/messages/talk.json": {
    $schema: meta("messages", "../../"),
    messages: {
      Hello: {
        tag: 101,
        doc: "Greets.",
        from: ["alice"],
        to: ["bob"],
        transport: "wire",
        protection: "none",
        maxBytes: 64,
        fields: [
          { name: "id", type: "u32", min: 1, max: 100, doc: "Who." },
          { name: "options", type: "Options", doc: "Wishes." },
          { name: "nick", type: { string: { length: "u8", max: 16 } }, doc: "Name." },
          { name: "age", type: "u16", unit: "s", since: 2, doc: "Since when." },
        ],
      },
      Welcome: {
        tag: 102,
        doc: "Greets back.",
        from: ["bob"],
        to: ["alice"],
        transport: "wire",
        protection: "authenticated",
        maxBytes: 64,
        fields: [
          { name: "code", type: "Code", doc: "Whether." },
          { name: "marks", type: { list: { of: "Mark", count: "u8", max: 2 } }, doc: "Marks." },
          { name: "token", type: { rest: "bytes", max: 10 }, doc: "For later." },
        ],
      },
      Bundle: {
        tag: 103,
        doc: "Several greetings.",
        from: ["alice"],
        to: ["bob"],
        transport: "wire",
        protection: "none",
        maxBytes: 200,
        fields: [{ name: "greetings", type: { tlvs: ["Hello"], max: 8 }, doc: "The greetings." }],
      },
    },
  },
  "demo/machines/greeting.json": {
    $schema: meta("machine", "../../"),
    machine: "Greeting",
    role: "alice",
    doc: "One greeting.",
    initial: "idle",
    unexpected: "refuse",
    states: {
      idle: { doc: "Nothing to do.", endless: true },
      calling: {
        doc: "The greeting is out.",
        timers: ["retry"],
        data: [{ name: "waitMs", type: "u32", unit: "ms", doc: "Wait before the next." }],
      },
      open: { doc: "Greeted.", timers: ["patience"] },
      closed: { doc: "Over.", final: true },
    },
    timers: {
      retry: { doc: "No answer yet.", after: { state: "waitMs" } },
      patience: { doc: "Long enough.", after: { limit: "patienceMs" } },
    },
    events: {
      start: { kind: "command", doc: "Begin." },
      lost: { kind: "stream", doc: "The stream is gone." },
    },
    outputs: {
      notify: { doc: "Tell the owner." },
      log: { doc: "Write it down.", data: [{ name: "code", type: "Code", doc: "The answer." }] },
    },
    transitions: [
      { from: "idle", on: "start", to: "calling", sends: ["Hello"], doc: "Calls." },
      {
        from: "calling",
        on: "retry",
        guard: "triesLeft",
        to: "calling",
        sends: ["Hello"],
        restarts: ["retry"],
        doc: "Again.",
      },
      { from: "calling", on: "retry", to: "closed", doc: "Gives up." },
      { from: "calling", on: "Welcome", to: "open", does: ["log"], doc: "Answered." },
      {
        from: ["calling", "open"],
        group: "connected",
        on: "lost",
        to: "closed",
        always: ["notify"],
        doc: "Gone.",
      },
      { from: "open", on: "Bye", to: "closed", doc: "The end." },
      { from: "open", on: "patience", to: "closed", doc: "The end by time." },
    ],
  },
  "demo/rpc/desk.json": {
    $schema: meta("rpc", "../../"),
    service: "Desk",
    doc: "A desk.",
    from: ["alice"],
    to: ["bob"],
    carrier: "Bundle",
    schemas: {
      Entry: {
        doc: "What is written.",
        schema: {
          type: "object",
          properties: { text: { type: "string", description: "The text." } },
          required: ["text"],
          additionalProperties: false,
        },
      },
    },
    errors: { busy: { code: -32001, doc: "Too many ask." } },
    methods: {
      "desk.read": {
        doc: "Reads.",
        params: { type: "object", properties: { page: { type: "integer" } } },
        result: { $ref: "#/schemas/Entry" },
        errors: ["busy"],
        idempotent: true,
        timeoutMs: 1000,
      },
      "desk.note": { doc: "Notes.", params: { $ref: "#/schemas/Entry" }, timeoutMs: 1000 },
    },
  },
  "demo/http.json": {
    $schema: meta("http", "../"),
    role: "bob",
    doc: "Notes by HTTP.",
    schemas: {
      Note: {
        doc: "A note.",
        schema: { type: "object", properties: { line: { type: "string" } } },
      },
    },
    operations: {
      list: {
        doc: "All notes.",
        method: "GET",
        path: "/notes",
        aliases: ["/all"],
        query: { type: "object", properties: { from: { type: "integer" } } },
        responses: {
          "200": { doc: "They are.", schema: { type: "array", items: { $ref: "#/schemas/Note" } } },
        },
      },
      put: {
        doc: "Writes a note.",
        method: "PUT",
        path: "/notes/:number",
        body: { $ref: "#/schemas/Note" },
        responses: { "204": { doc: "Written." } },
      },
    },
  },
};
