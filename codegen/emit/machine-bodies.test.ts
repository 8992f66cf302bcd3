import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SpecModel } from "../model/model.ts";
import { emitSpec } from "./emit.ts";
import { compileErrors, GeneratedFolder } from "./testing/generated-folder.ts";
import {
  element,
  machine,
  message,
  messageEvent,
  model,
  numberField,
  protocol,
  state,
  timer,
  timerEvent,
  transition,
} from "./testing/model-fixture.ts";

const ATTACH = message("Attach", 1);
const ATTACHED = message("Attached", 2);
const REFUSED = message("Refused", 3);
const EXPIRY = timer("expiry", 5000);
const RESERVED = state("reserved", { timers: [EXPIRY] });
const ATTACHING = state("attached", { data: [numberField("session")] });
const RELEASED = state("released", { final: true });
const ANNOUNCE = { ...element("announce"), data: [numberField("session")] };
const STOP = { ...element("stop"), kind: "command" as const, data: [] };

/** One machine: `reserved` may only become `attached`, by a body that may send `Attached` and nothing else. */
const PLACE: SpecModel = model(
  protocol({
    messages: [ATTACH, ATTACHED, REFUSED],
    machines: [
      machine({
        name: "Place",
        states: [RESERVED, ATTACHING, RELEASED],
        timers: [EXPIRY],
        events: [messageEvent(ATTACH), timerEvent(EXPIRY), STOP],
        outputs: [ANNOUNCE],
        transitions: [
          transition([RESERVED], messageEvent(ATTACH), [ATTACHING], { sends: [ATTACHED] }),
          transition([RESERVED], timerEvent(EXPIRY), [RELEASED]),
          transition([ATTACHING], STOP, [RELEASED], { sends: [REFUSED], does: [ANNOUNCE] }),
        ],
      }),
    ],
  }),
);

const STOP_BODY = `attachedOnStop: () => ({ state: { name: "released" } }),`;

/** An implementer's file, with the given members of the handlers object. */
function implementation(bodies: string): string {
  return `import { definePlace } from "./generated/sample/machines/place.ts";
import type { PlaceHandlers } from "./generated/sample/machines/place.ts";
const handlers: PlaceHandlers = {
  ${bodies}
};
export const place: { readonly machine: string } = definePlace(handlers);
`;
}

let folder: GeneratedFolder;

before(async () => {
  folder = await GeneratedFolder.make();
  await folder.emit("generated", PLACE);
});

after(async () => {
  await folder.remove();
});

async function errorsOf(bodies: string): Promise<readonly string[]> {
  return compileErrors([await folder.write("implementation.ts", implementation(bodies))]);
}

test("bodies that keep to the spec compile under all strict settings", async () => {
  const errors = await errorsOf(`
    reservedOnAttach: (_state, event) => ({
      state: { name: "attached", session: event.message.turn },
      outputs: [{ kind: "send", name: "Attached", to: "client", message: { turn: 1 } }],
    }),
    attachedOnStop: (state) => ({
      state: { name: "released" },
      outputs: [{ kind: "do", name: "announce", session: state.session }],
    }),`);
  assert.deepEqual(errors, []);
});

test("a body that goes to a state the spec does not name is refused by tsc", async () => {
  const errors = await errorsOf(`
    reservedOnAttach: () => ({ state: { name: "released" } }),
    ${STOP_BODY}`);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /TS2322 .*"released".*"attached"/);
});

test("a body that leaves out a member of its target state is refused by tsc", async () => {
  const errors = await errorsOf(`
    reservedOnAttach: () => ({ state: { name: "attached" } }),
    ${STOP_BODY}`);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /TS2322|TS2741/);
  assert.match(errors[0] ?? "", /session/);
});

test("a body that sends a message the spec does not let it send is refused by tsc", async () => {
  const errors = await errorsOf(`
    reservedOnAttach: () => ({
      state: { name: "attached", session: 1 },
      outputs: [{ kind: "send", name: "Refused", to: "client", message: { turn: 1 } }],
    }),
    ${STOP_BODY}`);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /TS2322 .*"Refused".*"Attached"/);
});

test("a body that issues an output of another transition is refused by tsc", async () => {
  const errors = await errorsOf(`
    reservedOnAttach: () => ({
      state: { name: "attached", session: 1 },
      outputs: [{ kind: "do", name: "announce", session: 1 }],
    }),
    ${STOP_BODY}`);
  assert.ok(errors.length > 0);
  assert.match(errors.join("\n"), /TS2322 .*"do".*"send"/);
});

test("a missing body is refused by tsc, and a transition without a choice needs none", async () => {
  const errors = await errorsOf(STOP_BODY);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /TS2741 Property 'reservedOnAttach' is missing/);
});

test("a handler says what its transition may do and which timers that moves", async () => {
  const texts = await emitSpec(PLACE);
  const text = texts.get("sample/machines/place.ts") ?? "";
  const lines = text.split("\n").map((line) => line.trim());
  const at = lines.indexOf("reservedOnAttach(");
  assert.deepEqual(lines.slice(at - 4, at + 4), [
    "/**",
    "* reserved → attached. May send `Attached` to server or client. Cancels `expiry`.",
    "* The transition.",
    "*/",
    "reservedOnAttach(",
    'state: PlaceIn<"reserved">,',
    'event: PlaceOn<"Attach">,',
    '): Step<PlaceIn<"attached">, PlaceOut<"Attached">>;',
  ]);
});

test("the same model is emitted as the same text", async () => {
  assert.deepEqual([...(await emitSpec(PLACE))], [...(await emitSpec(PLACE))]);
});

test("a timer that may fire and change nothing is refused with the place in the spec", async () => {
  const deaf = machine({
    name: "Deaf",
    states: [RESERVED],
    timers: [EXPIRY],
    events: [timerEvent(EXPIRY)],
    outputs: [],
    transitions: [],
  });
  await assert.rejects(
    emitSpec(model(protocol({ machines: [deaf] }))),
    /protocol\.json:1: timer expiry may fire in state reserved of Deaf/,
  );
});

test("two documents that need one name in generated code are refused with both places", async () => {
  const types = [
    { ...element("Place", "types.json"), kind: "struct" as const, fields: [], protocol: "sample" },
  ];
  const clash = model(protocol({ types, messages: [message("Place", 9)] }));
  await assert.rejects(emitSpec(clash), /types\.json and .*all\.json: both need the name \w+/);
});
