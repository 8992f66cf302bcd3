import { createNodeCrypto } from "../../../runtime/io/node-crypto.ts";
import { CONTROL_PROGRAMS } from "../../../sim/control/programs/control-programs.ts";
import { FolderDisk } from "../folder-disk.ts";
import { ProgramHost, programOf } from "../program-host.ts";
import { plainData } from "./process-messages.ts";
import type { FromProcess, ToProcess } from "./process-messages.ts";

// A process that runs one program of a world: a namespace world starts it on a host and talks to it.

let running: ProgramHost | undefined;

process.on("message", (message: ToProcess) => {
  if (message.type === "command") running?.command(message.command);
  else void start(message);
});

// Whoever started this process is gone, and there is nobody to run for.
process.on("disconnect", () => process.exit());

async function start(order: Extract<ToProcess, { type: "start" }>): Promise<void> {
  const { plan, starts, folder, endpoint, endpoints } = order;
  const { udpPort, tcpPort } = plan;
  running = await ProgramHost.start({
    program: programOf(CONTROL_PROGRAMS, plan),
    starts,
    disk: new FolderDisk(folder),
    crypto: createNodeCrypto(),
    unixMs: () => Date.now(),
    endpoint,
    endpointOf: (host) => {
      const found = endpoints.get(host);
      if (found === undefined) throw new RangeError(`there is no process on host ${host}`);
      return found;
    },
    observe: (observation) => {
      tell({ type: "observation", observation });
    },
    onEvent: (event) => {
      tell({ type: "event", event: plainData(event) });
    },
    udpPort,
    tcpPort,
  });
  tell({ type: "started" });
}

function tell(message: FromProcess): void {
  process.send?.(message);
}
