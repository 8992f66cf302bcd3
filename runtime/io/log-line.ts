const LEVELS: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

const COLOURS: Readonly<Record<number, string>> = { 40: "33", 50: "31", 60: "31" };
const SHOWN_ELSEWHERE = new Set(["level", "time", "pid", "hostname", "msg", "part", "err"]);

interface Entry {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly part?: unknown;
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown; readonly stack?: unknown };
}

/**
 * One log entry as a person reads it: `14:03:09.120 INFO  hub: listening port=4100`.
 *
 * @param json one JSON line as pino writes it.
 * @param options.colour whether warnings and errors are coloured (ANSI).
 */
export function logLine(json: string, { colour }: { readonly colour: boolean }): string {
  const entry = JSON.parse(json) as Entry;
  const level = typeof entry.level === "number" ? entry.level : 30;
  const name = (LEVELS[level] ?? String(level)).padEnd(5);
  const code = COLOURS[level];
  const shownLevel = colour && code !== undefined ? `\u001b[${code}m${name}\u001b[0m` : name;
  const part = typeof entry.part === "string" ? `${printable(entry.part)}: ` : "";
  const message = typeof entry.msg === "string" ? printable(entry.msg) : "";
  return `${clock(entry.time)} ${shownLevel} ${part}${message}${members(entry)}${fault(entry)}`;
}

function clock(time: unknown): string {
  return new Date(typeof time === "number" ? time : 0).toISOString().slice(11, 23);
}

function members(entry: object): string {
  return Object.entries(entry)
    .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
    .map(([name, value]) => ` ${printable(name)}=${memberText(value)}`)
    .join("");
}

function memberText(value: unknown): string {
  const isPlain = typeof value === "string" && /^[\w.:@/[\]-]+$/.test(value);
  return isPlain ? value : printable(JSON.stringify(value));
}

function fault({ err }: Entry): string {
  if (err === undefined) return "";
  const text = typeof err.stack === "string" ? err.stack : String(err.message);
  return `\n${text.split("\n").map(printable).join("\n")}`;
}

/** Text from outside as it may be shown: it must not move the cursor, ring the bell, turn the line round or forge another of a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
}
