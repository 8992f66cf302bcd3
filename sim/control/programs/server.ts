import { Server } from "../../../runtime/roles/server/server.ts";
import type { ServerCommand, ServerEvent } from "../../../runtime/roles/server/server.ts";
import type { Program, ProgramStart } from "../../world/world.ts";
import { countStart, partyEnvironment, syncThen } from "./party-program.ts";
import type { PartyProgramOptions } from "./party-program.ts";
import { readReporter, writeReporter } from "./reporter-file.ts";

/** What a server is made from. */
export interface ServerProgramOptions extends PartyProgramOptions {
  /** Name of the hub's host. */
  readonly hub: string;
  /** Sessions at a time. */
  readonly places: number;
  /** What it says of its processors. Default 100. */
  readonly loadPermille?: number;
  /** How much that grows with each report; above 1000 it begins again at 0. Default 0. */
  readonly loadStepPermille?: number;
  /** How often it reports. Default: that of the spec. */
  readonly periodMs?: number;
  /** Default none: the hub lists it. */
  readonly joinSecret?: Uint8Array;
}

const LOAD_PERMILLE = 100;
const LOAD_PERMILLE_MAX = 1_000;

/** A server that keeps its key with the hub on its disk. */
export function serverProgram(options: ServerProgramOptions): Program<ServerCommand, ServerEvent> {
  let started: ProgramStart;
  const { loadPermille = LOAD_PERMILLE, loadStepPermille = 0 } = options;
  const { periodMs, joinSecret, places } = options;
  let reports = 0;
  return {
    createRole: (start) => {
      started = start;
      return new Server({
        ...partyEnvironment(options, start),
        hub: start.endpointOf(options.hub),
        places,
        state: readReporter(start.disk),
        starts: countStart(start.disk),
        readings: () => {
          reports += 1;
          const load = (loadPermille + reports * loadStepPermille) % (LOAD_PERMILLE_MAX + 1);
          return { loadPermille: load, relayedBytes: 0 };
        },
        ...(periodMs !== undefined && { periodMs }),
        ...(joinSecret && { joinSecret }),
      });
    },
    onStart: (process) => {
      process.command({ type: "start", endpoint: started.endpoint });
    },
    onEvent: (event, process) => {
      if (event.type !== "save") return;
      writeReporter(process.disk, event.state);
      syncThen(options, { process, nowMs: started.nowMs() }, () => {
        process.command({ type: "saved" });
      });
    },
  };
}
