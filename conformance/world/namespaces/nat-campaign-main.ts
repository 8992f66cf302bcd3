import { release } from "node:os";
import { parseArgs } from "node:util";
import { runNatCampaign } from "./nat-campaign.ts";
import type { NatCampaignReport, RunSummary } from "./nat-campaign.ts";
import { whyNoNamespaces } from "./require-namespaces.ts";

const HELP = `npm run nat-campaign -- [--operations N] [--seed S] [--json]

Lets random UDP and TCP packets pass through NATs of this machine's kernel (network namespaces with
nftables; takes root) and through the model of sim/nat, and compares every outcome and the tables of
connections.

  --operations N  packets to compare, shared among all setups; default 20000
  --seed S        where the random packets come from; default 1
  --json          print the report as JSON; progress stays on standard error
  --help          print this

Exit code: 0 no difference, 1 a difference or too few packets compared, 2 wrong usage, 3 not possible on
this machine.
`;

/** Differences that are shown of one run. */
const SHOWN_MAX = 3;

process.exitCode = await main();

async function main(): Promise<number> {
  const wanted = readOptions();
  if (wanted === undefined) return 2;
  if (wanted.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const problem = whyNoNamespaces();
  if (problem !== undefined) {
    process.stderr.write(`nat-campaign: network namespaces: ${problem}\n`);
    return 3;
  }
  const { operations, seed, json } = wanted;
  const report = await runNatCampaign({
    operations,
    seed,
    onRun: (run, done, total) => {
      process.stderr.write(`${String(done)}/${String(total)} ${runText(run)}\n`);
    },
  });
  process.stdout.write(
    json ? `${JSON.stringify({ kernel: release(), ...wanted, ...report })}\n` : textOf(report),
  );
  return report.mismatches === 0 && report.operations >= operations ? 0 : 1;
}

interface Wanted {
  readonly operations: number;
  readonly seed: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** What the command line asks for; undefined, and said why, if it makes no sense. */
function readOptions(): Wanted | undefined {
  try {
    const { values } = parseArgs({
      options: {
        operations: { type: "string", default: "20000" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const [operations, seed] = [Number(values.operations), Number(values.seed)];
    if (!Number.isSafeInteger(operations) || operations < 1) {
      throw new RangeError("--operations wants a positive integer");
    }
    if (!Number.isSafeInteger(seed * 1000) || seed < 0) {
      throw new RangeError("--seed wants an integer from 0");
    }
    return { ...values, operations, seed };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`nat-campaign: ${message}\n\n${HELP}`);
    return undefined;
  }
}

function runText({ profile, timeouts, protocols, seed, ...run }: RunSummary): string {
  const short = Object.keys(timeouts).length > 0 ? ", short timeouts" : "";
  const verdict = run.isInconclusive
    ? "inconclusive: the machine is too busy"
    : `${String(run.mismatches.length)} differences`;
  const packets = `${String(run.udp)} UDP, ${String(run.tcp)} TCP`;
  return `${profile}${short}, ${protocols.join(" and ")}, seed ${String(seed)}: ${packets}, ${verdict}`;
}

function textOf(report: NatCampaignReport): string {
  const differing = report.runs.filter(({ mismatches }) => mismatches.length > 0);
  const shown = differing.flatMap((run) => [
    runText(run),
    ...run.mismatches
      .slice(0, SHOWN_MAX)
      .flatMap(({ step, atMs, what, kernel, model }) => [
        `  step ${String(step)} at ${String(atMs)} ms: ${what}`,
        `    kernel: ${kernel.join("; ")}`,
        `    model:  ${model.join("; ")}`,
      ]),
  ]);
  const { operations, udp, tcp, tableEntries, mismatches, inconclusiveRuns, seconds } = report;
  const lines = [
    ...shown,
    `Linux ${release()}: ${String(operations)} packets (${String(udp)} UDP, ${String(tcp)} TCP) and ${String(tableEntries)} table entries compared in ${String(seconds)} s.`,
    `${String(mismatches)} differences, ${String(inconclusiveRuns)} inconclusive runs.`,
  ];
  return `${lines.join("\n")}\n`;
}
