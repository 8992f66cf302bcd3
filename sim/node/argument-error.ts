import { inspect } from "node:util";

type Coded<Kind extends Error> = Kind & { readonly code: string };

/** An error of Node's own with a code: `TypeError [ERR_SOCKET_BAD_TYPE]: …`. */
export function codedError<Kind extends Error>(
  kind: new (message: string) => Kind,
  code: string,
  message: string,
): Coded<Kind> {
  const error = Object.assign(new kind(message), { code });
  Object.defineProperty(error, "toString", {
    value: () => `${error.name} [${code}]: ${message}`,
    configurable: true,
    writable: true,
  });
  return error;
}

/** An argument of the wrong type. @param expected `of type string`, `an instance of Buffer`. */
export function invalidArgumentType(name: string, expected: string, value: unknown): TypeError {
  const what = name.includes(".") ? "property" : "argument";
  const text = `The "${name}" ${what} must be ${expected}. Received ${received(value)}`;
  return codedError(TypeError, "ERR_INVALID_ARG_TYPE", text);
}

/** A number out of its range. @param range `>= 0 && <= 255`. */
export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value)}`;
  return codedError(RangeError, "ERR_OUT_OF_RANGE", text);
}

/**
 * A port, as Node reads one: a number, or text that is one.
 * @param least the lowest that is allowed, 0 or 1.
 * @throws {RangeError} `ERR_SOCKET_BAD_PORT`.
 */
export function readPort(value: unknown, name: string, least: 0 | 1): number {
  const isText = typeof value === "string" && value.trim() !== "";
  const port = typeof value === "number" || isText ? Number(value) : NaN;
  if (Number.isInteger(port) && port >= least && port <= 65_535) return port;
  const bound = least === 0 ? ">=" : ">";
  const text = `${name} should be ${bound} 0 and < 65536. Received ${received(value)}.`;
  throw codedError(RangeError, "ERR_SOCKET_BAD_PORT", text);
}

/** @throws {TypeError} `ERR_INVALID_ARG_TYPE`. */
export function requireString(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") throw invalidArgumentType(name, "of type string", value);
}

/** @throws {TypeError} `ERR_INVALID_ARG_TYPE`. */
export function requireNumber(value: unknown, name: string): asserts value is number {
  if (typeof value !== "number") throw invalidArgumentType(name, "of type number", value);
}

/** @throws {TypeError} `ERR_INVALID_ARG_TYPE`. */
export function requireFunction(
  value: unknown,
  name: string,
): asserts value is (...parameters: unknown[]) => unknown {
  if (typeof value !== "function") throw invalidArgumentType(name, "of type function", value);
}

/** What was received, in the words of Node's messages: `type number (70000)`. */
function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") {
    const { name = "" } = (Reflect.get(value, "constructor") ?? {}) as { readonly name?: string };
    return name === "" ? inspect(value, { depth: -1 }) : `an instance of ${name}`;
  }
  const text = inspect(value, { colors: false });
  return `type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}
