import type { CoverageReport } from "./coverage-report.ts";
import { isCovered } from "./coverage-report.ts";
import type { ElementKind } from "./spec-elements.ts";

const TITLE: Readonly<Record<ElementKind, string>> = {
  transition: "transitions",
  timer: "timers",
  sent: "messages sent",
  received: "messages received",
};
const KINDS: readonly ElementKind[] = ["transition", "timer", "sent", "received"];

/** A line of a table that says how much of a protocol was exercised. */
interface Row {
  readonly protocol: string;
  readonly kind: string;
  readonly taken: number;
  readonly excused: number;
  readonly all: number;
}

/** The report as text: a table by protocol and kind, then each thing that is amiss or excused by its name. */
export function coverageText(report: CoverageReport): string {
  const { missing, excused, needless, stale, unknown } = report;
  const sections = [
    ["Not exercised", missing.map(({ name }) => name)],
    ["Excused", excused.map(({ name, reason }) => `${name}: ${reason}`)],
    ["Excused, but exercised here", needless],
    ["Excused, but not in the spec", stale],
    ["Done, but not in the spec", unknown],
  ] as const;
  const lists = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
  const verdict = isCovered(report)
    ? "Everything is exercised or excused."
    : `${String(missing.length + stale.length + unknown.length)} to be settled.`;
  return `${[tableText(rowsOf(report)), ...lists, verdict].join("\n\n")}\n`;
}

function rowsOf({ taken, missing, excused }: CoverageReport): readonly Row[] {
  const all = [...taken, ...missing, ...excused];
  const protocols = [...new Set(all.map(({ protocol }) => protocol))];
  return protocols.sort().flatMap((protocol) =>
    KINDS.flatMap((kind) => {
      const isIts = (element: { readonly protocol: string; readonly kind: string }): boolean =>
        element.protocol === protocol && element.kind === kind;
      const count = all.filter(isIts).length;
      if (count === 0) return [];
      const [done, not] = [taken.filter(isIts).length, excused.filter(isIts).length];
      return [{ protocol, kind: TITLE[kind], taken: done, excused: not, all: count }];
    }),
  );
}

function tableText(rows: readonly Row[]): string {
  const cells = rows.map(({ protocol, kind, taken, excused, all }) => {
    const percent = Math.floor((100 * taken) / all);
    return [protocol, kind, String(taken), String(excused), String(all), `${String(percent)} %`];
  });
  const lines = [["protocol", "of", "taken", "excused", "all", "share"], ...cells];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column < 2 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
