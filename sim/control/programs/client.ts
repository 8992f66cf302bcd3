import { Client } from "../../../runtime/roles/client/client.ts";
import type { ClientCommand, ClientEvent } from "../../../runtime/roles/client/client-events.ts";
import type { Program } from "../../world/world.ts";
import { partyEnvironment } from "./party-program.ts";
import type { PartyProgramOptions } from "./party-program.ts";
import { ROUTER_VALIDATORS } from "./router-validators.ts";

/** What a client is made from. */
export type ClientProgramOptions = PartyProgramOptions;

/** A client. It keeps nothing; what it asks of the hub is carried by whoever runs the scenario. */
export function clientProgram(options: ClientProgramOptions): Program<ClientCommand, ClientEvent> {
  return {
    createRole: (start) =>
      new Client({ ...partyEnvironment(options, start), validators: ROUTER_VALIDATORS }),
  };
}
