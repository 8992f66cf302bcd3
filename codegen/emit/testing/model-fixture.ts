import type {
  Element,
  Field,
  Limit,
  Machine,
  MachineEvent,
  Message,
  Protocol,
  SpecModel,
  State,
  Timer,
  Transition,
} from "../../model/model.ts";

/** Makes models without documents, so that an emitter is tested without the loader. */
export function element(name: string, file = "protocol.json"): Element {
  const source = { file: `spec/sample/${file}`, pointer: `/${name}`, line: 1, column: 1 };
  return { name, doc: `The ${name}.`, source };
}

/** A required u32 field. */
export function numberField(name: string): Field {
  const type = { kind: "integer", type: "u32", as: "number", min: 0, max: 0xffff_ffff } as const;
  return { ...element(name), type, unit: undefined, since: 1, sensitive: false };
}

/** A limit in milliseconds. */
export function limit(name: string, value: number | readonly number[]): Limit {
  return { ...element(name), unit: "ms", value };
}

/** A message that the `client` sends to the `server` and back, with one number in it. */
export function message(name: string, tag: number): Message {
  return {
    ...element(name, "messages/all.json"),
    protocol: "sample",
    tag,
    range: { ...element("all"), space: "main", from: 1, to: 1000 },
    from: ["client", "server"],
    to: ["server", "client"],
    transport: { ...element("udp"), kind: "datagram", maxBytes: 1200 },
    protection: "none",
    maxBytes: 4,
    since: 1,
    fields: [numberField("turn")],
  };
}

/** A state with the given data and timers. */
export function state(
  name: string,
  parts: {
    readonly data?: readonly Field[];
    readonly timers?: readonly Timer[];
    readonly final?: boolean;
  } = {},
): State {
  return { ...element(name), data: [], timers: [], final: false, endless: false, ...parts };
}

/** A timer. */
export function timer(name: string, after: Timer["after"]): Timer {
  return { ...element(name), after };
}

/** The event of a message. */
export function messageEvent(of: Message): MachineEvent {
  return { ...element(of.name), kind: "message", message: of };
}

/** The event of a timer. */
export function timerEvent(of: Timer): MachineEvent {
  return { ...element(of.name), kind: "timer", timer: of };
}

/** A transition between the given states on an event, with nothing else unless said. */
export function transition(
  from: readonly State[],
  on: MachineEvent,
  to: readonly State[],
  parts: Partial<Transition> = {},
): Transition {
  const { doc, source } = element("transition");
  const none = {
    group: undefined,
    guard: undefined,
    sends: [],
    does: [],
    always: [],
    restarts: [],
  };
  return { source, doc, from, on, to, ...none, ...parts };
}

/** A machine of the `server`; its initial state is the first. */
export function machine(
  parts: Pick<Machine, "name" | "states" | "timers" | "events" | "outputs" | "transitions"> &
    Partial<Machine>,
): Machine {
  const [initial] = parts.states;
  if (initial === undefined) throw new RangeError("a machine needs a state");
  const file = `machines/${parts.name}.json`;
  return {
    ...element(parts.name, file),
    protocol: "sample",
    roles: ["server"],
    initial,
    unexpected: "refuse",
    ...parts,
  };
}

/** The protocol `sample` with the default framing and two roles. */
export function protocol(parts: Partial<Protocol>): Protocol {
  return {
    ...element("sample"),
    folder: "sample",
    space: "main",
    version: 1,
    uses: [],
    framing: {
      typeBits: 16,
      lengthBits: 16,
      order: "big",
      lengthCounts: "value",
      alignBytes: 1,
      bareTypes: [],
      endType: undefined,
      header: [],
    },
    roles: [element("client"), element("server")],
    transports: [{ ...element("udp"), kind: "datagram", maxBytes: 1200 }],
    limits: [],
    types: [],
    messages: [],
    machines: [],
    services: [],
    http: undefined,
    retired: { tags: [], names: [] },
    ...parts,
  };
}

/** A model of these protocols. */
export function model(...protocols: readonly Protocol[]): SpecModel {
  return {
    folder: "/spec",
    ranges: [{ ...element("all"), space: "main", from: 1, to: 1000 }],
    protocols,
  };
}
