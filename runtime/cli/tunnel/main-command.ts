import { fingerprintText } from "../../core/index.ts";
import { endpointText } from "../../io/addresses.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { parsed, text } from "../option-spec.ts";
import { HOST_PORT } from "../option-values.ts";
import { stateFolder } from "../state-folder.ts";
import { untilStopped } from "../until-stopped.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const OPTIONS = {
  listen: parsed({
    ...HOST_PORT,
    doc: "Where nodes come",
    fallback: "0.0.0.0:7600",
  }),
  data: text({
    doc: "Folder of identity, secret and nodes",
    fallback: stateFolder("tunnel-main"),
  }),
};

/** `tagwire tunnel main`: a main server. */
export const MAIN_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.main,
  options: OPTIONS,
  examples: [["$0 tunnel main", "Run until Ctrl-C"]],
  run: async ({ values, write, log }) => {
    const { runTunnelMain } = await import("../../processes/tunnel-main.ts");
    const { data, listen } = values;
    const main = await runTunnelMain({ listen, dataFolder: data }, log);
    const fingerprint = fingerprintText(main.fingerprint);
    const endpoint = endpointText(main.endpoint);
    const stopped = untilStopped(main, log);
    write(
      { ready: true, endpoint, fingerprint },
      `Main server on ${endpoint}, fingerprint ${fingerprint}\nStart nodes with: tagwire tunnel node --main HOST:${String(main.endpoint.port)} --main-fingerprint ${fingerprint} --name NAME`,
    );
    return stopped;
  },
});
