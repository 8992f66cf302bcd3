import assert from "node:assert/strict";
import fc from "fast-check";
import { fixedBytes } from "../../codegen/emit/layout.ts";
import type { Field, Message, Protocol, ValueType } from "../../codegen/model/model.ts";
import { WireError } from "../../runtime/core/index.ts";
import { interpretFields } from "../interpreter/decode.ts";
import type { Fields } from "../interpreter/decode.ts";
import { interpretEncoding, interpretValue } from "../interpreter/encode.ts";
import { Input, Refusal } from "../interpreter/input.ts";
import { misfitsOf } from "./misfits.ts";
import type { AnyView, GeneratedCodec } from "./generated-codec.ts";

/** One message under test: its model, the protocol whose framing it has, and what was generated for it. */
export interface Subject {
  readonly message: Message;
  readonly protocol: Protocol;
  readonly codec: GeneratedCodec;
}

/** What reading bytes came to: the fields, or that they were refused. */
type Outcome = { readonly fields: Fields } | "refused";

/** Valid messages survive the way to bytes and back, and their bytes are those the spec says. */
export function assertRoundTrips(subject: Subject, runs: number): void {
  fc.assert(
    fc.property(subject.codec.arbitrary(), fc.nat({ max: 9 }), (message, offset) => {
      const expected = interpretEncoding(subject.message, message, subject.protocol);
      const { bytes, end } = encoded(subject, message, offset);
      assert.deepEqual(bytes.slice(offset, end), expected);
      assert.ok(end - offset <= subject.codec.bytesMax, "no frame is longer than BYTES_MAX");
      const start = offset + headerBytes(subject.protocol);
      const valueEnd = start + valueBytes(subject, message);
      const view = new DataView(bytes.buffer);
      const decoded = subject.codec.decode(bytes, view, start, valueEnd);
      assert.deepEqual(decoded, subject.codec.create(message));
      assert.deepEqual(read(subject, bytes, view, { start, end: valueEnd }).fields, decoded);
    }),
    { numRuns: runs },
  );
}

/** What does not fit is a RangeError, and so is a buffer that is too small: nothing is written past its end. */
export function assertRefusals(subject: Subject, runs: number): void {
  const { codec, message } = subject;
  fc.assert(
    fc.property(codec.arbitrary(), fc.nat(), (valid, cut) => {
      const { bytes, end } = encoded(subject, valid, 0);
      const out = new Uint8Array(2 * bytes.length + 64);
      for (const { message: wrong, what } of misfitsOf(message.fields, valid)) {
        const encode = (): unknown => codec.encode(wrong, out, new DataView(out.buffer), 0);
        assert.throws(encode, RangeError, `${message.name}: ${what}`);
      }
      const room = cut % end;
      const memory = new Uint8Array(end + 64).fill(0xee);
      const short = memory.subarray(0, room);
      const view = new DataView(memory.buffer, 0, room);
      assert.throws(() => codec.encode(valid, short, view, 0), RangeError);
      assert.ok(memory.subarray(room).every((byte) => byte === 0xee));
    }),
    { numRuns: runs },
  );
}

/** Decoder, view and interpreter come to the same, whatever the bytes, and none looks past the value. */
export function assertAgreement(subject: Subject, bytes: Uint8Array): void {
  const expected = interpreted(subject, bytes);
  for (const surroundings of [0x00, 0xff]) {
    const buffer = new Uint8Array(bytes.length + 48).fill(surroundings);
    buffer.set(bytes, 16);
    const view = new DataView(buffer.buffer);
    const range = { start: 16, end: 16 + bytes.length };
    const decoded = outcome(() => ({
      fields: subject.codec.decode(buffer, view, range.start, range.end),
    }));
    assert.deepEqual(decoded, expected, "decoder and interpreter agree");
    const viewed = outcome(() => read(subject, buffer, view, range));
    assert.deepEqual(viewed, expected, "view and interpreter agree");
  }
}

/** Bytes that are no message, or that were one until something happened to them. */
export function damagedValues(subject: Subject): fc.Arbitrary<Uint8Array> {
  const valid = subject.codec.arbitrary().map((message) => {
    const start = headerBytes(subject.protocol);
    const { bytes } = encoded(subject, message, 0);
    return bytes.slice(start, start + valueBytes(subject, message));
  });
  const change = fc.record({
    kind: fc.constantFrom("set", "insert", "remove", "cut"),
    at: fc.nat({ max: 4096 }),
    byte: fc.oneof(fc.constantFrom(0, 1, 2, 127, 128, 255), fc.nat({ max: 255 })),
  });
  const damaged = fc
    .tuple(valid, fc.array(change, { maxLength: 4 }))
    .map(([value, changes]) => changes.reduce(changed, value));
  return fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged);
}

interface Change {
  readonly kind: string;
  readonly at: number;
  readonly byte: number;
}

function changed(value: Uint8Array, change: Change): Uint8Array {
  const bytes = [...value];
  const at = bytes.length === 0 ? 0 : change.at % bytes.length;
  if (change.kind === "set" && bytes.length > 0) bytes[at] = change.byte;
  if (change.kind === "insert") bytes.splice(at, 0, change.byte);
  if (change.kind === "remove") bytes.splice(at, 1);
  if (change.kind === "cut") bytes.length = at;
  return Uint8Array.from(bytes);
}

function encoded(
  subject: Subject,
  message: Fields,
  offset: number,
): { readonly bytes: Uint8Array; readonly end: number } {
  const bytes = new Uint8Array(offset + subject.codec.bytesMax);
  const end = subject.codec.encode(message, bytes, new DataView(bytes.buffer), offset);
  return { bytes, end };
}

function headerBytes({ framing }: Protocol): number {
  return (framing.typeBits + framing.lengthBits) / 8;
}

/** Bytes of the value without header and padding. */
function valueBytes({ message, protocol }: Subject, fields: Fields): number {
  return interpretValue(message, fields, protocol).length;
}

function interpreted(subject: Subject, bytes: Uint8Array): Outcome {
  try {
    return { fields: interpretFields(subject.message.fields, new Input(bytes), subject.protocol) };
  } catch (error) {
    if (error instanceof Refusal) return "refused";
    throw error;
  }
}

/** Only a WireError is a refusal; any other error is a bug and goes on. */
function outcome(attempt: () => { readonly fields: Fields }): Outcome {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof WireError) return "refused";
    throw error;
  }
}

function read(
  subject: Subject,
  bytes: Uint8Array,
  view: DataView,
  range: { readonly start: number; readonly end: number },
): { readonly fields: Fields } {
  const target = subject.codec.view.at(bytes, view, range.start, range.end);
  return { fields: viewFields(subject.message.fields, target) };
}

function viewFields(fields: readonly Field[], view: AnyView): Fields {
  const names = new Set(fields.map((field) => field.name));
  return Object.fromEntries(
    fields.map((field) => {
      const value = view[field.name === "at" ? "atValue" : field.name];
      if (value !== undefined) assertItems(field, { view, value, names });
      return [field.name, value === undefined ? undefined : viewValue(field.type, value)];
    }),
  );
}

function viewValue(type: ValueType, value: unknown): unknown {
  if (type.kind === "named" && type.type.kind === "struct") {
    return viewFields(type.type.fields, value as AnyView);
  }
  return value instanceof Uint8Array ? value.slice() : value;
}

/** Elements read one by one are those of the list. */
function assertItems(
  field: Field,
  of: { readonly view: AnyView; readonly value: unknown; readonly names: ReadonlySet<string> },
): void {
  const { type, name } = field;
  if (type.kind !== "list" || field.since > 1 || fixedBytes(type.of) === undefined) return;
  if (of.names.has(`${name}Count`) || of.names.has(`${name}Item`)) return;
  const list = of.value as readonly unknown[];
  assert.equal(of.view[`${name}Count`], list.length);
  for (const [index, expected] of list.entries()) {
    const item = (of.view[`${name}Item`] as (index: number) => unknown).call(of.view, index);
    assert.deepEqual(viewValue(type.of, item), expected);
  }
}
