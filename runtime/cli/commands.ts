import type { CommandEntry } from "./command.ts";
import { TITLES } from "./command-titles.ts";

/** Every command of `tagwire`, in the order of `--help`: neither that nor a command waits for what others stand on. */
export const COMMANDS: readonly CommandEntry[] = [
  { ...TITLES.demo, load: async () => (await import("./demo-command.ts")).DEMO_COMMAND },
  { ...TITLES.hub, load: async () => (await import("./hub-command.ts")).HUB_COMMAND },
  { ...TITLES.server, load: async () => (await import("./server-command.ts")).SERVER_COMMAND },
  { ...TITLES.router, load: async () => (await import("./router-command.ts")).ROUTER_COMMAND },
  { ...TITLES.account, load: async () => (await import("./account-command.ts")).ACCOUNT_COMMAND },
  { ...TITLES.devices, load: async () => (await import("./devices-command.ts")).DEVICES_COMMAND },
  { ...TITLES.claim, load: async () => (await import("./claim-command.ts")).CLAIM_COMMAND },
  { ...TITLES.call, load: async () => (await import("./call-command.ts")).CALL_COMMAND },
  { ...TITLES.sim, load: async () => (await import("./sim/sim-command.ts")).SIM_COMMAND },
  {
    ...TITLES.tunnel,
    load: async () => (await import("./tunnel/tunnel-command.ts")).TUNNEL_COMMAND,
  },
  { ...TITLES.peer, load: async () => (await import("./peer-command.ts")).PEER_COMMAND },
  {
    ...TITLES.generate,
    load: async () => (await import("./generate-command.ts")).GENERATE_COMMAND,
  },
  { ...TITLES.check, load: async () => (await import("./check-command.ts")).CHECK_COMMAND },
];
