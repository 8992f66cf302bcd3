import { codedError, invalidArgumentType } from "../argument-error.ts";

/** What `dgram.createSocket` may be given, of which this is used. */
export interface SocketOptions {
  readonly type: "udp4" | "udp6";
  readonly reuseAddr?: boolean;
  readonly reusePort?: boolean;
  readonly ipv6Only?: boolean;
  readonly recvBufferSize?: number;
  readonly sendBufferSize?: number;
  readonly lookup?: LookupFunction;
  readonly signal?: AbortSignal;
}

/** Finds the address of a name: `dns.lookup`, or what is given in its place. */
export type LookupFunction = (
  name: string,
  family: number,
  callback: (error: Error | null, address?: string, family?: number) => void,
) => void;

/** @throws {TypeError} as Node does of arguments that it does not take. */
export function readSocketOptions(given: unknown): SocketOptions {
  const options = (
    typeof given === "object" && given !== null ? given : { type: given }
  ) as SocketOptions;
  if (options.lookup !== undefined && typeof options.lookup !== "function") {
    throw invalidArgumentType("lookup", "of type function", options.lookup);
  }
  const type: unknown = options.type;
  if (type !== "udp4" && type !== "udp6") {
    const text = "Bad socket type specified. Valid types are: udp4, udp6";
    throw codedError(TypeError, "ERR_SOCKET_BAD_TYPE", text);
  }
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgumentType("options.signal", "an instance of AbortSignal", signal);
  }
  return options;
}
