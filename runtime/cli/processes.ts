import type {
  CreateClient,
  RunDemo,
  RunHub,
  RunRouter,
  RunServer,
} from "../processes/config-types.ts";

/**
 * The processes of the network, each loaded when its command runs: `--help` and the other commands do
 * not wait for what they do not need.
 */
export const PROCESSES: {
  readonly hub: () => Promise<RunHub>;
  readonly server: () => Promise<RunServer>;
  readonly router: () => Promise<RunRouter>;
  readonly client: () => Promise<CreateClient>;
  readonly demo: () => Promise<RunDemo>;
} = {
  hub: async () => (await import("../processes/hub.ts")).runHub,
  server: async () => (await import("../processes/server.ts")).runServer,
  router: async () => (await import("../processes/router.ts")).runRouter,
  client: async () => (await import("../processes/client.ts")).createClient,
  demo: async () => (await import("../processes/demo.ts")).runDemo,
};
