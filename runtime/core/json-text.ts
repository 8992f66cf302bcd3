/** Why JSON from outside was refused. */
export type JsonErrorCode = "too-long" | "bad-text" | "bad-json" | "too-deep" | "forbidden-key";

/** A peer's fault: text that is not JSON, or more of it, or deeper, than is admitted. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly code: JsonErrorCode;

  constructor(code: JsonErrorCode) {
    super(`JSON from outside was refused: ${code}`);
    this.code = code;
  }
}

/** How much JSON from outside may hold. */
export interface JsonLimits {
  /** Longest text, bytes of UTF-8. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays and objects. Default 16. */
  readonly maxDepth?: number;
}

/** Nesting that is admitted where nothing else is said. */
export const JSON_DEPTH_MAX = 16;

/** Keys that reach an object's prototype when somebody copies the object carelessly. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Reads JSON from outside. Objects hold no `__proto__`, `constructor` or `prototype` key.
 * @throws {JsonError} if the text is not admitted; nothing else.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const { maxBytes, maxDepth = JSON_DEPTH_MAX } = limits;
  if (bytes.length > maxBytes) throw new JsonError("too-long");
  // Depth is measured before parsing, so that no walk of the value can run out of stack.
  if (nestingDepth(bytes) > maxDepth) throw new JsonError("too-deep");
  const value = parse(decode(bytes));
  if (holdsForbiddenKey(value)) throw new JsonError("forbidden-key");
  return value;
}

/** Writes a value as UTF-8 JSON. @throws {TypeError} if it is not JSON (a function, a cycle): a bug of ours. */
export function formatJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(jsonText(value));
}

/** `JSON.stringify`, whose declared type forgets that it gives undefined for what is not JSON. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError("the value is not JSON");
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError("bad-text");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new JsonError("bad-json");
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The deepest nesting of brackets outside strings. Bytes of UTF-8 above 127 never look like ASCII. */
function nestingDepth(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
  return deepest;
}

/** Recursion is bounded by the depth that was measured. */
function holdsForbiddenKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsForbiddenKey);
  return Object.entries(value).some(
    ([key, member]) => FORBIDDEN_KEYS.has(key) || holdsForbiddenKey(member),
  );
}
