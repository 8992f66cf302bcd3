import type { ProgramFactory } from "../../world/world.ts";
import { clientProgram } from "./client.ts";
import { hubProgram } from "./hub.ts";
import { impostorProgram } from "./impostor.ts";
import { routerProgram } from "./router.ts";
import { serverProgram } from "./server.ts";

/** The programs of the control network, by the names that process plans use. */
export const CONTROL_PROGRAMS: Readonly<
  Record<"hub" | "server" | "router" | "client" | "impostor", ProgramFactory>
> = {
  hub: hubProgram,
  server: serverProgram,
  router: routerProgram,
  client: clientProgram,
  impostor: impostorProgram,
};
