import { hostname } from "node:os";
import { isIP } from "node:net";
import { fingerprintText } from "../../core/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, integer, optionalParsed, parsedList, requiredParsed, text } from "../option-spec.ts";
import {
  FINGERPRINT_REMEDY,
  HOST_PORT_FORM,
  HOST_PORT_REMEDY,
  readFingerprint,
  readHostPort,
} from "../option-values.ts";
import { untilStopped } from "../until-stopped.ts";
import { NAME_REMEDY, NODE_FOLDER, readName } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const TUNNELS_MAX = 64;
const BYTES_PER_S_MAX = 1_000_000_000_000;

const OPTIONS = {
  main: requiredParsed({
    form: HOST_PORT_FORM,
    remedy: HOST_PORT_REMEDY,
    read: readHostPort,
    doc: "The main server",
  }),
  mainFingerprint: optionalParsed({
    doc: "The identity that it must have; default: learnt on first contact and kept",
    remedy: FINGERPRINT_REMEDY,
    read: readFingerprint,
  }),
  name: requiredParsed({
    doc: "Name of this node's user, under which others open tunnels",
    remedy: NAME_REMEDY,
    read: readName,
  }),
  operator: text({
    doc: "Who runs the node: no path has two relays of one operator",
    fallback: hostname().slice(0, 64),
    schema: { minLength: 1, maxLength: 64 },
  }),
  relay: flag({ doc: "Relay tunnels of others", fallback: false }),
  relayFor: parsedList({
    doc: "A user whose tunnels to relay; may be given several times; default: everybody's",
    remedy: "Give the name of a user.",
    read: readName,
  }),
  tunnelsMax: integer({
    doc: "Tunnels to relay at a time",
    fallback: TUNNELS_MAX,
    min: 0,
    max: 65_535,
  }),
  bytesPerS: integer({
    doc: "Most bytes a second of one tunnel in each direction; 0 for no bound",
    fallback: 0,
    min: 0,
    max: BYTES_PER_S_MAX,
  }),
  ports: optionalParsed({
    form: "first-last",
    doc: "Ports for other nodes, as a firewall lets through; default: any free one",
    remedy: "Give two ports, like 20000-20999.",
    read: readPorts,
  }),
  advertise: optionalParsed({
    doc: "IP address at which other nodes reach this one; default: as the main server sees it",
    remedy: "Give an IP address.",
    read: readAddress,
  }),
  hopAddress: optionalParsed({
    doc: "Local IP address of the ports for other nodes; default: all",
    remedy: "Give an IP address.",
    read: readAddress,
  }),
  data: NODE_FOLDER,
};

/** `tagwire tunnel node`: a link of chains. */
export const NODE_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.node,
  options: OPTIONS,
  examples: [
    ["$0 tunnel node --main main.example:7600 --name ada", "The link of this machine's user"],
    [
      "$0 tunnel node --main main.example:7600 --name north --relay --ports 20000-20999",
      "A relay behind a firewall",
    ],
  ],
  run: runNodeCommand,
});

async function runNodeCommand({
  values,
  write,
  log,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { runTunnelNode } = await import("../../processes/tunnel-node.ts");
  const { bytesPerS, data, name, ports, relay, relayFor, ...rest } = values;
  const node = await runTunnelNode(
    {
      ...rest,
      name,
      relays: relay,
      relayFor,
      bytesPerS: bytesPerS === 0 ? undefined : bytesPerS,
      hopPorts: ports,
      dataFolder: data,
    },
    log,
  );
  const fingerprint = fingerprintText(node.fingerprint);
  write(
    { ready: true, name, frontPort: node.frontPort, fingerprint },
    `Node ${name}, fingerprint ${fingerprint}\nOpen a tunnel with: tagwire tunnel open USER`,
  );
  return untilStopped(node, log);
}

function readPorts(value: string): { readonly first: number; readonly last: number } {
  const [, first = "", last = ""] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === "" || range.first < 1 || range.last > 65_535 || range.first > range.last) {
    throw new Error("it is not a range of ports.");
  }
  return range;
}

function readAddress(value: string): string {
  if (isIP(value) === 0) throw new Error("it is not an IP address.");
  return value;
}
