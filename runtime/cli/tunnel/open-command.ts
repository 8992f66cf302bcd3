import type { Tube } from "../../../generated/tunnel/rpc/tube-user.ts";
import { OperatorError } from "../../core/index.ts";
import type { OpenTunnel, TunnelFront } from "../../processes/tunnel-types.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, integer, parsedList } from "../option-spec.ts";
import { untilStopped } from "../until-stopped.ts";
import { chainText } from "./chain-text.ts";
import { END_OPTIONS, withEnd } from "./own-node.ts";
import { readUser } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const OPTIONS = {
  hops: integer({ doc: "Relays between the two nodes", fallback: 3, min: 0, max: 8 }),
  port: integer({ doc: "Local port; 0 takes any free one", fallback: 0, min: 0, max: 65_535 }),
  exclude: parsedList({
    doc: "Name of a node or operator that must not be part of the path; may be given several times",
    schema: { maxLength: 64 },
    remedy: "Give a name.",
    read: (name) => name,
  }),
  plain: flag({
    doc: "Do without encryption between the ends, for foreign programs: relays can read what passes, and the other user must run `tagwire tunnel allow --plain`",
    fallback: false,
  }),
  ...END_OPTIONS,
};

/** `tagwire tunnel open`: a local port that leads to another user. */
export const OPEN_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.open,
  positionals: { user: { doc: "Whom the tunnel is to lead to", required: true } },
  options: OPTIONS,
  examples: [
    ["$0 tunnel open bob", "Over three relays; any TCP program may use the port"],
    ["$0 tunnel open bob --hops 0 --port 8080", "From node to node, at a port of one's choice"],
    [
      "$0 tunnel open bob --own-node --main main.example:7600 --name ada",
      "Where no node runs: in one process, which is faster",
    ],
  ],
  run: runOpenCommand,
});

function runOpenCommand(run: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { log, positionals, values } = run;
  const user = readUser(positionals["user"] ?? "");
  return withEnd(run, async (front) => {
    const { exclude, hops: relays, plain, port } = values;
    const tunnel = await front.open(user, { exclude, relays, plain, port });
    // The front is closed at the end anyway.
    const stopped = untilStopped({ close: () => Promise.resolve() }, log);
    await show(run, front, { user, tunnel });
    return stopped;
  });
}

async function show(
  { write }: CommandRun<typeof OPTIONS>,
  front: TunnelFront,
  { tunnel, user }: { readonly tunnel: OpenTunnel; readonly user: string },
): Promise<void> {
  if (tunnel.tunnel === undefined) {
    write(
      { ready: true, port: tunnel.port, tunnel: null, openMs: null, hops: [] },
      `127.0.0.1:${String(tunnel.port)} leads to ${user} WITHOUT ENCRYPTION: relays can read and change all that passes.\nEach program that connects has its tunnel built then.\nCtrl-C closes it.`,
    );
    return;
  }
  const tube = await chainOf(front, tunnel.tunnel);
  const openMs = Math.round(tunnel.openMs * 10) / 10;
  const chain = tube === undefined ? "" : `\n${chainText(tube)}`;
  write(
    { ready: true, port: tunnel.port, tunnel: tunnel.tunnel, openMs, hops: tube?.hops ?? [] },
    `127.0.0.1:${String(tunnel.port)} leads to ${user}, opened in ${String(openMs)} ms${chain}\nCtrl-C closes it.`,
  );
}

/** The port leads to the user, whether the main server can be asked about the chain at this moment or not. */
async function chainOf(front: TunnelFront, tunnel: string): Promise<Tube | undefined> {
  try {
    const [tube] = await front.list(tunnel);
    return tube;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return undefined;
  }
}
