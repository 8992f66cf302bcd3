import type { Device } from "../../generated/control/http.ts";
import { durationText, memoryText, permilleText } from "../io/http/pages/quantity-text.ts";
import type { Command, CommandRun } from "./command.ts";
import { defineCommand } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { HubAccessOptions } from "./hub-access.ts";
import { HUB_ACCESS, withHubSession } from "./hub-access.ts";
import { plainText, tableText, writeResult } from "./result-output.ts";

/** `tagwire devices`: the routers of an account. */
export const DEVICES_COMMAND: Command = defineCommand({
  command: "devices",
  doc: "List the routers of an account",
  options: HUB_ACCESS,
  examples: [
    ["$0 devices --login ann", "Asks for the password, once"],
    ["TAGWIRE_HUB_URL=https://hub.example $0 devices --json", "For a program"],
  ],
  run: runDevicesCommand,
});

async function runDevicesCommand({
  values,
  json,
}: CommandRun<HubAccessOptions>): Promise<ExitCode> {
  const list = await withHubSession(values, ({ client, token }) =>
    client.request("devices", { token }),
  );
  const text =
    list.devices.length === 0
      ? "No devices yet: 'tagwire claim' makes a code that brings a router into the account."
      : tableText(HEADINGS, list.devices.map(cells));
  writeResult(json, list, text);
  return EXIT.ok;
}

const HEADINGS = ["STATE", "MAC", "NAME", "LAST SEEN", "UPTIME", "LOAD", "MEMORY FREE"];

function cells(device: Device): readonly string[] {
  const { mac, label, hostname, online, lastSeenS, uptimeS, loadPermille, memoryFreeKib } = device;
  return [
    online ? "online" : "offline",
    mac,
    plainText(label === "" ? (hostname ?? "") : label),
    lastSeenS === undefined ? "never" : `${durationText(lastSeenS)} ago`,
    uptimeS === undefined ? "-" : durationText(uptimeS),
    loadPermille === undefined ? "-" : permilleText(loadPermille),
    memoryFreeKib === undefined ? "-" : memoryText(memoryFreeKib),
  ];
}
