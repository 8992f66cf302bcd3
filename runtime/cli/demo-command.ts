import { inspect } from "node:util";
import type { DemoReport } from "../processes/config-types.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { flag, integer, optionalText } from "./option-spec.ts";
import { PROCESSES } from "./processes.ts";
import { interruptible, untilStopped } from "./until-stopped.ts";

const OPTIONS = {
  once: flag({
    doc: "Do the whole job once on free ports and end",
    fallback: false,
    flagOnly: true,
  }),
  freePorts: flag({ doc: "Take free ports instead of the commands' defaults", fallback: false }),
  telemetryPeriodMs: integer({
    doc: "Period of telemetry",
    fallback: 20_000,
    min: 500,
    max: 600_000,
  }),
  data: optionalText({ doc: "Folder that keeps the data of all parts; default: a temporary one" }),
};

/** `tagwire demo`: the whole network in one process, with this very machine as the router. */
export const DEMO_COMMAND: Command = defineCommand({
  ...TITLES.demo,
  options: OPTIONS,
  examples: [
    ["$0 demo", "Run until Ctrl-C and print the hub's web address"],
    ["$0 demo --once --json", "Connect once, print one JSON object and end"],
  ],
  run: runDemoCommand,
});

async function runDemoCommand({
  values,
  write,
  log,
  logRing,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { once, data, telemetryPeriodMs } = values;
  const run = await PROCESSES.demo();
  const demo = await interruptible(
    run({ freePorts: once || values.freePorts, dataFolder: data, telemetryPeriodMs }, log, logRing),
  );
  if (once) {
    await interruptible(demo.close());
    write(demo.report, reportText(demo.report));
    return EXIT.ok;
  }
  const { url, account, report } = demo;
  const stopped = untilStopped(demo, log);
  write(
    { ready: true, url, account, report },
    `${reportText(report)}\n\nOpen ${url} and log in as ${account.login} with the password ${account.password}\nCtrl-C ends it.`,
  );
  return stopped;
}

function reportText({ routerMac, uptimeS, server, connectMs, rpc }: DemoReport): string {
  return [
    `Router ${routerMac} has been up for ${String(uptimeS)} s.`,
    `Reached in ${connectMs.toFixed(0)} ms through the server at ${server}, which cannot read what passes.`,
    `${rpc.method} → ${inspect(rpc.result, { breakLength: Infinity })}`,
  ].join("\n");
}
