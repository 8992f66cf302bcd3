import type { JsonSchema } from "../core/index.ts";

/**
 * An option of a command, once: command line, environment, configuration file and help follow from it.
 * `Value` is what the command gets.
 */
export interface OptionSpec<Value> {
  /** What it is for, default and bounds excepted. */
  readonly doc: string;
  readonly kind: "text" | "integer" | "flag" | "texts";
  /** Taken when no source has a value; undefined leaves the option undefined, or empty for `texts`. */
  readonly fallback: string | number | boolean | undefined;
  /** True if there must be a value. */
  readonly required: boolean;
  /** What the value looks like, for help: `host:port`. */
  readonly form: string | undefined;
  /** What the value must be beyond its type, as JSON Schema; of each item for `texts`. */
  readonly schema: JsonSchema;
  /** How to mend a value that does not fit. */
  readonly remedy: string | undefined;
  /** Environment variable, if not TAGWIRE_ and the option's name. */
  readonly env: string | undefined;
  /** True keeps it out of configuration files and the environment: it says how, not what. */
  readonly flagOnly: boolean;
  /** Turns the checked value into what the command gets. @throws {Error} whose message says what is wrong. */
  readonly read: (value: never) => Value;
}

/** Options by name in camel case; the command line has them in kebab case. */
export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** What a command gets for its table. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionSpec<infer Value> ? Value : never;
};

interface Common {
  readonly doc: string;
  readonly env?: string;
  readonly flagOnly?: boolean;
  readonly form?: string;
  readonly remedy?: string;
  readonly schema?: JsonSchema;
}

function specOf<Value>(
  kind: OptionSpec<Value>["kind"],
  common: Common,
  rest: Pick<OptionSpec<Value>, "fallback" | "required" | "read">,
): OptionSpec<Value> {
  const { doc, env, flagOnly = false, form, remedy, schema = {} } = common;
  return { kind, doc, env, flagOnly, form, remedy, schema, ...rest };
}

const asIs = <Value>(value: Value): Value => value;

/** A text with a default. */
export function text(options: Common & { readonly fallback: string }): OptionSpec<string> {
  return specOf("text", options, { fallback: options.fallback, required: false, read: asIs });
}

/** A text that may be left out. */
export function optionalText(options: Common): OptionSpec<string | undefined> {
  return specOf("text", options, { fallback: undefined, required: false, read: asIs });
}

/** A text that has a meaning, which `read` finds. */
export function parsed<Value>(
  options: Common & { readonly fallback: string; readonly read: (text: string) => Value },
): OptionSpec<Value> {
  return specOf("text", options, {
    fallback: options.fallback,
    required: false,
    read: options.read,
  });
}

/** The same without a default: it must be given. */
export function requiredParsed<Value>(
  options: Common & { readonly read: (text: string) => Value },
): OptionSpec<Value> {
  return specOf("text", options, { fallback: undefined, required: true, read: options.read });
}

/** The same, which may be left out. */
export function optionalParsed<Value>(
  options: Common & { readonly read: (text: string) => Value },
): OptionSpec<Value | undefined> {
  const read = (text: string | undefined): Value | undefined =>
    text === undefined ? undefined : options.read(text);
  return specOf("text", options, { fallback: undefined, required: false, read });
}

/** A text that may be given several times. */
export function parsedList<Value>(
  options: Common & { readonly read: (text: string) => Value },
): OptionSpec<readonly Value[]> {
  const read = (texts: readonly string[] | undefined): readonly Value[] =>
    (texts ?? []).map((item) => options.read(item));
  return specOf("texts", options, { fallback: undefined, required: false, read });
}

/** A whole number within bounds. */
export function integer(
  options: Common & { readonly fallback: number; readonly min: number; readonly max: number },
): OptionSpec<number> {
  const { fallback, min, max } = options;
  const schema = { ...options.schema, minimum: min, maximum: max };
  const remedy = options.remedy ?? `Give a whole number from ${String(min)} to ${String(max)}.`;
  return specOf(
    "integer",
    { ...options, schema, remedy },
    { fallback, required: false, read: asIs },
  );
}

/** Yes or no. `--name` says yes and `--no-name` no. */
export function flag(options: Common & { readonly fallback: boolean }): OptionSpec<boolean> {
  return specOf("flag", options, { fallback: options.fallback, required: false, read: asIs });
}
