import { fingerprintText, formatMac } from "../core/index.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import type { ExitCode } from "./exit-code.ts";
import { HUB_OPTIONS } from "./hub-options.ts";
import { flag, integer, optionalParsed, optionalText, text } from "./option-spec.ts";
import { MAC_REMEDY, readMac } from "./option-values.ts";
import { PROCESSES } from "./processes.ts";
import { stateFolder } from "./state-folder.ts";
import { untilStopped } from "./until-stopped.ts";

const OPTIONS = {
  ...HUB_OPTIONS,
  mac: optionalParsed({
    doc: "Names this router; default: the mac of this machine's first interface",
    form: "aa:bb:cc:dd:ee:ff",
    remedy: MAC_REMEDY,
    read: readMac,
  }),
  claim: optionalText({
    doc: "Claim code that makes this router a device of an account",
    form: "CODE",
    schema: { pattern: "^[0-9A-Za-z][0-9A-Za-z -]{6,62}[0-9A-Za-z]$" },
    remedy: "Give the code that 'tagwire claim' or the hub's web page shows.",
  }),
  allowReboot: flag({ doc: "Let clients reboot this machine", fallback: false }),
  telemetryPeriodMs: integer({
    doc: "Period of telemetry",
    fallback: 20_000,
    min: 500,
    max: 600_000,
  }),
  data: text({ doc: "Folder of identity and keys", fallback: stateFolder("router") }),
};

/** `tagwire router`: the device that is controlled. */
export const ROUTER_COMMAND: Command = defineCommand({
  ...TITLES.router,
  options: OPTIONS,
  examples: [
    [
      "$0 router --hub hub.example:7400 --claim K7QX-…",
      "Report to a hub as a device of an account",
    ],
    ["$0 router --hub 192.0.2.1:7400 --hub-fingerprint 3f9c01d2-…", "Trust this hub only"],
    [
      "$0 router --config router.json",
      'Options from a file: {"hub": "hub.example:7400", "allowReboot": true}',
    ],
  ],
  run: runRouterCommand,
});

async function runRouterCommand({
  values,
  write,
  log,
  logRing,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { data, ...rest } = values;
  const run = await PROCESSES.router();
  const router = await run({ ...rest, dataFolder: data }, log, logRing);
  const fingerprint = fingerprintText(router.fingerprint);
  const mac = formatMac(router.mac);
  const stopped = untilStopped(router, log);
  write({ ready: true, mac, fingerprint }, `Router ${mac}\n  Fingerprint  ${fingerprint}`);
  return stopped;
}
