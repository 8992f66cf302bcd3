import assert from "node:assert/strict";
import {
  TELEMETRY_BYTES_MAX,
  TelemetryView,
  decodeTelemetry,
  encodeTelemetry,
} from "../../generated/control/index.ts";
import type { Telemetry } from "../../generated/control/index.ts";
import { decodePing, encodePing } from "../../generated/system/index.ts";
import type { Ping } from "../../generated/system/index.ts";
import type { BenchGoal, BenchReport, BenchRow } from "./bench.ts";
import {
  TelemetryByHandView,
  decodePingByHand,
  decodeTelemetryByHand,
  encodePingByHand,
  encodeTelemetryByHand,
} from "./codec-by-hand.ts";
import { pingInputs, telemetryInputs } from "./codec-inputs.ts";
import { msgpackCodec, protobufCodecs } from "./codec-libraries.ts";
import type { LibraryCodec } from "./codec-libraries.ts";
import { measure } from "./rounds.ts";
import type { Contestant, Measured } from "./rounds.ts";

const HEADER_BYTES = 4;
/** Different inputs, so that nothing is predicted; a power of two, so that picking one costs nothing. */
const INPUTS = 64;

type Encode<T> = (message: T, out: Uint8Array, view: DataView, offset: number) => number;
type Decode<T> = (bytes: Uint8Array, view: DataView, offset: number, end: number) => T;

/** All that is compared for one message. */
interface Task<T> {
  readonly name: string;
  readonly messages: readonly T[];
  readonly encode: { readonly byHand: Encode<T>; readonly generated: Encode<T> };
  readonly decode: { readonly byHand: Decode<T>; readonly generated: Decode<T> };
  readonly libraries: Readonly<Record<string, LibraryCodec<T>>>;
  /** Something small of a decoded message. */
  readonly look: (message: T) => number;
}

/**
 * Generated codecs beside the best hand-written code, protobufjs and msgpackr. All do the same work: the
 * same values come out of each, which is asserted first.
 */
export async function benchCodec(): Promise<BenchReport> {
  const protobuf = await protobufCodecs();
  const telemetry: Task<Telemetry> = {
    name: "telemetry",
    messages: telemetryInputs(INPUTS),
    encode: { byHand: encodeTelemetryByHand, generated: encodeTelemetry },
    decode: { byHand: decodeTelemetryByHand, generated: decodeTelemetry },
    libraries: { protobufjs: protobuf.telemetry, msgpackr: msgpackCodec() },
    look: (message) => message.uptimeS,
  };
  const ping: Task<Ping> = {
    name: "ping",
    messages: pingInputs(INPUTS),
    encode: { byHand: encodePingByHand, generated: encodePing },
    decode: { byHand: decodePingByHand, generated: decodePing },
    libraries: { protobufjs: protobuf.ping, msgpackr: msgpackCodec() },
    look: (message) => message.nonce,
  };
  assertEqualWork(telemetry);
  assertEqualWork(ping);
  const results = {
    encodeTelemetry: measure(encoders(telemetry)),
    decodeTelemetry: measure(decoders(telemetry)),
    viewTelemetry: measure(views(telemetry.messages)),
    encodePing: measure(encoders(ping)),
    decodePing: measure(decoders(ping)),
  };
  const rows = Object.entries(results).flatMap(([task, measured]) => rowsOf(task, measured));
  return { bench: "codec", rows, goals: goalsOf(results) };
}

function goalsOf(results: Readonly<Record<string, readonly Measured[]>>): readonly BenchGoal[] {
  const byHand = Object.entries(results).map(([task, measured]) => ({
    goal: `${task}: generated to hand-written`,
    value: find(measured, "generated").ratio,
    bound: 0.9,
  }));
  const overProtobuf = (task: string, bound: number): BenchGoal => ({
    goal: `${task}: generated to protobufjs`,
    value: speedup(results[task] ?? [], "protobufjs"),
    bound,
  });
  return [...byHand, overProtobuf("encodeTelemetry", 3), overProtobuf("decodeTelemetry", 2)];
}

function find(measured: readonly Measured[], name: string): Measured {
  const found = measured.find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found;
}

/** How many times faster generated code is than a library. */
function speedup(measured: readonly Measured[], library: string): number {
  return find(measured, "generated").ratio / find(measured, library).ratio;
}

function rowsOf(task: string, measured: readonly Measured[]): readonly BenchRow[] {
  return measured.map(({ name, nsPerOperation, ratio }) => ({
    task,
    name,
    values: { nsPerOperation, ratioToHandWritten: ratio },
  }));
}

function encoded<T>(
  task: Task<T>,
  encode: Encode<T>,
): readonly { bytes: Uint8Array; view: DataView; end: number }[] {
  return task.messages.map((message) => {
    const bytes = new Uint8Array(TELEMETRY_BYTES_MAX);
    const view = new DataView(bytes.buffer);
    return { bytes, view, end: encode(message, bytes, view, 0) };
  });
}

/** The same values come out of every contestant, and the same bytes of the two that share a format. */
function assertEqualWork<T>(task: Task<T>): void {
  const frames = encoded(task, task.encode.generated);
  assert.deepEqual(encoded(task, task.encode.byHand), frames);
  for (const [index, message] of task.messages.entries()) {
    const frame = frames[index];
    assert.ok(frame !== undefined);
    for (const decode of Object.values(task.decode)) {
      assert.deepEqual(decode(frame.bytes, frame.view, HEADER_BYTES, frame.end), message);
    }
    for (const library of Object.values(task.libraries)) {
      const copy = library.decode(Uint8Array.from(library.encode(library.prepare(message))));
      assert.deepEqual(likewise(copy, message), likewise(message, message));
    }
  }
}

/** The members that `model` has, as plain values: libraries make objects of their own classes, and Buffers. */
function likewise(value: unknown, model: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof model !== "object" || model === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(model).map(([name, own]) => [name, likewise(members[name], own)]),
  );
}

function pick<T>(list: readonly T[], iteration: number): T {
  return list[iteration & (INPUTS - 1)] as T;
}

function encoders<T>(task: Task<T>): readonly Contestant[] {
  const { messages, encode, libraries } = task;
  const out = new Uint8Array(2048);
  const view = new DataView(out.buffer);
  return [
    { name: "by hand", run: (i) => encode.byHand(pick(messages, i), out, view, 0) },
    { name: "generated", run: (i) => encode.generated(pick(messages, i), out, view, 0) },
    ...Object.entries(libraries).map(([name, library]) => {
      const prepared = messages.map(library.prepare);
      return { name, run: (i: number) => library.encode(pick(prepared, i)).length };
    }),
  ];
}

function decoders<T>(task: Task<T>): readonly Contestant[] {
  const { messages, decode, libraries, look } = task;
  const frames = encoded(task, task.encode.generated);
  const own = ([name, read]: readonly [string, Decode<T>]): Contestant => ({
    name,
    run: (i) => {
      const frame = pick(frames, i);
      return look(read(frame.bytes, frame.view, HEADER_BYTES, frame.end));
    },
  });
  return [
    own(["by hand", decode.byHand]),
    own(["generated", decode.generated]),
    ...Object.entries(libraries).map(([name, library]) => {
      const inputs = messages.map((message) =>
        Uint8Array.from(library.encode(library.prepare(message))),
      );
      return { name, run: (i: number) => look(library.decode(pick(inputs, i))) };
    }),
  ];
}

/** Seven numbers read in place. */
function views(messages: readonly Telemetry[]): readonly Contestant[] {
  const frames = messages.map((message) => {
    const bytes = new Uint8Array(TELEMETRY_BYTES_MAX);
    const view = new DataView(bytes.buffer);
    return { bytes, view, end: encodeTelemetry(message, bytes, view, 0) };
  });
  const generated = new TelemetryView();
  const byHand = new TelemetryByHandView();
  const sum = (from: TelemetryView | TelemetryByHandView): number =>
    from.mac +
    from.uptimeS +
    from.loadPermille +
    from.memoryFreeKib +
    from.rxBytes +
    from.txBytes +
    from.sessions;
  for (const { bytes, view, end } of frames) {
    assert.deepEqual(
      generated.at(bytes, view, HEADER_BYTES, end).key.tag,
      byHand.at(bytes, view, HEADER_BYTES, end).tag,
    );
    assert.equal(
      sum(generated.at(bytes, view, HEADER_BYTES, end)),
      sum(byHand.at(bytes, view, HEADER_BYTES, end)),
    );
  }
  return [
    {
      name: "by hand",
      run: (i) => {
        const frame = pick(frames, i);
        const from = byHand.at(frame.bytes, frame.view, HEADER_BYTES, frame.end);
        return (
          from.mac +
          from.uptimeS +
          from.loadPermille +
          from.memoryFreeKib +
          from.rxBytes +
          from.txBytes +
          from.sessions
        );
      },
    },
    {
      name: "generated",
      run: (i) => {
        const frame = pick(frames, i);
        const from = generated.at(frame.bytes, frame.view, HEADER_BYTES, frame.end);
        return (
          from.mac +
          from.uptimeS +
          from.loadPermille +
          from.memoryFreeKib +
          from.rxBytes +
          from.txBytes +
          from.sessions
        );
      },
    },
  ];
}
