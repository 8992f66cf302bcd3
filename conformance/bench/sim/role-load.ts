import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { HubCommand, HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import { Router } from "../../../runtime/roles/router/router.ts";
import type { RouterCommand, RouterEvent } from "../../../runtime/roles/router/router-events.ts";
import { CertificateVerifier } from "../../../runtime/core/index.ts";
import type { Crypto, Identity, KeyPair } from "../../../runtime/core/index.ts";
import { createMacKey } from "../../../runtime/io/node-crypto-mac.ts";
import { simulatedIdentity, SimulatedCrypto } from "../../../sim/crypto/simulated-crypto.ts";
import { ROUTER_VALIDATORS } from "../../../sim/control/programs/router-validators.ts";
import { Simulation } from "../../../sim/engine/index.ts";
import { SimHost } from "../../../sim/host/sim-host.ts";
import { SimNetwork } from "../../../sim/network/sim-network.ts";
import type { TopologyPlan } from "../../../sim/network/topology.ts";

const HUB = { address: "10.255.255.254", port: 7000 } as const;
const ROUTER_PORT = 2000;
/** A router is online that was heard within so much of the end: its period, and what is lost on the way. */
const ONLINE_MS = 25_000;

/** What a run of the roles came to. */
export interface RoleRun {
  readonly routers: number;
  /** Routers that the hub heard lately. */
  readonly online: number;
  /** Events of the timed part. */
  readonly events: number;
  /** Datagrams that hosts took in, in the timed part. */
  readonly delivered: number;
  /** Of the timed part, processor time of all threads. */
  readonly seconds: number;
  /** Of the whole run. */
  readonly secondsTotal: number;
  /** The most memory that the process ever had. */
  readonly peakRssBytes: number;
  readonly hash: string;
}

/** How many routers, and how long. */
export interface RoleLoadOptions {
  readonly routers: number;
  /** Virtual time of the timed part. */
  readonly timedMs: number;
}

/**
 * The real hub and real routers, enrolled, in the simulated network: each reports every 20 s, which the hub verifies,
 * stores and answers. Datagrams are coded and authenticated by what the processes use; the asymmetric primitives, which
 * only the beginning uses, are the simulated ones.
 */
export function runRoleLoad({ routers, timedMs }: RoleLoadOptions): RoleRun {
  const startsMs = Math.max(PERIOD_MS, (routers / STARTS_PER_S_MAX) * 1000);
  const begun = process.cpuUsage();
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: topologyOf(routers) });
  const party = new LoadParty(simulation, startsMs);
  const hub = party.startHub(network);
  for (let index = 0; index < routers; index += 1) party.startRouter(network, index);
  simulation.run({ forUs: (startsMs + SETTLE_MS) * 1000 });
  const [events, delivered] = [simulation.events, network.counters.delivered];
  const before = process.cpuUsage();
  simulation.run({ forUs: timedMs * 1000 });
  const timed = process.cpuUsage(before);
  const total = process.cpuUsage(begun);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return {
    routers,
    online: countOnline(hub, party.unixMs),
    events: simulation.events - events,
    delivered: network.counters.delivered - delivered,
    seconds: (timed.user + timed.system) / 1e6,
    secondsTotal: (total.user + total.system) / 1e6,
    peakRssBytes,
    hash: simulation.trace.hash,
  };
}

/** Counts in what the hub would save: each router that was heard is in it. */
function countOnline(hub: Hub, nowUnixMs: number): number {
  const heard = hub
    .takeChanges()
    .filter(
      ({ table, row }) =>
        table === "routers" && row !== undefined && nowUnixMs - row.heardUnixMs <= ONLINE_MS,
    );
  return heard.length;
}

/** The parties of one run. */
class LoadParty {
  readonly #simulation: Simulation;
  /** The time within which all routers start. */
  readonly #startsUs: number;
  readonly #crypto: Crypto;
  readonly #verifier: CertificateVerifier;
  #hubHost: SimHost<HubCommand, HubEvent> | undefined;

  constructor(simulation: Simulation, startsMs: number) {
    this.#simulation = simulation;
    this.#startsUs = startsMs * 1000;
    const simulated = new SimulatedCrypto(simulation.random("crypto"));
    this.#crypto = withRealMac(simulated);
    this.#verifier = new CertificateVerifier(this.#crypto);
  }

  /** Wall clock of the hub. */
  get unixMs(): number {
    return this.#hubHost?.clock.unixMs ?? 0;
  }

  /** The hub; what it asks to be saved is saved at once. */
  startHub(network: SimNetwork): Hub {
    let made: Hub | undefined;
    const host: SimHost<HubCommand, HubEvent> = new SimHost<HubCommand, HubEvent>({
      network,
      name: "hub",
      udpPort: HUB.port,
      tcpPort: HUB.port,
      createRole: ({ clock }) => {
        made = new Hub({
          crypto: this.#crypto,
          verifier: this.#verifier,
          unixMs: () => clock.unixMs,
          identity: simulatedIdentity("hub"),
          rows: { routers: [], servers: [], claims: [] },
          starts: 1,
          nowMs: clock.nowMs,
          servers: [],
        });
        return made;
      },
      onEvent: (event) => {
        if (event.type === "save") host.command({ type: "saved", saveId: event.saveId });
      },
    });
    host.start();
    this.#hubHost = host;
    if (made === undefined) throw new Error("the hub's host made no hub");
    return made;
  }

  /** A router that starts at a time of its own. */
  startRouter(network: SimNetwork, index: number): void {
    const host: SimHost<RouterCommand, RouterEvent> = new SimHost<RouterCommand, RouterEvent>({
      network,
      name: nameOf(index),
      udpPort: ROUTER_PORT,
      createRole: ({ clock }) =>
        new Router({
          crypto: this.#crypto,
          verifier: this.#verifier,
          unixMs: () => clock.unixMs,
          identity: new FleetIdentity(nameOf(index)),
          mac: index + 1,
          hub: HUB,
          state: { key: undefined, hub: undefined },
          starts: 1,
          inventory: INVENTORY,
          readings: () => readingsAt(clock.nowMs),
          validators: ROUTER_VALIDATORS,
        }),
      onStart: startRole,
      onEvent: answerSave,
    });
    this.#simulation.schedule((index * 7_919_000) % this.#startsUs, START, host);
  }
}

/**
 * Made anew when it is asked for. Certificate and keys serve the beginning alone, and all of them would take a tenth of
 * the memory of the whole run.
 */
class FleetIdentity implements Identity {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get signingKey(): Uint8Array {
    return simulatedIdentity(this.#name).signingKey;
  }

  get staticKey(): KeyPair {
    return simulatedIdentity(this.#name).staticKey;
  }

  get certificate(): Uint8Array {
    return simulatedIdentity(this.#name).certificate;
  }

  get fingerprint(): Uint8Array {
    return simulatedIdentity(this.#name).fingerprint;
  }
}

const PERIOD_MS = 20_000;
/** As fast as a large fleet comes back: each start enrols and brings an inventory, whose connection is kept for a minute. */
const STARTS_PER_S_MAX = 400;
/** Virtual time after the last start and before the timed part. */
const SETTLE_MS = 40_000;
const MEMORY_KIB = 65_536;
const INVENTORY = {
  model: "simulated",
  firmware: "simulated 1",
  hostname: "router",
  software: "tagwire",
  interfaces: [],
};
const START = {
  label: "start",
  handle: (host: { start(): void }): void => {
    host.start();
  },
};

/** As a router's process does, whose disk is fast. */
function answerSave(event: RouterEvent, host: SimHost<RouterCommand, RouterEvent>): void {
  if (event.type === "save") host.command({ type: "saved" });
}

function startRole(host: SimHost<RouterCommand, RouterEvent>): void {
  host.command({ type: "start" });
}

function readingsAt(
  nowMs: number,
): ReturnType<ConstructorParameters<typeof Router>[0]["readings"]> {
  return {
    uptimeS: Math.floor(nowMs / 1000),
    loadPermille: Math.floor(nowMs) % 1000,
    memoryTotalKib: MEMORY_KIB,
    memoryFreeKib: MEMORY_KIB / 2,
    rxBytes: Math.floor(nowMs),
    txBytes: Math.floor(2 * nowMs),
  };
}

/** HMAC-SHA256 is what each datagram costs, so it is the one of the processes. */
function withRealMac(simulated: SimulatedCrypto): Crypto {
  return {
    randomBytes: (bytes) => simulated.randomBytes(bytes),
    sha256: (bytes) => simulated.sha256(bytes),
    macKey: createMacKey,
    hkdfSha256: (input) => simulated.hkdfSha256(input),
    x25519Public: (key) => simulated.x25519Public(key),
    x25519: (own, other) => simulated.x25519(own, other),
    aesGcmSeal: (input, out) => {
      simulated.aesGcmSeal(input, out);
    },
    aesGcmOpen: (input) => simulated.aesGcmOpen(input),
    rsaPssVerify: (key, message, signature) => simulated.rsaPssVerify(key, message, signature),
    rsaPssSign: (key, message) => simulated.rsaPssSign(key, message),
    equal: (a, b) => simulated.equal(a, b),
  };
}

function nameOf(index: number): string {
  return `router ${String(index)}`;
}

function topologyOf(routers: number): TopologyPlan {
  const link = { preset: "dataCentre" } as const;
  const hosts = Array.from({ length: routers }, (_, index) => ({
    name: nameOf(index),
    segment: "internet",
    address: `10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`,
    link,
  }));
  return {
    segments: [{ name: "internet" }],
    hosts: [...hosts, { name: "hub", segment: "internet", address: HUB.address, link }],
    nats: [],
  };
}
