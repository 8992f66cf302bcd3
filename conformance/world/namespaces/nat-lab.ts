import { execFileSync, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
import type { NatPacket } from "../../../sim/nat/index.ts";
import { decodeFrame, encodeFrame, type Observed } from "./frames.ts";
import { Janitor } from "./janitor.ts";
import { natRuleset } from "./kernel-nat-rules.ts";
import type { KernelNatRules } from "./kernel-nat-rules.ts";
import { uniqueNamespaceName } from "./namespace-names.ts";

/** The two sides of the NAT. */
export type LabSide = "lan" | "wan";

/** A frame that arrived at an end. */
export interface LabArrival {
  readonly side: LabSide;
  readonly observed: Observed;
}

/** How the kernel is to translate. */
export interface NatLabOptions extends KernelNatRules {
  /** Sysctls below `net.netfilter`, on top of the kernel's defaults. */
  readonly sysctls?: Readonly<Record<string, number>>;
}

/** The addresses that the laboratory gives. */
export const LAB_ADDRESSES = {
  external: "203.0.113.1",
  inside: ["10.77.0.2", "10.77.0.3", "10.77.0.4"],
  outside: ["198.51.100.10", "198.51.100.11", "198.51.100.12"],
} as const;

const GATEWAY_INSIDE = "10.77.0.1";
const GATEWAY_OUTSIDE = "203.0.113.254";
const MACS = {
  lan: { nat: "02:00:00:00:00:01", end: "02:00:00:00:00:02" },
  wan: { nat: "02:00:00:00:01:01", end: "02:00:00:00:01:02" },
} as const;

type Child = ChildProcessByStdio<Writable, Readable, null>;

/**
 * A real NAT: a network namespace with nftables between an inside and an outside interface. Both interfaces end in a
 * second namespace without addresses, where frames are made and looked at by hand. Both namespaces vanish with
 * `close()` or the end of this process, and with them everything in them; their names are unique.
 */
export class NatLab implements AsyncDisposable {
  readonly #nat: string;
  readonly #ends: string;
  readonly #janitor: Janitor;
  #port: Child | undefined;
  #holder: Child | undefined;
  #lines: AsyncIterator<string> | undefined;
  #reader: Interface | undefined;

  private constructor(name: string) {
    this.#nat = `${name}-nat`;
    this.#ends = `${name}-ends`;
    this.#janitor = new Janitor({ namespaces: [this.#nat, this.#ends] });
  }

  /** Builds a laboratory. @throws if the machine does not allow it; nothing is left behind then. */
  static async open(options: NatLabOptions): Promise<NatLab> {
    const lab = new NatLab(uniqueNamespaceName());
    try {
      lab.#build(options);
      await lab.#start();
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  /** Lets a packet arrive at the NAT from one side, and collects what comes out of it. */
  async send(side: LabSide, packet: NatPacket): Promise<readonly LabArrival[]> {
    const { nat, end } = MACS[side];
    return this.#ask(`${side} ${encodeFrame(packet, [nat, end]).toString("hex")}`);
  }

  /** The kernel's table of connections, one a line. */
  conntrack(): readonly string[] {
    const pid = this.#holder?.pid;
    if (pid === undefined) throw new Error("the laboratory is closed");
    const text = readFileSync(`/proc/${String(pid)}/net/nf_conntrack`, "utf8");
    return text.split("\n").filter((line) => line !== "");
  }

  /** Takes everything away. May be called twice. */
  async close(): Promise<void> {
    this.#reader?.close();
    const children = [this.#port, this.#holder];
    this.#port = undefined;
    this.#holder = undefined;
    for (const child of children) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, "exit");
    }
    await this.#janitor.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #build({ masquerade, input, sysctls = {} }: NatLabOptions): void {
    const [nat, ends] = [this.#nat, this.#ends];
    run("ip", "netns", "add", nat);
    run("ip", "netns", "add", ends);
    for (const side of ["lan", "wan"] as const) {
      const { nat: natMac, end: endMac } = MACS[side];
      const peer = ["peer", "name", side, "address", endMac, "netns", ends];
      run("ip", "link", "add", side, "address", natMac, "netns", nat, "type", "veth", ...peer);
      run("ip", "-n", ends, "link", "set", side, "up");
      run("ip", "-n", nat, "link", "set", side, "up");
    }
    const ofNat = (...words: string[]): void => {
      run("ip", "-n", nat, ...words);
    };
    ofNat("address", "add", `${GATEWAY_INSIDE}/24`, "dev", "lan");
    ofNat("address", "add", `${LAB_ADDRESSES.external}/24`, "dev", "wan");
    ofNat("route", "add", "default", "via", GATEWAY_OUTSIDE);
    ofNat(
      "neigh",
      "add",
      GATEWAY_OUTSIDE,
      "lladdr",
      MACS.wan.end,
      "dev",
      "wan",
      "nud",
      "permanent",
    );
    for (const host of LAB_ADDRESSES.inside) {
      ofNat("neigh", "add", host, "lladdr", MACS.lan.end, "dev", "lan", "nud", "permanent");
    }
    const settings = {
      "net.ipv4.ip_forward": 1,
      "net.ipv4.icmp_ratelimit": 0,
      // Every segment is in the window here; what is left to compare is states.
      "net.netfilter.nf_conntrack_tcp_be_liberal": 1,
      // For the same reason ACKs look repeated that are not; that must not shorten a timeout.
      "net.netfilter.nf_conntrack_tcp_timeout_max_retrans": 432_000,
      ...Object.fromEntries(Object.entries(sysctls).map(([key, n]) => [`net.netfilter.${key}`, n])),
    };
    const assignments = Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`);
    run("ip", "netns", "exec", nat, "sysctl", "-q", "-w", ...assignments);
    run("ip", "netns", "exec", nat, "nft", natRuleset({ masquerade, input }));
  }

  async #start(): Promise<void> {
    const script = fileURLToPath(new URL("frame-port.py", import.meta.url));
    this.#holder = spawnIn(this.#nat, "cat");
    const ends = [`lan=${GATEWAY_INSIDE}`, `wan=${LAB_ADDRESSES.external}`];
    this.#port = spawnIn(this.#ends, "python3", script, ...ends);
    this.#reader = createInterface({ input: this.#port.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    const ready = await this.#lines.next();
    if (ready.value !== "ready") throw new Error("the frame port did not start");
  }

  async #ask(question: string): Promise<readonly LabArrival[]> {
    if (this.#port === undefined || this.#lines === undefined) {
      throw new Error("the laboratory is closed");
    }
    this.#port.stdin.write(`${question}\n`);
    const arrivals: LabArrival[] = [];
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) throw new Error("the frame port ended");
      if (line.value === ".") return arrivals;
      const [side = "", hex = ""] = line.value.split(" ");
      const observed = decodeFrame(Buffer.from(hex, "hex"));
      if (observed !== undefined) arrivals.push({ side: side === "lan" ? "lan" : "wan", observed });
    }
  }
}

function spawnIn(namespace: string, program: string, ...words: string[]): Child {
  const all = ["netns", "exec", namespace, program, ...words];
  return spawn("ip", all, { stdio: ["pipe", "pipe", "inherit"] });
}

function run(program: string, ...words: string[]): void {
  execFileSync(program, words, { stdio: ["ignore", "ignore", "pipe"] });
}
