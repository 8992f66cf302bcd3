/** A JSON Schema (2020-12), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One way in which a value does not follow its schema. */
export interface SchemaProblem {
  /** JSON pointer (RFC 6901) of the value that is wrong; empty for the whole. */
  readonly pointer: string;
  /** What it must be, in words, without the value itself. */
  readonly message: string;
}

/** Checks one value: no problems means that it follows the schema. Never throws, never changes the value. */
export type SchemaCheck = (value: unknown) => readonly SchemaProblem[];

/** Turns schemas into checks. Injected, because the library that does it is no part of the core. */
export interface SchemaCompiler {
  /** @throws {Error} if the schema itself is malformed: a bug of ours. */
  compile(schema: JsonSchema): SchemaCheck;
}
