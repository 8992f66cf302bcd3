/** The sans-IO library that generated code and roles stand on: no sockets, clocks, files or randomness of its own. */
export * from "./crypto.ts";
export * from "./endpoint.ts";
export * from "./machine.ts";
export * from "./noise.ts";
export * from "./noise-cipher.ts";
export * from "./role.ts";
export * from "./wire-error.ts";
