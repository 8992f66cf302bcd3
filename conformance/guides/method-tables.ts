import { readFileSync, readdirSync } from "node:fs";
import type { SpecTable } from "./spec-tables.ts";

const SPEC = new URL("../../spec/", import.meta.url);

interface RawSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

interface RawMethod {
  readonly doc: string;
  readonly params: RawSchema;
  readonly result?: RawSchema;
  readonly timeoutMs: number;
}

interface RawService {
  readonly service: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly errors?: Readonly<Record<string, { readonly code: number; readonly doc: string }>>;
  readonly methods: Readonly<Record<string, RawMethod>>;
}

/** What the reference of a protocol must hold of its calls: a table of methods, and one of error codes, for each service. */
export function methodTables(protocol: string): readonly SpecTable[] {
  const folder = new URL(`${protocol}/rpc/`, SPEC);
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as RawService)
    .flatMap((service) => [methodTable(service), ...errorTable(service)]);
}

function methodTable({ service, from, to, methods }: RawService): SpecTable {
  const rows = Object.entries(methods).map(
    ([name, { doc, params, result, timeoutMs }]) =>
      `| \`${name}(${namesOf(params)})\` | ${resultOf(result)} | ${String(timeoutMs / 1000)} s | ${doc} |`,
  );
  const head = [
    `**${service}**: ${from.join(", ")} → ${to.join(", ")}.`,
    "",
    "| Method | Result | Within | Meaning |",
    "| --- | --- | --- | --- |",
  ];
  return { element: `methods of ${service}`, text: [...head, ...rows].join("\n") };
}

function errorTable({ service, errors }: RawService): readonly SpecTable[] {
  if (errors === undefined) return [];
  const rows = Object.entries(errors).map(
    ([name, { code, doc }]) => `| ${String(code)} | \`${name}\` | ${doc} |`,
  );
  const head = ["| Code | Error | Meaning |", "| --- | --- | --- |"];
  return [{ element: `errors of ${service}`, text: [...head, ...rows].join("\n") }];
}

function resultOf(result: RawSchema | undefined): string {
  return result === undefined ? "no response" : `\`(${namesOf(result)})\``;
}

/** Names of members; those that may be left out with a question mark. */
function namesOf({ properties = {}, required = [] }: RawSchema): string {
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .join(", ");
}
