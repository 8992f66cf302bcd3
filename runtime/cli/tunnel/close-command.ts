import type { Command } from "../command.ts";
import { FailedError, defineCommand } from "../command.ts";
import { configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import { FRONT_OPTIONS, withFront } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

/** `tagwire tunnel close`: ends a tunnel, whichever of the two users opened it. */
export const CLOSE_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.close,
  positionals: { tunnel: { doc: "Its id, as list shows it", required: true } },
  options: FRONT_OPTIONS,
  examples: [["$0 tunnel close NI-Dk9rH_GQ-DdupBZ3G-Q", "At every node of its chain"]],
  isQuiet: true,
  run: (run) => {
    const tunnel = readTunnelId(run.positionals["tunnel"] ?? "");
    return withFront(run, async (front) => {
      if (!(await front.closeTube(tunnel))) {
        throw new FailedError(EXIT.notFound, {
          place: tunnel,
          problem: "there is no such tunnel.",
          remedy: "Look with `tagwire tunnel list`.",
        });
      }
      run.write({ closed: tunnel }, `Closed ${tunnel}.`);
      return EXIT.ok;
    });
  },
});

function readTunnelId(text: string): string {
  if (/^[A-Za-z0-9_-]{22}$/.test(text)) return text;
  throw configError(text, "it is not the id of a tunnel.", "Look with `tagwire tunnel list`.");
}
