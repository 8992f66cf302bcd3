import { readFileSync, readdirSync } from "node:fs";

const SPEC = new URL("../../spec/", import.meta.url);

/** A type as a spec document writes it. */
type RawType = string | Readonly<Record<string, unknown>>;

interface RawField {
  readonly name: string;
  readonly type: RawType;
  readonly doc: string;
  readonly unit?: string;
}

interface RawMessage {
  readonly tag: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly transport: string;
  readonly protection: string;
  readonly maxBytes: number;
  readonly fields: readonly RawField[];
}

interface RawNamedType {
  readonly kind: string;
  readonly base?: string;
  readonly fields?: readonly RawField[];
  readonly values?: Readonly<Record<string, { readonly value: number; readonly doc: string }>>;
}

interface RawTransition {
  readonly from: string | readonly string[];
  readonly on: string;
  readonly to: string | readonly string[];
}

interface RawMachine {
  readonly machine: string;
  readonly initial: string;
  readonly states: Readonly<Record<string, { readonly final?: boolean }>>;
  readonly transitions: readonly RawTransition[];
}

/** A piece of the protocol reference as it must stand there, for one element of the spec. */
export interface SpecTable {
  readonly element: string;
  readonly text: string;
}

/** What the reference of a protocol must hold: a table a message, struct, enum and its limits, a diagram a machine. */
export function specTables(protocol: string): readonly SpecTable[] {
  const named = { ...typesOf("system"), ...typesOf("control"), ...typesOf(protocol) };
  const messages = documents(protocol, "messages").flatMap((document) =>
    Object.entries(document["messages"] as Record<string, RawMessage>),
  );
  const machines = documents(protocol, "machines") as unknown as readonly RawMachine[];
  return [
    ...messages.map(([name, message]) => messageTable(name, message, named)),
    ...Object.entries(typesOf(protocol)).flatMap(([name, type]) => typeTable(name, type, named)),
    limitTable(protocol),
    ...machines.map(machineDiagram),
  ];
}

type NamedTypes = Readonly<Record<string, RawNamedType>>;

function messageTable(name: string, message: RawMessage, named: NamedTypes): SpecTable {
  const { tag, from, to, transport, protection, maxBytes, fields } = message;
  const way = `${from.join(", ")} → ${to.join(", ")}`;
  const head = `**${name}**, tag ${String(tag)}: ${way}, \`${transport}\`, ${protection}, value at most ${String(maxBytes)} bytes.`;
  return { element: name, text: [head, "", ...fieldRows(fields, 4, named)].join("\n") };
}

function typeTable(name: string, type: RawNamedType, named: NamedTypes): readonly SpecTable[] {
  if (type.kind === "struct") {
    const text = fieldRows(type.fields ?? [], 0, named).join("\n");
    return [{ element: name, text }];
  }
  const rows = Object.entries(type.values ?? {}).map(
    ([value, { value: number, doc }]) => `| ${String(number)} | \`${value}\` | ${cell(doc)} |`,
  );
  const head = [`**${name}** (${type.base ?? ""})`, "", "| Value | Name | Meaning |", RULE];
  return [{ element: name, text: [...head, ...rows].join("\n") }];
}

const RULE = "| --- | --- | --- |";

/** One row a field; offsets are counted from `start` as long as they are the same in every value. */
function fieldRows(
  fields: readonly RawField[],
  start: number,
  named: NamedTypes,
): readonly string[] {
  let at: number | undefined = start;
  const rows = fields.map(({ name, type, doc, unit }) => {
    const offset = at === undefined ? "" : String(at);
    const bytes = bytesOf(type, named);
    at = at === undefined || bytes === undefined ? undefined : at + bytes;
    const what = unit === undefined ? doc : `${doc} (${unit})`;
    return `| ${offset} | \`${name}\` | ${typeText(type)} | ${cell(what)} |`;
  });
  return ["| Offset | Field | Type | Meaning |", "| --- | --- | --- | --- |", ...rows];
}

/** Bytes of a type that always has as many; undefined for one that varies. */
function bytesOf(type: RawType, named: NamedTypes): number | undefined {
  if (typeof type !== "string")
    return typeof type["bytes"] === "number" ? type["bytes"] : undefined;
  const own: Readonly<Record<string, number>> = { bool: 1, mac: 6, ipv4: 4, ipv6: 16 };
  const bits = /^[uif](\d+)$/.exec(type)?.[1];
  if (bits !== undefined) return Number(bits) / 8;
  if (own[type] !== undefined) return own[type];
  const known = named[type];
  if (known?.base !== undefined) return bytesOf(known.base, named);
  let sum: number | undefined = known?.fields === undefined ? undefined : 0;
  for (const field of known?.fields ?? []) {
    const bytes = bytesOf(field.type, named);
    sum = sum === undefined || bytes === undefined ? undefined : sum + bytes;
  }
  return sum;
}

function typeText(type: RawType): string {
  if (typeof type === "string") return type;
  const { bytes, string, list, rest, max } = type;
  if (typeof bytes === "number") return `${String(bytes)} bytes`;
  const counted = (bytes ?? string ?? list) as
    | {
        readonly length: string;
        readonly count: string;
        readonly max: number;
        readonly of: RawType;
      }
    | undefined;
  if (counted === undefined) return `${String(rest)} to the end, at most ${String(max)}`;
  const most = `at most ${String(counted.max)}`;
  if (bytes !== undefined) return `${counted.length} length, bytes, ${most}`;
  if (string !== undefined) return `${counted.length} length, UTF-8, ${most} bytes`;
  return `${counted.count} count, then each: ${typeText(counted.of)}; ${most}`;
}

function limitTable(protocol: string): SpecTable {
  const { limits } = read(`${protocol}/protocol.json`) as {
    readonly limits: Readonly<
      Record<
        string,
        { readonly value: number | readonly number[]; readonly unit: string; readonly doc: string }
      >
    >;
  };
  const rows = Object.entries(limits).map(([name, { value, unit, doc }]) => {
    const text = typeof value === "number" ? String(value) : value.join(", ");
    return `| \`${name}\` | ${text} ${unit} | ${cell(doc)} |`;
  });
  const text = ["| Limit | Value | Meaning |", RULE, ...rows].join("\n");
  return { element: `limits of ${protocol}`, text };
}

/** The transitions between two states that are named; what holds from every state is said below the diagram. */
function machineDiagram({ machine, initial, states, transitions }: RawMachine): SpecTable {
  const lines = ["```mermaid", "stateDiagram-v2", `  [*] --> ${initial}`];
  const anywhere: string[] = [];
  for (const { from, on, to } of transitions) {
    for (const target of [to].flat()) {
      if (from === "*") anywhere.push(`\`${on}\` → \`${target}\``);
      else for (const source of [from].flat()) lines.push(`  ${source} --> ${target}: ${on}`);
    }
  }
  for (const [name, { final }] of Object.entries(states)) {
    if (final === true) lines.push(`  ${name} --> [*]`);
  }
  lines.push("```");
  if (anywhere.length > 0) lines.push("", `From every other state: ${anywhere.join("; ")}.`);
  return { element: machine, text: lines.join("\n") };
}

function typesOf(protocol: string): NamedTypes {
  return (read(`${protocol}/types.json`) as { readonly types: NamedTypes }).types;
}

function documents(protocol: string, kind: string): readonly Readonly<Record<string, unknown>>[] {
  const names = readdirSync(new URL(`${protocol}/${kind}/`, SPEC)).sort();
  return names.map((name) => read(`${protocol}/${kind}/${name}`));
}

function read(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(path, SPEC), "utf8")) as Record<string, unknown>;
}

/** A text that stands in one cell of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
