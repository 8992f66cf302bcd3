import type { SchemaCheck } from "../json-schema.ts";
import { formatJson } from "../json-text.ts";
import { RpcClient } from "../rpc-client.ts";
import type { RpcOutcome } from "../rpc-message.ts";
import { compileRpcValidators } from "../rpc-methods.ts";
import type { RpcMethodInfo, RpcMethodTable } from "../rpc-methods.ts";
import { RpcServer } from "../rpc-server.ts";

/** The error that methods declare. */
export const NOT_ALLOWED = -32_001;

const METHOD: RpcMethodInfo = {
  doc: "A method.",
  params: {},
  result: {},
  errors: [NOT_ALLOWED],
  idempotent: true,
  timeoutMs: 1000,
  notification: false,
};

const METHODS: RpcMethodTable = {
  echo: METHOD,
  number: { ...METHOD, params: { must: "number" }, result: { must: "number" } },
  hint: { ...METHOD, result: undefined, notification: true },
};

/** A schema language of one keyword: `must: "number"` asks for a numeric member `value`. */
const VALIDATORS = compileRpcValidators(METHODS, {
  compile: (schema): SchemaCheck => {
    if (schema["must"] !== "number") return () => [];
    return (value) => {
      const { value: member } = (value ?? {}) as { value?: unknown };
      return typeof member === "number" ? [] : [{ pointer: "/value", message: "must be number" }];
    };
  },
});

/** A call of the method that answers with its parameters. */
export const ECHO = { method: "echo", params: {}, timeoutMs: 1000 } as const;

/** A server of three methods: `echo`, `number`, which is strict, and the notification `hint`. */
export function makeServer(options: { readonly maxConcurrent?: number } = {}): RpcServer {
  return new RpcServer({ methods: METHODS, validators: VALIDATORS, ...options });
}

/** A client of that server. */
export function makeClient(options: { readonly maxPending?: number } = {}): RpcClient {
  return new RpcClient({ validators: VALIDATORS, ...options });
}

/** Every effect that is waiting, in order. */
export function drain<Effect>(from: { poll(): Effect | undefined }): Effect[] {
  const effects: Effect[] = [];
  for (let effect = from.poll(); effect !== undefined; effect = from.poll()) effects.push(effect);
  return effects;
}

/** A message as bytes; a text is taken as it is. */
export function bytesOf(value: unknown): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : formatJson(value);
}

/** The JSON value of a message. */
export function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The outcomes that a client reports, by call. */
export function outcomes(client: RpcClient): Map<number, RpcOutcome> {
  const settled = drain(client).flatMap((effect) => (effect.type === "settled" ? [effect] : []));
  return new Map(settled.map(({ call, outcome }) => [call, outcome]));
}
