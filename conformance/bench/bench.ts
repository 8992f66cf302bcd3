/** One line of a bench's table. */
export interface BenchRow {
  /** What was measured: `encode telemetry`. */
  readonly task: string;
  /** What did it: `generated`. */
  readonly name: string;
  /** Values by their unit-bearing names: `nsPerOperation`, `ratioToHandWritten`. */
  readonly values: Readonly<Record<string, number>>;
}

/** What a bench comes to. */
export interface BenchReport {
  readonly bench: string;
  readonly rows: readonly BenchRow[];
  /** Goals of the design, and whether this run reached them. */
  readonly goals: readonly BenchGoal[];
  /** Peers that are not on this machine, and what each needs: goals that stand on them were not measured. Default none. */
  readonly missing?: readonly string[];
}

/** A bound that the design sets. */
export interface BenchGoal {
  readonly goal: string;
  readonly value: number;
  /** The least value that reaches the goal, or, with `isMost`, the greatest. */
  readonly bound: number;
  readonly isMost?: boolean;
}

/** Whether a run reached a goal. */
export function isReached({ value, bound, isMost = false }: BenchGoal): boolean {
  return isMost ? value <= bound : value >= bound;
}

/** The table that people read. */
export function reportText(report: BenchReport): string {
  const rows = report.rows.map(({ task, name, values }) => {
    const numbers = Object.entries(values).map(([key, value]) => `${key} ${value.toFixed(2)}`);
    return `${task.padEnd(20)} ${name.padEnd(20)} ${numbers.join("  ")}`;
  });
  const goals = report.goals.map((goal) => {
    const sign = goal.isMost === true ? "<=" : ">=";
    const verdict = isReached(goal) ? "reached" : "MISSED";
    return `${verdict.padEnd(8)} ${goal.goal}: ${goal.value.toFixed(2)} (${sign} ${String(goal.bound)})`;
  });
  const missing = (report.missing ?? []).map((peer) => `${"MISSING".padEnd(8)} ${peer}`);
  return [`bench ${report.bench}`, ...rows, ...goals, ...missing, ""].join("\n");
}
