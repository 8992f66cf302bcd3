import type { Device } from "../../generated/control/http.ts";
import { decodeBase64Url, encodeBase64Url, fingerprintText } from "../core/index.ts";
import { durationText, memoryText, permilleText } from "../io/http/pages/quantity-text.ts";
import type { Command, CommandRun } from "./command.ts";
import { defineCommand, FailedError } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { configError } from "./config-error.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { HUB_ACCESS, withHubSession } from "./hub-access.ts";
import { namedDevice } from "./named-device.ts";
import { flag, optionalParsed } from "./option-spec.ts";
import { FINGERPRINT } from "./option-values.ts";
import { plainText, tableText } from "./result-text.ts";

const OPTIONS = {
  ...HUB_ACCESS,
  accept: flag({
    doc: "With settle: the identity that asks for the mac is the router from now on",
    fallback: false,
    flagOnly: true,
  }),
  reject: flag({
    doc: "With settle: the router that is known stays",
    fallback: false,
    flagOnly: true,
  }),
  rival: optionalParsed({
    doc: "With settle: the fingerprint that must ask for the mac; default: whichever does",
    flagOnly: true,
    ...FINGERPRINT,
  }),
};

/** `tagwire devices`: the routers of an account, and who has their macs. */
export const DEVICES_COMMAND: Command = defineCommand({
  ...TITLES.devices,
  positionals: {
    action: {
      doc: "What to do; list by default",
      required: false,
      choices: ["list", "settle"],
    },
    router: { doc: "With settle: mac, label or host name of the router", required: false },
  },
  options: OPTIONS,
  examples: [
    ["$0 devices --login ann", "Asks for the password, once"],
    ["TAGWIRE_HUB_URL=https://hub.example $0 devices --json", "For a program"],
    [
      "$0 devices settle Attic --accept --rival 3f5a…",
      "The router was reset, and prints this fingerprint when it starts",
    ],
    ["$0 devices settle 02:00:5e:10:00:01 --reject", "Somebody else uses the router's mac"],
  ],
  run: (run) => (run.positionals["action"] === "settle" ? settle(run) : list(run)),
});

async function list({ values, write }: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { devices } = await withHubSession(values, ({ client, token }) =>
    client.request("devices", { token }),
  );
  const table =
    devices.length === 0
      ? "No devices yet: 'tagwire claim' makes a code that brings a router into the account."
      : tableText(HEADINGS, devices.map(cells));
  write({ devices: devices.map(shown) }, [table, ...devices.flatMap(rivalNotice)].join("\n\n"));
  return EXIT.ok;
}

const HEADINGS = ["STATE", "MAC", "NAME", "LAST SEEN", "UPTIME", "LOAD", "MEMORY FREE"];

function cells(device: Device): readonly string[] {
  const { mac, online, lastSeenS, uptimeS, loadPermille, memoryFreeKib } = device;
  return [
    online ? "online" : "offline",
    mac,
    nameOf(device),
    lastSeenS === undefined ? "never" : `${durationText(lastSeenS)} ago`,
    uptimeS === undefined ? "-" : durationText(uptimeS),
    loadPermille === undefined ? "-" : permilleText(loadPermille),
    memoryFreeKib === undefined ? "-" : memoryText(memoryFreeKib),
  ];
}

function nameOf({ label, hostname }: Device): string {
  return plainText(label === "" ? (hostname ?? "") : label);
}

function rivalNotice({ mac, fingerprint, rival }: Device): readonly string[] {
  if (rival === undefined) return [];
  return [
    [
      `Another identity asks for the mac ${mac}: the router was reset or replaced, or somebody pretends to be it.`,
      `  Known  ${textOf(fingerprint)}`,
      `  New    ${textOf(rival)}`,
      "Compare the new one with what the router prints when it starts, then run one of:",
      `  tagwire devices settle ${mac} --accept --rival ${textOf(rival)}`,
      `  tagwire devices settle ${mac} --reject`,
    ].join("\n"),
  ];
}

async function settle({
  values,
  positionals,
  write,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const router = positionals["router"];
  if (router === undefined) {
    throw configError("devices settle", "the router is missing.", "Give its mac or label.");
  }
  const { accept, reject } = values;
  if (accept === reject) {
    throw configError(
      "devices settle",
      accept ? "--accept and --reject exclude each other." : "the decision is missing.",
      "Give --accept or --reject.",
    );
  }
  const wanted = values.rival && encodeBase64Url(values.rival);
  const settled = await withHubSession(values, async ({ client, token }) => {
    const { devices } = await client.request("devices", { token });
    const { mac, fingerprint, rival } = namedDevice(devices, router);
    if (rival === undefined || rival !== (wanted ?? rival)) throw notAsking(mac, rival);
    await client.request("settleRival", { token, body: { mac, rival, accept } });
    return { mac, accepted: accept, known: textOf(fingerprint), rival: textOf(rival) };
  });
  write(settled, settledText(settled));
  return EXIT.ok;
}

function notAsking(mac: string, rival: string | undefined): FailedError {
  return new FailedError(EXIT.notFound, {
    place: mac,
    problem:
      rival === undefined
        ? "no other identity asks for this mac."
        : `who asks for this mac is ${textOf(rival)}.`,
    remedy: "'tagwire devices' shows who asks.",
  });
}

interface Settled {
  readonly mac: string;
  readonly accepted: boolean;
  readonly known: string;
  readonly rival: string;
}

function settledText({ mac, accepted, known, rival }: Settled): string {
  const [stays, goes] = accepted ? [rival, known] : [known, rival];
  return `${mac} is ${stays}${accepted ? " from now on" : ", as before"}.\n${" ".repeat(mac.length)} not ${goes}`;
}

/** A device as the command shows it: the hub writes bytes as base64url. */
function shown({ fingerprint, rival, ...device }: Device): Device {
  return {
    ...device,
    fingerprint: textOf(fingerprint),
    ...(rival === undefined ? {} : { rival: textOf(rival) }),
  };
}

// The hub's answer has followed its schema.
function textOf(fingerprint: string): string {
  return fingerprintText(decodeBase64Url(fingerprint) ?? new Uint8Array());
}
