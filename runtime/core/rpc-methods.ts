import type { JsonSchema, SchemaCheck, SchemaCompiler } from "./json-schema.ts";

/** What the spec says of one method. */
export interface RpcMethodInfo {
  readonly doc: string;
  /** Self-contained schema of the parameters: an object. */
  readonly params: JsonSchema;
  /** Self-contained schema of the result; undefined for a notification. */
  readonly result: JsonSchema | undefined;
  /** The codes that a handler may answer with; anything else becomes an internal error. */
  readonly errors: readonly number[];
  /** Calling it twice does no more than calling it once, so that a caller may retry. */
  readonly idempotent: boolean;
  /** How long a caller waits for the answer, milliseconds. */
  readonly timeoutMs: number;
  /** Never answered. */
  readonly notification: boolean;
}

/** The methods of a service by name; the table that generated code exports. */
export type RpcMethodTable<Method extends string = string> = Readonly<
  Record<Method, RpcMethodInfo>
>;

/** The checks of one method's values. */
export interface RpcMethodChecks {
  readonly params: SchemaCheck;
  /** Undefined for a notification. */
  readonly result: SchemaCheck | undefined;
}

/** The checks of a service's methods by name. */
export type RpcValidators<Method extends string = string> = Readonly<
  Record<Method, RpcMethodChecks>
>;

/** Compiles the schemas of a method table. @throws {Error} if one is malformed. */
export function compileRpcValidators<Method extends string>(
  methods: RpcMethodTable<Method>,
  compiler: SchemaCompiler,
): RpcValidators<Method> {
  const entries = Object.entries<RpcMethodInfo>(methods).map(([name, { params, result }]) => [
    name,
    {
      params: compiler.compile(params),
      result: result === undefined ? undefined : compiler.compile(result),
    },
  ]);
  return Object.fromEntries(entries) as Record<Method, RpcMethodChecks>;
}
