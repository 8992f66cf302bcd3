import { decodeHex } from "../../runtime/core/index.ts";

/** Bytes of a record: the first of them if there were too many to keep. */
export interface TraceBytes {
  readonly bytes: Uint8Array;
  /** How many there were. */
  readonly length: number;
}

/** One field of a record that was read. */
export type TraceField = string | number | boolean | TraceBytes;

/** A record of a trace as it was read: the same as the engine wrote, with named fields in each case. */
export interface TraceLine {
  readonly event: number;
  /** Virtual time, microseconds. */
  readonly timeUs: number;
  readonly host: string;
  readonly kind: string;
  /** A detail that is one text or bytes alone stands under `text` or `bytes`. */
  readonly fields: Readonly<Record<string, TraceField>>;
}

/** A trace file that is none. */
export class TraceFileError extends Error {
  override readonly name = "TraceFileError";
  /** From 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${String(line)}: ${problem}`);
    this.line = line;
  }
}

/**
 * Reads a trace of `JsonLines`; empty lines are passed over.
 *
 * @throws {TraceFileError} on a line that is no record.
 */
export function readTrace(text: string): readonly TraceLine[] {
  const lines: TraceLine[] = [];
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.trim() !== "") lines.push(readLine(line, number));
  }
  return lines;
}

function readLine(line: string, number: number): TraceLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TraceFileError(number, "it is not JSON");
  }
  if (!isObject(value)) throw new TraceFileError(number, "it is no record");
  const { event, timeUs, host, kind, detail } = value;
  const isRecord =
    Number.isSafeInteger(event) &&
    Number.isSafeInteger(timeUs) &&
    typeof host === "string" &&
    typeof kind === "string";
  if (!isRecord) throw new TraceFileError(number, "it lacks event, timeUs, host or kind");
  return { event: event as number, timeUs: timeUs as number, host, kind, fields: fieldsOf(detail) };
}

function fieldsOf(detail: unknown): TraceLine["fields"] {
  if (typeof detail === "string") return detail === "" ? {} : { text: detail };
  if (!isObject(detail)) return {};
  const bytes = bytesOf(detail);
  if (bytes !== undefined) return { bytes };
  const fields: Record<string, TraceField> = {};
  for (const [name, value] of Object.entries(detail)) {
    const field = fieldOf(value);
    if (field !== undefined) fields[name] = field;
  }
  return fields;
}

function fieldOf(value: unknown): TraceField | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      return isObject(value) ? bytesOf(value) : undefined;
  }
}

/** Bytes as the engine writes them: hexadecimal under `bytes`, and `length` if they were cut. Nothing else has these members. */
function bytesOf(value: Readonly<Record<string, unknown>>): TraceBytes | undefined {
  const { bytes: hex, length } = value;
  if (typeof hex !== "string" || Object.keys(value).length > (length === undefined ? 1 : 2)) {
    return undefined;
  }
  const bytes = decodeHex(hex);
  if (bytes === undefined) return undefined;
  return { bytes, length: typeof length === "number" ? length : bytes.length };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
