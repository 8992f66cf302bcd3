import { isIP } from "node:net";
import { format, inspect } from "node:util";
import { codedError, invalidArgumentType, readPort, requireNumber } from "../argument-error.ts";
import type { LookupFunction } from "../dgram/socket-options.ts";

type Callback = (...parameters: unknown[]) => void;

/** What `net.Socket` may be made with, of which this is used. */
export interface NetSocketOptions {
  readonly allowHalfOpen?: boolean;
  readonly highWaterMark?: number;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What `connect` is asked for. */
export interface ConnectTarget extends NetSocketOptions {
  readonly port: number;
  readonly host: string;
  /** 0, 4 or 6. */
  readonly family: number;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly lookup: LookupFunction | undefined;
}

/** What `listen` is asked for. */
export interface ListenTarget {
  readonly port: number;
  /** Undefined for all of the host's addresses. */
  readonly host: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Options and callback of the many ways to call `connect` and `listen`. */
export interface GivenArguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly callback: Callback | undefined;
}

/** `(options[, callback])`, `(port[, host][, …][, callback])` or `(path[, callback])`. */
export function readGiven(given: readonly unknown[]): GivenArguments {
  const last = given.at(-1);
  const callback = typeof last === "function" ? (last as Callback) : undefined;
  const [first, second] = given;
  if (typeof first === "object" && first !== null) {
    return { options: first as GivenArguments["options"], callback };
  }
  if (typeof first === "string" && !/^\s*\d+\s*$/u.test(first)) {
    return { options: { path: first }, callback };
  }
  const host = typeof second === "string" ? { host: second } : {};
  return { options: { port: typeof first === "function" ? undefined : first, ...host }, callback };
}

/** @throws {TypeError} or {RangeError} as Node does. */
export function readConnectTarget({ options }: GivenArguments): ConnectTarget {
  const { port, path, host, family, localAddress, localPort, lookup } = options;
  refusePath(path);
  if (port === undefined) {
    const text = 'The "options" or "port" or "path" argument must be specified';
    throw codedError(TypeError, "ERR_MISSING_ARGS", text);
  }
  const isLiteral = typeof localAddress === "string" && isIP(localAddress) !== 0;
  if (localAddress !== undefined && !isLiteral) {
    const text = `Invalid IP address: ${format(localAddress)}`;
    throw codedError(TypeError, "ERR_INVALID_IP_ADDRESS", text);
  }
  if (localPort !== undefined) requireNumber(localPort, "options.localPort");
  if (typeof port !== "number" && typeof port !== "string") {
    throw invalidArgumentType("options.port", "one of type number or string", port);
  }
  if (lookup !== undefined && typeof lookup !== "function") {
    throw invalidArgumentType("options.lookup", "of type function", lookup);
  }
  return {
    ...(options as NetSocketOptions),
    port: readPort(port, "Port", 0),
    host: typeof host === "string" && host !== "" ? host : "localhost",
    family: Number(family ?? 0),
    localAddress: isLiteral ? localAddress : undefined,
    localPort,
    lookup: lookup as LookupFunction | undefined,
  };
}

/** @throws {TypeError} or {RangeError} as Node does. */
export function readListenTarget(given: readonly unknown[]): ListenTarget {
  const { options } = readGiven(given);
  const { path, host, signal } = options;
  refusePath(path);
  const port = options["port"] ?? ("port" in options || given.length === 0 ? 0 : undefined);
  if (typeof port !== "number" && typeof port !== "string") {
    const text = `The argument 'options' must have the property "port" or "path". Received ${inspect(options)}`;
    throw codedError(TypeError, "ERR_INVALID_ARG_VALUE", text);
  }
  return {
    port: readPort(port, "options.port", 0),
    host: typeof host === "string" && host !== "" ? host : undefined,
    signal: signal instanceof AbortSignal ? signal : undefined,
  };
}

function refusePath(path: unknown): void {
  if (path === undefined || path === null) return;
  const text = `A simulated host has no sockets in its file system: ${inspect(path)}`;
  throw codedError(Error, "ENOTSUP", text);
}
