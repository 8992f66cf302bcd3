import { join } from "node:path";
import { runCase } from "../../../sim/campaign/index.ts";
import type { Case, CaseOutcome } from "../../../sim/campaign/index.ts";
import { JsonLines } from "../../../sim/engine/index.ts";
import { diagramPage } from "../../../sim/view/diagram/diagram-page.ts";
import { traceDiagram } from "../../../sim/view/diagram/trace-diagram.ts";
import { tracePcapng } from "../../../sim/view/pcapng/trace-pcapng.ts";
import { readTrace } from "../../../sim/view/trace-lines.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { writeTextFile } from "./written-file.ts";

/** Records of a trace that are kept: the latest. */
const RECORDS_MAX = 200_000;

/** A case that is run to see what happens in it. */
export interface TracedCase<Result> {
  readonly chosen: ChosenScenario;
  readonly case: Case;
  /** The folder that its files are written to. */
  readonly folder: string;
  /** The command that runs it again, if there is one. */
  readonly replay: string | undefined;
  /** Of the diagram: `control, seed 17`. */
  readonly title: string;
  /** Runs it with its trace. */
  readonly run: (sink: JsonLines) => Promise<Result>;
}

/** Names of the files that a traced run leaves. */
export const TRACE_FILES: readonly string[] = ["trace.jsonl", "trace.pcapng", "diagram.html"];

/** Runs a case and writes its trace, its capture and its diagram. @throws {OperatorError} if they cannot be written. */
export async function writeTrace<Result extends { readonly outcome: CaseOutcome }>(
  traced: TracedCase<Result>,
): Promise<Result> {
  const { chosen, folder, replay, title } = traced;
  const { scenario } = chosen;
  const sink = new JsonLines({ recordsMax: RECORDS_MAX });
  const result = await traced.run(sink);
  const { outcome } = result;
  const text = sink.text();
  const trace = readTrace(text);
  const { violations, traceHash, virtualMs } = outcome;
  const { faults, topology } = traced.case;
  const facts = [
    { name: "Outcome", value: violations.length === 0 ? "passed" : "a rule was broken" },
    { name: "Faults", value: String(faults.length) },
    { name: "Hosts", value: String(topology.hosts.length) },
    { name: "Virtual time", value: `${(virtualMs / 1000).toFixed(1)} s` },
    { name: "Trace hash", value: traceHash },
  ];
  const { decoder } = scenario;
  const diagram = traceDiagram(trace, {
    title,
    facts,
    replay,
    violations,
    topology,
    decoder,
    droppedRecords: sink.dropped,
  });
  const about = [title, `trace hash ${traceHash}`, ...(replay === undefined ? [] : [replay])];
  await writeTextFile("--out", join(folder, "trace.jsonl"), text);
  await writeTextFile("--out", join(folder, "trace.pcapng"), tracePcapng(trace, about.join("\n")));
  await writeTextFile("--out", join(folder, "diagram.html"), diagramPage(diagram));
  return result;
}

/** Runs a case with its trace and nothing else. */
export function tracedRun(
  { scenario }: ChosenScenario,
  given: Case,
): (sink: JsonLines) => Promise<{ readonly outcome: CaseOutcome }> {
  return async (sink) => ({ outcome: await runCase(scenario, given, { sink }) });
}
