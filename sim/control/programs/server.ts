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
  /** How often it reports. Default: that of the spec. */
  readonly periodMs?: number;
  /** Default none: the hub lists it. */
  readonly joinSecret?: Uint8Array;
}

const LOAD_PERMILLE = 100;

/** A server that keeps its key with the hub on its disk. */
export function serverProgram(options: ServerProgramOptions): Program<ServerCommand, ServerEvent> {
  let started: ProgramStart;
  const { loadPermille = LOAD_PERMILLE, periodMs, joinSecret, places } = options;
  return {
    createRole: (start) => {
      started = start;
      return new Server({
        ...partyEnvironment(options, start),
        hub: start.endpointOf(options.hub),
        places,
        state: readReporter(start.disk),
        starts: countStart(start.disk),
        readings: () => ({ loadPermille, relayedBytes: 0 }),
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
