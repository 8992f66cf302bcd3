import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "../../runtime/core/index.ts";
import type { RandomStream } from "../engine/index.ts";
import type { TimedFault } from "../network/fault.ts";
import { linksOf } from "../network/topology.ts";
import type { TopologyPlan } from "../network/topology.ts";

/** When and whom timed faults may befall. */
export interface TimedFaultOptions {
  /** All are over by then: periods have ended, and what crashed has been started again. Virtual milliseconds. */
  readonly untilMs: number;
  /** Faults of each kind at most. Default 3. */
  readonly eachMax?: number;
  /** Hosts that may crash. Default all. */
  readonly crashable?: readonly string[];
  /** Hosts whose clocks may be wrong. Default all. */
  readonly clocks?: readonly string[];
  /** Hosts and NAT boxes that may get another address. Default all NAT boxes and the hosts behind them. */
  readonly movable?: readonly string[];
}

const EACH_MAX_DEFAULT = 3;
/** The most that ntpd takes a clock to be off (RFC 5905, appendix A.5.1: MAXFREQ). */
const CLOCK_PPM_MAX = 500;
const PPM = 1_000_000;
const CLOCK_JUMP_MS_MAX = 30 * 24 * 60 * 60 * 1000;
const WRITES_KEPT_MAX = 8;
const PERIOD_US_MIN = 1_000;
const HOST_NUMBERS = 254;

/**
 * Draws what befalls links, hosts and NAT boxes, some of each kind. Clocks stay wrong; everything else is over by
 * `untilMs`. Short periods are as likely as long ones: their length is drawn by its magnitude.
 */
export function drawTimedFaults(
  topology: TopologyPlan,
  random: RandomStream,
  options: TimedFaultOptions,
): TimedFault[] {
  const drawing = new TimedDrawing(topology, options);
  const { eachMax = EACH_MAX_DEFAULT } = options;
  return Object.entries(DRAW_BY_KIND).flatMap(([kind, draw]) => {
    const stream = random.fork(kind);
    const count = stream.integer(0, eachMax);
    return Array.from({ length: count }, () => draw(drawing, stream)).flatMap(
      (fault) => fault ?? [],
    );
  });
}

/** Undefined if the topology has nothing that this could befall. */
type Draw = (from: TimedDrawing, random: RandomStream) => TimedFault | undefined;

const DRAW_BY_KIND: Readonly<Record<TimedFault["kind"], Draw>> = {
  linkDown: ({ topology, ...from }, random) => {
    const [period, links] = [from.period(random), linksOf(topology)];
    if (links.length === 0) return undefined;
    return { kind: "linkDown", link: random.pick(links).name, ...period };
  },
  partition: (from, random) => {
    const period = from.period(random);
    const apart = random.shuffle(from.nodes);
    if (apart.length < 2) return undefined;
    const nodes = apart.slice(0, random.integer(1, Math.floor(apart.length / 2)));
    return { kind: "partition", nodes, ...period };
  },
  addressChange: (from, random) => {
    const atUs = from.time(random);
    if (from.movable.length === 0) return undefined;
    const node = random.pick(from.movable);
    const address = from.freshAddress(node, random.integer(1, HOST_NUMBERS));
    return address === undefined ? undefined : { kind: "addressChange", node, atUs, address };
  },
  natReboot: ({ topology, ...from }, random) => {
    const atUs = from.time(random);
    if (topology.nats.length === 0) return undefined;
    return { kind: "natReboot", nat: random.pick(topology.nats).name, atUs };
  },
  crash: (from, random) => {
    const { fromUs, toUs } = from.period(random);
    if (from.crashable.length === 0) return undefined;
    return {
      kind: "crash",
      host: random.pick(from.crashable),
      atUs: fromUs,
      what: random.pick(["process", "machine"] as const),
      writesKept: random.integer(0, WRITES_KEPT_MAX),
      downForUs: toUs - fromUs,
    };
  },
  clockRate: (from, random) => {
    const atUs = from.time(random);
    const ppm = random.integer(-CLOCK_PPM_MAX, CLOCK_PPM_MAX);
    if (from.clocks.length === 0) return undefined;
    return { kind: "clockRate", host: random.pick(from.clocks), atUs, rate: 1 + ppm / PPM };
  },
  clockJump: (from, random) => {
    const atUs = from.time(random);
    const sign = random.chance(0.5) ? 1 : -1;
    const byMs = sign * drawMagnitude(random, 1_000, CLOCK_JUMP_MS_MAX);
    if (from.clocks.length === 0) return undefined;
    return { kind: "clockJump", host: random.pick(from.clocks), atUs, byMs };
  },
};

class TimedDrawing {
  readonly topology: TopologyPlan;
  readonly nodes: readonly string[];
  readonly crashable: readonly string[];
  readonly clocks: readonly string[];
  readonly movable: readonly string[];
  readonly #untilUs: number;

  constructor(topology: TopologyPlan, options: TimedFaultOptions) {
    const { hosts, nats } = topology;
    const names = hosts.map(({ name }) => name);
    const inner = new Set(nats.map((nat) => nat.inner));
    const behindNat = hosts.filter(({ segment }) => inner.has(segment));
    const { crashable = names, clocks = names, untilMs } = options;
    const { movable = [...nats, ...behindNat].map(({ name }) => name) } = options;
    this.topology = topology;
    this.nodes = [...names, ...nats.map(({ name }) => name)];
    this.crashable = crashable;
    this.clocks = clocks;
    this.movable = movable;
    this.#untilUs = Math.floor(untilMs * 1000);
  }

  /** A time before the end. Microseconds. */
  readonly time = (random: RandomStream): number => random.below(Math.max(1, this.#untilUs));

  /** A period that ends by the end. */
  readonly period = (random: RandomStream): { readonly fromUs: number; readonly toUs: number } => {
    const fromUs = this.time(random);
    const longestUs = this.#untilUs - fromUs;
    const lengthUs = drawMagnitude(random, Math.min(PERIOD_US_MIN, longestUs), longestUs);
    return { fromUs, toUs: fromUs + lengthUs };
  };

  /** An address in the neighbourhood of a node's that nobody has; the last number is `number` or the next that is free. */
  freshAddress(node: string, number: number): string | undefined {
    const { hosts, nats } = this.topology;
    const host = hosts.find(({ name }) => name === node);
    const nat = nats.find(({ name }) => name === node);
    const segment = host?.segment ?? nat?.outer;
    const current = host?.address ?? nat?.externalAddresses[0];
    if (segment === undefined || current === undefined) return undefined;
    const taken = new Set([
      ...hosts.filter((other) => other.segment === segment).map(({ address }) => address),
      ...nats
        .filter(({ outer }) => outer === segment)
        .flatMap(({ externalAddresses }) => externalAddresses),
    ]);
    for (let step = 0; step < HOST_NUMBERS; step += 1) {
      const address = withLastNumber(current, 1 + ((number - 1 + step) % HOST_NUMBERS));
      if (!taken.has(address)) return address;
    }
    return undefined;
  }
}

/** The address of the same /24, or /112, with another last number. */
function withLastNumber(address: string, number: number): string {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) return formatIpv4(((ipv4 & 0xff_ff_ff_00) | number) >>> 0);
  const groups = parseIpv6(address);
  if (groups === undefined) throw new RangeError(`${address} is no address`);
  return formatIpv6([...groups.slice(0, -1), number]);
}

/** An integer from `least` to `most` whose order of magnitude is drawn first, so that small ones are as likely. */
function drawMagnitude(random: RandomStream, least: number, most: number): number {
  let bound = Math.max(1, least);
  const doublings: number[] = [];
  while (bound < most) {
    doublings.push(bound);
    bound *= 2;
  }
  const from = doublings.length === 0 ? least : random.pick(doublings);
  return random.integer(Math.min(from, most), Math.min(from * 2, most));
}
