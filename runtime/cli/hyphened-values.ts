/** No argument of a process can hold this character, so that what bears it was marked here. */
const MARK = "\u0000";

/**
 * Base64url of 16 or of 32 bytes that begins with a hyphen: ids of claims, fingerprints, secrets. The last digit
 * of such a text has bits that are 0.
 */
const HYPHENED_VALUE = /^-(?:[\w-]{20}[AQgw]|[\w-]{41}[AEIMQUYcgkosw048])$/;

/** Options are spelt in small letters, so that a slip in a long one stays a slip. */
const OPTION = /^--[a-z][a-z0-9-]*$/;

/**
 * Marks arguments that begin with a hyphen and are values all the same: one base64url text in 64 begins so,
 * and yargs would take it for an option wherever it stands.
 */
export function markHyphened(args: readonly string[]): readonly string[] {
  return args.map((arg) => (HYPHENED_VALUE.test(arg) && !OPTION.test(arg) ? MARK + arg : arg));
}

/** The same value without marks, also inside of lists and of objects such as yargs makes. */
export function unmarked<Value>(value: Value): Value {
  return withoutMarks(value) as Value;
}

function withoutMarks(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(MARK, "");
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withoutMarks(each)]),
  );
}
