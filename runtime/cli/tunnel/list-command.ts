import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { chainText } from "./chain-text.ts";
import { FRONT_OPTIONS, withFront } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

/** `tagwire tunnel list`: the tunnels of the node's user, at either end. */
export const LIST_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.list,
  options: FRONT_OPTIONS,
  examples: [["$0 tunnel list", "Each with its chain and the latency of each link"]],
  isQuiet: true,
  run: (run) =>
    withFront(run, async (front) => {
      const tubes = await front.list();
      const lines = tubes.map((tube) => {
        const state = tube.established ? chainText(tube) : "being built";
        return `${tube.tunnel_id}  ${tube.request_user} → ${tube.endpoint_user}  ${state}`;
      });
      run.write({ tubes }, lines.length === 0 ? "No tunnels." : lines.join("\n"));
      return EXIT.ok;
    }),
});
