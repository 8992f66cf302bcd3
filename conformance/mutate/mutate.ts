/** `npm run mutate`: plants faults one by one and sees whether the simulated campaign finds them. */
import yargs from "yargs";
import { askOracle } from "./ask-oracle.ts";
import type { Finding } from "./finding.ts";
import { MUTANTS } from "./mutants.ts";
import type { Mutant } from "./mutant.ts";
import { plantedSources } from "./planted-sources.ts";
import { SURVIVORS } from "./survivors.ts";

/** The share of mutants that the campaign must catch. */
const CAUGHT_RATIO_MIN = 0.95;

interface Judged {
  readonly mutant: Mutant;
  readonly finding: Finding;
}

const options = await yargs(process.argv.slice(2))
  .scriptName("npm run mutate --")
  .usage(
    "$0 [options]\n\nPlants faults in roles, generated code and spec, one at a time, and runs the campaign on each.",
  )
  .option("only", { type: "string", array: true, describe: "Names of mutants. Default: all" })
  .option("seconds", {
    type: "number",
    default: 60,
    describe: "Time of the campaign for each mutant",
  })
  .option("workers", { type: "number", default: 2, describe: "Mutants that are tried at a time" })
  .option("list", { type: "boolean", default: false, describe: "Only name the mutants" })
  .option("json", { type: "boolean", default: false, describe: "Write one JSON object" })
  .example("$0", "all of them; a quarter of an hour on two cores")
  .example("$0 --only hub-takes-any-tag --seconds 20", "one of them")
  .strict()
  .version(false)
  .parseAsync();

const chosen = chooseMutants(options.only);
if (options.list) {
  for (const { id, doc } of chosen) process.stdout.write(`${id.padEnd(40)} ${doc}\n`);
} else {
  process.exitCode = await run(chosen);
}

function chooseMutants(only: readonly string[] | undefined): readonly Mutant[] {
  const unknown = only?.find((id) => MUTANTS.every((mutant) => mutant.id !== id));
  if (unknown !== undefined) {
    process.stderr.write(`There is no mutant ${unknown}: --list names them.\n`);
    process.exit(2);
  }
  return MUTANTS.filter(({ id }) => only === undefined || only.includes(id));
}

async function run(mutants: readonly Mutant[]): Promise<number> {
  const healthy = await askOracle({}, Math.min(options.seconds, 30));
  if (healthy.caught) {
    process.stderr.write(`Without any mutant the campaign fails: ${told(healthy)}\n`);
    return 1;
  }
  const judged: Judged[] = [];
  const waiting = [...mutants];
  await Promise.all(Array.from({ length: options.workers }, () => work(waiting, judged)));
  return report(judged);
}

async function work(waiting: Mutant[], judged: Judged[]): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const finding = await askOracle(await plantedSources(mutant), options.seconds);
    judged.push({ mutant, finding });
    process.stderr.write(
      `${String(judged.length).padStart(4)}  ${mutant.id.padEnd(40)} ${told(finding)}\n`,
    );
  }
}

function told(finding: Finding): string {
  const seconds = `${(finding.elapsedMs / 1000).toFixed(1)} s`;
  if (!finding.caught) return `SURVIVED ${String(finding.runs)} runs, ${seconds}`;
  const { checker, scenario, seed } = finding;
  return `${checker} in ${scenario}, seed ${String(seed)}, ${seconds}`;
}

/** 0 if enough were caught and every survivor has a reason. */
function report(judged: readonly Judged[]): number {
  const survivors = judged.filter(({ finding }) => !finding.caught).map(({ mutant }) => mutant);
  const caught = judged.length - survivors.length;
  const ratio = caught / judged.length;
  const nameless = survivors.filter(({ id }) => !(id in SURVIVORS));
  if (options.json) {
    const results = judged.map(({ mutant: { id, doc }, finding }) => ({ id, doc, ...finding }));
    process.stdout.write(`${JSON.stringify({ mutants: judged.length, caught, ratio, results })}\n`);
  } else {
    const percent = (ratio * 100).toFixed(1);
    process.stdout.write(
      `${String(caught)} of ${String(judged.length)} mutants caught (${percent} %)\n`,
    );
    for (const { id } of survivors) {
      process.stdout.write(`survived: ${id}: ${SURVIVORS[id] ?? "no reason is given"}\n`);
    }
  }
  return ratio >= CAUGHT_RATIO_MIN && nameless.length === 0 ? 0 : 1;
}
