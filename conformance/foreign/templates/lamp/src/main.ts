/** Sends a message, lets the machine fade, calls the service; prints what it saw as JSON. */
import { MachineRunner, PendingCalls, RpcClient, RpcServer } from "tagwire/core";
import { AjvSchemaCompiler } from "tagwire/runtime";
import {
  Colour,
  LAMP_METHODS,
  LampClient,
  SHINE_TAG,
  compileLampValidators,
  decodeLampLine,
  defineDimmer,
  dispatchLamp,
  dispatchLampLine,
  encodeShine,
  isDimmerMessage,
  isLampMethod,
} from "../generated/lamp/index.ts";
import { dimmer, receiver, service } from "./lamp.ts";

const frame = new Uint8Array(200);
const view = new DataView(frame.buffer);
const end = encodeShine({ level: 700, colour: Colour.red, label: "hall" }, frame, view, 0);
const received = decodeLampLine(frame[0] ?? 0, frame, view, 2, end);
const heard: string[] = [];
dispatchLampLine(received, receiver, heard);

const issued: unknown[] = [];
const runner = new MachineRunner(
  defineDimmer(dimmer),
  { name: "steady", level: 0 },
  {
    perform: (output) => issued.push(output),
    arm: (timer, afterMs) => issued.push({ arm: timer, afterMs }),
    cancel: (timer) => issued.push({ cancel: timer }),
  },
);
if (isDimmerMessage(received)) runner.dispatch(received);
runner.dispatch({ name: "fade" });

const validators = compileLampValidators(new AjvSchemaCompiler());
const server = new RpcServer({ methods: LAMP_METHODS, validators });
const client = new RpcClient({ validators });
const calls = new PendingCalls({
  call: (method, params, timeoutMs) => client.call({ method, params, timeoutMs }, 0),
  notify: (method, params) => {
    client.notify(method, params);
  },
});
const notes: string[] = [];

async function answer(call: number, method: string, params: unknown): Promise<void> {
  if (!isLampMethod(method)) throw new RangeError(method);
  try {
    server.complete(call, { ok: true, result: await dispatchLamp(service, method, params, notes) });
  } catch (error) {
    server.complete(call, { ok: false, error });
  }
}

/** Carries bytes between the two ends until neither has more to say. */
async function pump(): Promise<void> {
  for (let effect = client.poll(); effect !== undefined; effect = client.poll()) {
    if (effect.type === "send") server.handle(effect.bytes, 0);
    else calls.settle(effect.call, effect.outcome);
  }
  for (let effect = server.poll(); effect !== undefined; effect = server.poll()) {
    if (effect.type === "call") await answer(effect.call, effect.method, effect.params);
    if (effect.type === "send") client.handle(effect.bytes);
  }
  for (let effect = client.poll(); effect !== undefined; effect = client.poll()) {
    if (effect.type === "settled") calls.settle(effect.call, effect.outcome);
  }
}

const lamp = new LampClient(calls);
const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;
const hours = lamp.lampHours({ since: 2020 });
const broken = lamp.lampHours({ since: 1999 }).catch(codeOf);
const wrong = lamp.lampHours({ since: "x" } as never).catch(codeOf);
lamp.lampNote({ text: "dust" });
await pump();

const frameHex = [...frame.subarray(0, end)].map((byte) => byte.toString(16).padStart(2, "0"));
console.log(
  JSON.stringify({
    tag: SHINE_TAG,
    frame: frameHex.join(""),
    received,
    heard,
    state: runner.state,
    issued,
    hours: await hours,
    broken: await broken,
    wrong: await wrong,
    notes,
  }),
);
