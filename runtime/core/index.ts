/** The sans-IO library that generated code and roles stand on: no sockets, clocks, files or randomness of its own. */
export * from "./addresses.ts";
export * from "./crypto.ts";
export * from "./endpoint.ts";
export * from "./framing.ts";
export * from "./integers.ts";
export * from "./ip.ts";
export * from "./mac.ts";
export * from "./machine.ts";
export * from "./noise-cipher.ts";
export * from "./noise.ts";
export * from "./refuse.ts";
export * from "./role.ts";
export * from "./spans.ts";
export * from "./text.ts";
export * from "./wire-error.ts";
