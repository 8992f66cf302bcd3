import type { CommandTitle } from "../command-titles.ts";

type TunnelCommand = "main" | "node" | "open" | "list" | "close" | "allow" | "demo";

/** The commands below `tagwire tunnel`, in the order of its `--help`. */
export const TUNNEL_TITLES: Readonly<Record<TunnelCommand, CommandTitle>> = {
  main: { command: "main", doc: "Run a main server: knows users and nodes, has them build chains" },
  node: {
    command: "node",
    doc: "Run a node: the link of this machine's user, and a relay for others",
  },
  open: { command: "open <user>", doc: "Give a local port that leads to another user's program" },
  allow: {
    command: "allow [user]",
    doc: "Let others in: offer a program to them, or say who may come without a question",
  },
  list: { command: "list", doc: "List the tunnels of this node's user" },
  close: { command: "close <tunnel>", doc: "Close a tunnel of this node's user" },
  demo: {
    command: "demo",
    doc: "Run a main server and five nodes and fetch a page through three of them",
  },
};
