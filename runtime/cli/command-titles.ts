/** What a list of commands says of one. */
export interface CommandTitle {
  /** Name and positionals as yargs writes them: `call <router> <method> [params]`. */
  readonly command: string;
  readonly doc: string;
}

type TopCommand =
  | "demo"
  | "hub"
  | "server"
  | "router"
  | "account"
  | "devices"
  | "claim"
  | "call"
  | "peer"
  | "tunnel"
  | "sim"
  | "generate"
  | "check";

/** The commands that run the network, use it, simulate it and generate code, in the order of `--help`, which loads none of them. */
export const TITLES: Readonly<Record<TopCommand, CommandTitle>> = {
  demo: { command: "demo", doc: "Run a hub, two servers, a router and a client in one process" },
  hub: {
    command: "hub",
    doc: "Run a hub: knows routers and servers, brings clients together with routers",
  },
  server: {
    command: "server",
    doc: "Run a server: the relay where clients meet routers, blind to what passes",
  },
  router: {
    command: "router",
    doc: "Run a router: reports to a hub and answers the clients of its account",
  },
  account: { command: "account <action>", doc: "Make an account at a hub, log in, log out" },
  devices: {
    command: "devices [action] [router]",
    doc: "List the routers of an account; settle who has a router's mac",
  },
  claim: {
    command: "claim [action] [id]",
    doc: "Make a code that brings a router into the account; list and revoke codes",
  },
  call: {
    command: "call <router> <method> [params]",
    doc: "Call a method of a router, encrypted from here to the router",
  },
  peer: {
    command: "peer <action> [peer] [message]",
    doc: "Talk to another peer, encrypted end to end, through servers that nobody needs to trust",
  },
  tunnel: {
    command: "tunnel <command>",
    doc: "Reach another user's program through a chain of nodes, encrypted from end to end",
  },
  sim: {
    command: "sim <command>",
    doc: "Try protocols in a simulated network with NAT, loss and crashes; replay what failed",
  },
  generate: {
    command: "generate [folder]",
    doc: "Generate TypeScript from a spec: codecs, state machines, RPC and HTTP types",
  },
  check: {
    command: "check [folder]",
    doc: "Check a spec: documents, names, tags, sizes, state machines, calls",
  },
};
