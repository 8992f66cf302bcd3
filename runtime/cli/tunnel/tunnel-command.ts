import type { Command, CommandEntry } from "../command.ts";
import { moduleOf } from "../command-module.ts";
import { EXIT, EXIT_HELP } from "../exit-code.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const SUBCOMMANDS: readonly CommandEntry[] = [
  { ...TUNNEL_TITLES.main, load: async () => (await import("./main-command.ts")).MAIN_COMMAND },
  { ...TUNNEL_TITLES.node, load: async () => (await import("./node-command.ts")).NODE_COMMAND },
  { ...TUNNEL_TITLES.open, load: async () => (await import("./open-command.ts")).OPEN_COMMAND },
  { ...TUNNEL_TITLES.allow, load: async () => (await import("./allow-command.ts")).ALLOW_COMMAND },
  { ...TUNNEL_TITLES.list, load: async () => (await import("./list-command.ts")).LIST_COMMAND },
  { ...TUNNEL_TITLES.close, load: async () => (await import("./close-command.ts")).CLOSE_COMMAND },
  { ...TUNNEL_TITLES.demo, load: async () => (await import("./demo-command.ts")).DEMO_COMMAND },
];

/** `tagwire tunnel`: its commands are below it. */
export const TUNNEL_COMMAND: Command = {
  flags: ["help"],
  subcommands: SUBCOMMANDS,
  build: (yargs, invocation) =>
    yargs
      .command(SUBCOMMANDS.map((entry) => moduleOf(entry, invocation)))
      .demandCommand(1, "Name what to do.")
      .example("$0 tunnel demo --once", "See a page come through three relays")
      .example("$0 tunnel open bob --hops 3", "A port that leads to bob's program")
      .example("$0 tunnel allow --to 127.0.0.1:80", "Offer a program to others")
      .epilogue(EXIT_HELP),
  run: () => Promise.resolve(EXIT.usage),
};
