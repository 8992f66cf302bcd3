import { fingerprintText } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import type { ExitCode } from "./exit-code.ts";
import { HUB_OPTIONS } from "./hub-options.ts";
import { integer, optionalParsed, optionalText, parsed, text } from "./option-spec.ts";
import { HOST_PORT } from "./option-values.ts";
import { PROCESSES } from "./processes.ts";
import { readJoinSecret } from "./secret-file.ts";
import { stateFolder } from "./state-folder.ts";
import { untilStopped } from "./until-stopped.ts";

const OPTIONS = {
  ...HUB_OPTIONS,
  listen: parsed({ ...HOST_PORT, doc: "Where routers and clients come", fallback: "0.0.0.0:7410" }),
  advertise: optionalParsed({
    ...HOST_PORT,
    doc: "Where they reach it; default: this machine's address towards the hub",
  }),
  places: integer({ doc: "Sessions at a time", fallback: 256, min: 1, max: 65_535 }),
  joinSecretFile: optionalText({
    doc: "File with the hub's join secret; not needed if the hub has this server's fingerprint on its list",
  }),
  telemetryPeriodMs: integer({
    doc: "Period of load reports",
    fallback: 20_000,
    min: 500,
    max: 600_000,
  }),
  data: text({ doc: "Folder of identity and state", fallback: stateFolder("server") }),
};

/** `tagwire server`: a relay. */
export const SERVER_COMMAND: Command = defineCommand({
  ...TITLES.server,
  options: OPTIONS,
  examples: [
    [
      "$0 server --hub hub.example:7400 --join-secret-file join-secret",
      "Join the network of a hub",
    ],
    [
      "$0 server --hub 192.0.2.1:7400 --listen 0.0.0.0:7500 --advertise 198.51.100.7:7500",
      "Behind a port forward",
    ],
  ],
  run: runServerCommand,
});

async function runServerCommand({
  values,
  write,
  log,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { joinSecretFile, data, ...rest } = values;
  const joinSecret = joinSecretFile === undefined ? undefined : readJoinSecret(joinSecretFile);
  const run = await PROCESSES.server();
  const server = await run({ ...rest, joinSecret, dataFolder: data }, log);
  const fingerprint = fingerprintText(server.fingerprint);
  const tcp = endpointText(server.tcp);
  const stopped = untilStopped(server, log);
  write({ ready: true, tcp, fingerprint }, `Server ${fingerprint}\n  TCP  ${tcp}`);
  return stopped;
}
