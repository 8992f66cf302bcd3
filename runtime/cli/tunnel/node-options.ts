import { isIP } from "node:net";
import { hostname } from "node:os";
import { transportIp } from "../../core/index.ts";
import type { TunnelNodeConfig } from "../../processes/tunnel-types.ts";
import { isMachine } from "../../roles/tunnel/dialable.ts";
import { flag, optionalParsed, text } from "../option-spec.ts";
import type { OptionSpec } from "../option-spec.ts";
import { FINGERPRINT, HOST_PORT } from "../option-values.ts";
import { NAME_REMEDY, readName } from "./tunnel-options.ts";

/** Where a node goes; whether it must be given is the command's. */
export const MAIN_OPTION: typeof HOST_PORT & { readonly doc: string } = {
  ...HOST_PORT,
  doc: "The main server",
};

/** Whose node it is; whether it must be given is the command's. */
export const NAME_OPTION: {
  readonly remedy: string;
  readonly doc: string;
  readonly read: (value: string) => string;
} = {
  doc: "Name of this node's user, under which others open tunnels",
  remedy: NAME_REMEDY,
  read: readName,
};

/** What every node is told: who the main server must be, who runs the node, and where others reach it. */
export const NODE_OPTIONS: {
  readonly mainFingerprint: OptionSpec<Uint8Array | undefined>;
  readonly operator: OptionSpec<string>;
  readonly ports: OptionSpec<TunnelNodeConfig["hopPorts"]>;
  readonly advertise: OptionSpec<string | undefined>;
  readonly allowPrivate: OptionSpec<boolean>;
  readonly hopAddress: OptionSpec<string | undefined>;
} = {
  mainFingerprint: optionalParsed({
    doc: "The identity that it must have; default: learnt on first contact and kept",
    ...FINGERPRINT,
  }),
  operator: text({
    doc: "Who runs the node: no path has two relays of one operator",
    fallback: hostname().slice(0, 64),
    schema: { minLength: 1, maxLength: 64 },
  }),
  ports: optionalParsed({
    form: "first-last",
    doc: "Ports for other nodes, as a firewall lets through; default: any free one",
    remedy: "Give two ports, like 20000-20999.",
    read: readPorts,
  }),
  advertise: optionalParsed({
    doc: "IP address at which other nodes reach this one; default: as the main server sees it",
    remedy: "Give an IP address at which a machine can be reached.",
    read: readAdvertised,
  }),
  allowPrivate: flag({
    doc: "Dial other nodes at private addresses, too; default: only where the main server is at one",
    fallback: false,
  }),
  hopAddress: optionalParsed({
    doc: "Local IP address of the ports for other nodes; default: all",
    remedy: "Give an IP address.",
    read: readAddress,
  }),
};

function readPorts(value: string): { readonly first: number; readonly last: number } {
  const [, first = "", last = ""] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === "" || range.first < 1 || range.last > 65_535 || range.first > range.last) {
    throw new Error("it is not a range of ports.");
  }
  return range;
}

/** An address has many texts, and others compare it. */
function readAddress(value: string): string {
  if (isIP(value) === 0) throw new Error("it is not an IP address.");
  return transportIp(value) ?? value;
}

function readAdvertised(value: string): string {
  const address = readAddress(value);
  if (!isMachine(address)) throw new Error("no machine can be reached at it.");
  return address;
}
