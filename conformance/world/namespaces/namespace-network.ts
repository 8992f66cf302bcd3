import { execFileSync } from "node:child_process";
import { checkTopology } from "../../../sim/network/topology.ts";
import type { NatPlan, TopologyPlan } from "../../../sim/network/topology.ts";
import { Janitor } from "./janitor.ts";
import { KERNEL_NATS, natRuleset } from "./kernel-nat-rules.ts";
import { uniqueNamespaceName } from "./namespace-names.ts";

/** What a network of namespaces is made from. */
export interface NamespaceNetworkOptions {
  /** Its NAT boxes have Linux profiles and one external address each, and all addresses are IPv4. Links are not modelled. */
  readonly topology: TopologyPlan;
  /** Share of the packets that the outer line of each NAT box loses, each way. Default 0. */
  readonly lossRatio?: number;
  /** Folders that vanish with the network. Default none. */
  readonly folders?: readonly string[];
}

/** Where the addresses of inner sides are, which no packet is sent to: only questions for other addresses come from them. */
const INNER_SIDES = "169.254.0.";

/**
 * A topology built by this machine's kernel: each host and each NAT box is a network namespace, each segment a bridge
 * in one more. Hosts take every address for one on their own segment; there the box answers for all that are not.
 * It vanishes with `close` or with this process, and with it all that runs in it.
 */
export class NamespaceNetwork {
  readonly #options: NamespaceNetworkOptions;
  readonly #name = uniqueNamespaceName();
  readonly #segments = `${this.#name}-segments`;
  /** Namespaces by the name of the host or box. */
  readonly #namespaces: ReadonlyMap<string, string>;
  readonly #janitor: Janitor;
  #ports = 0;

  private constructor(options: NamespaceNetworkOptions) {
    const { hosts, nats } = options.topology;
    this.#options = options;
    this.#namespaces = new Map(
      [...hosts, ...nats].map(({ name }, at) => [name, `${this.#name}-${String(at)}`]),
    );
    this.#janitor = new Janitor({
      namespaces: [this.#segments, ...this.#namespaces.values()],
      ...(options.folders && { folders: options.folders }),
    });
  }

  /**
   * Builds it.
   * @throws {RangeError} if the kernel cannot be such a topology.
   * @throws if the machine does not allow it; nothing is left behind then.
   */
  static async open(options: NamespaceNetworkOptions): Promise<NamespaceNetwork> {
    checkTopology(options.topology);
    for (const nat of options.topology.nats) refuseOtherNat(nat);
    const network = new NamespaceNetwork(options);
    try {
      network.#build();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** The namespace of a host or box. @throws {RangeError} if there is none of this name. */
  namespaceOf(name: string): string {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) throw new RangeError(`there is no host ${name}`);
    return namespace;
  }

  /** The words that run a program on a host: `ip netns exec …`. */
  commandOn(name: string): readonly [program: string, ...words: string[]] {
    return ["ip", "netns", "exec", this.namespaceOf(name)];
  }

  /** How many packets a NAT box has lost by chance on its outer line. */
  lostPackets(box: string): number {
    const [program, ...words] = this.commandOn(box);
    const rules = execFileSync(program, [...words, "nft", "list", "table", "ip", "lab"], {
      encoding: "utf8",
    });
    const counts = [...rules.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The connections that a NAT box knows, one line each as the kernel writes them. */
  connections(box: string): readonly string[] {
    const [program, ...words] = this.commandOn(box);
    const text = execFileSync(program, [...words, "cat", "/proc/net/nf_conntrack"], {
      encoding: "utf8",
    });
    return text.split("\n").filter((line) => line !== "");
  }

  /** Takes everything away, and ends all that runs in it. May be called twice. */
  close(): Promise<void> {
    return this.#janitor.clear();
  }

  #build(): void {
    const { segments, hosts, nats } = this.#options.topology;
    for (const namespace of [this.#segments, ...this.#namespaces.values()]) {
      run(["ip", "netns", "add", namespace]);
    }
    const bridges = segments.flatMap((_segment, at) => [
      `link add ${bridgeName(at)} type bridge`,
      `link set ${bridgeName(at)} up`,
    ]);
    this.#configure(this.#segments, bridges);
    for (const { name, segment, address } of hosts) {
      this.#attach(name, "wan", segment);
      this.#configure(this.namespaceOf(name), [
        "link set lo up",
        ...attached("wan", address),
        "route add default dev wan",
      ]);
    }
    for (const [at, nat] of nats.entries()) this.#buildNat(nat, at);
  }

  #buildNat({ name, profile, inner, outer, externalAddresses }: NatPlan, at: number): void {
    const { lossRatio, topology } = this.#options;
    const namespace = this.namespaceOf(name);
    this.#attach(name, "lan", inner);
    this.#attach(name, "wan", outer);
    const within = [
      ...topology.hosts.filter(({ segment }) => segment === inner).map(({ address }) => address),
      ...topology.nats.flatMap((nat) => (nat.outer === inner ? nat.externalAddresses : [])),
    ];
    this.#configure(namespace, [
      "link set lo up",
      ...attached("wan", externalAddresses[0] ?? ""),
      // One for each box: what asks under an address of one's own is not answered.
      ...attached("lan", `${INNER_SIDES}${String(at + 1)}`),
      "route add default dev wan",
      ...within.map((address) => `route add ${address}/32 dev lan`),
    ]);
    const settings = [
      "net.ipv4.ip_forward=1",
      "net.ipv4.conf.lan.proxy_arp=1",
      // By default an answer on behalf of others is put off for up to 0.8 s.
      "net.ipv4.neigh.lan.proxy_delay=0",
    ];
    run(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w", ...settings]);
    const rules = KERNEL_NATS[profile];
    if (rules === undefined) throw new RangeError(`the kernel is no ${profile}`);
    run(["ip", "netns", "exec", namespace, "nft", natRuleset(rules, lossRatio)]);
  }

  /** Puts a cable between a node and the bridge of a segment. */
  #attach(node: string, device: "lan" | "wan", segment: string): void {
    const at = this.#options.topology.segments.findIndex(({ name }) => name === segment);
    const port = `port${String(this.#ports)}`;
    this.#ports += 1;
    const peer = ["peer", "name", port, "netns", this.#segments];
    const here = ["netns", this.namespaceOf(node), "type", "veth"];
    run(["ip", "link", "add", device, ...here, ...peer]);
    this.#configure(this.#segments, [`link set ${port} master ${bridgeName(at)} up`]);
  }

  #configure(namespace: string, lines: readonly string[]): void {
    run(["ip", "-n", namespace, "-batch", "-"], `${lines.join("\n")}\n`);
  }
}

function refuseOtherNat({ name, profile, externalAddresses }: NatPlan): void {
  if (!Object.hasOwn(KERNEL_NATS, profile)) {
    throw new RangeError(`${name} is ${profile}, which the kernel cannot be`);
  }
  if (externalAddresses.length !== 1) throw new RangeError(`${name} has several addresses`);
}

function bridgeName(at: number): string {
  return `segment${String(at)}`;
}

function attached(device: string, address: string): readonly string[] {
  return [`link set ${device} up`, `address add ${address}/32 dev ${device}`];
}

function run([program, ...words]: readonly [string, ...string[]], input = ""): void {
  execFileSync(program, words, { input, stdio: ["pipe", "ignore", "pipe"] });
}
