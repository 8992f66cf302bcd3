/** A fault planted in a source file, a role's or a generated one's. */
export interface SourceMutant {
  /** kebab-case, unique. */
  readonly id: string;
  /** What is wrong with it, in one sentence. */
  readonly doc: string;
  /** Relative to the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A fault planted in a document of the spec, from which the code is generated anew. */
export interface SpecMutant {
  readonly id: string;
  readonly doc: string;
  /** Below `spec/`. */
  readonly file: string;
  /** RFC 6901; names something that exists. */
  readonly pointer: string;
  readonly value: unknown;
}

/** A fault that the campaign must find. */
export type Mutant = SourceMutant | SpecMutant;

/** Whether the fault is in the spec. */
export function isSpecMutant(mutant: Mutant): mutant is SpecMutant {
  return "pointer" in mutant;
}

/**
 * The source with the fault in it.
 * @throws {RangeError} unless the place occurs exactly once: the source has changed, and the mutant must follow.
 */
export function mutateSource({ id, file, find, replace }: SourceMutant, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new RangeError(
      `mutant ${id}: its place occurs ${String(parts.length - 1)} times in ${file}`,
    );
  }
  return parts.join(replace);
}

/** The document with the fault in it. @throws {RangeError} if the pointer names nothing. */
export function mutateDocument({ id, file, pointer, value }: SpecMutant, text: string): string {
  const document: unknown = JSON.parse(text);
  const steps = pointer.split("/").slice(1);
  const last = steps.pop();
  let at: unknown = document;
  for (const step of steps) at = child(at, step);
  if (last === undefined || child(at, last) === undefined) {
    throw new RangeError(`mutant ${id}: nothing is at ${pointer} of ${file}`);
  }
  (at as Record<string, unknown>)[last] = value;
  return JSON.stringify(document, undefined, 2);
}

function child(at: unknown, step: string): unknown {
  const isObject = typeof at === "object" && at !== null && Object.hasOwn(at, step);
  return isObject ? (at as Readonly<Record<string, unknown>>)[step] : undefined;
}
