import type { Command } from "../command.ts";
import { FailedError, defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { FRONT_OPTIONS, attachFront } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

/** `tagwire tunnel close`: ends a tunnel, whichever of the two users opened it. */
export const CLOSE_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.close,
  positionals: { tunnel: { doc: "Its id, as list shows it", required: true } },
  options: FRONT_OPTIONS,
  examples: [["$0 tunnel close NI-Dk9rH_GQ-DdupBZ3G-Q", "At every node of its chain"]],
  run: async ({ positionals, values, write, log }) => {
    const tunnel = positionals["tunnel"] ?? "";
    const front = await attachFront(values, log);
    try {
      if (!(await front.closeTube(tunnel))) {
        throw new FailedError(EXIT.notFound, {
          place: tunnel,
          problem: "there is no such tunnel.",
          remedy: "Look with `tagwire tunnel list`.",
        });
      }
      write({ closed: tunnel }, `Closed ${tunnel}.`);
      return EXIT.ok;
    } finally {
      await front.close();
    }
  },
});
