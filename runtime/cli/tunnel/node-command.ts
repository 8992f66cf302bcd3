import { fingerprintText } from "../../core/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, integer, parsedList, requiredParsed } from "../option-spec.ts";
import { untilStopped } from "../until-stopped.ts";
import { MAIN_OPTION, NAME_OPTION, NODE_OPTIONS } from "./node-options.ts";
import { NODE_FOLDER, readName } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const TUNNELS_MAX = 64;
const BYTES_PER_S_MAX = 1_000_000_000_000;

const OPTIONS = {
  main: requiredParsed(MAIN_OPTION),
  name: requiredParsed(NAME_OPTION),
  ...NODE_OPTIONS,
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
  const stopped = untilStopped(node, log);
  write(
    { ready: true, name, frontPort: node.frontPort, fingerprint },
    `Node ${name}, fingerprint ${fingerprint}\nOpen a tunnel with: tagwire tunnel open USER`,
  );
  return stopped;
}
