import type { JsonSchema } from "./json-schema.ts";

/** One HTTP operation of the spec. */
export interface HttpOperationInfo {
  readonly doc: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Other paths of the same operation. */
  readonly aliases: readonly string[];
  /** Whether the request must come with a session. */
  readonly auth: "none" | "session";
  /** Self-contained schemas; undefined if the operation has no such part. */
  readonly query: JsonSchema | undefined;
  readonly body: JsonSchema | undefined;
  readonly responses: readonly HttpResponseInfo[];
}

/** One way in which an operation answers. */
export interface HttpResponseInfo {
  readonly status: number;
  readonly doc: string;
  /** Undefined if the answer has no body. */
  readonly schema: JsonSchema | undefined;
}

/** The operations of a role by name; the table that generated code exports. */
export type HttpOperationTable<Operation extends string = string> = Readonly<
  Record<Operation, HttpOperationInfo>
>;
