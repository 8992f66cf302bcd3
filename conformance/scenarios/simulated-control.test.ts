import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { RandomStream } from "../../sim/engine/index.ts";
import type { Fault } from "../../sim/network/fault.ts";
import { planFaults } from "../../sim/network/plan-faults.ts";
import type { LinkPlan, TopologyPlan } from "../../sim/network/topology.ts";
import { ClientParty } from "../world/client-party.ts";
import { ACCOUNT, ROUTER_MAC } from "../world/control-network.ts";
import { HubParty } from "../world/hub-party.ts";
import { identityOf } from "../world/identities.ts";
import type { PartyWorld } from "../world/party.ts";
import { RouterParty } from "../world/router-party.ts";
import { createSeededCrypto } from "../world/seeded-crypto.ts";
import { ServerParty } from "../world/server-party.ts";
import { SimulatedNetwork } from "../world/simulated-network.ts";

/** A hub and two servers on the Internet, a router and a client at two homes, the client's behind a carrier. */
function controlTopology(home: LinkPlan): TopologyPlan {
  const link = { preset: "dataCentre" } as const;
  const lan = { preset: "lan" } as const;
  return {
    segments: ["internet", "carrier", "router home", "client home"].map((name) => ({ name })),
    hosts: [
      { name: "hub", segment: "internet", address: "192.0.2.1", link },
      { name: "server 0", segment: "internet", address: "203.0.113.1", link },
      { name: "server 1", segment: "internet", address: "203.0.113.2", link },
      { name: "router", segment: "router home", address: "192.168.1.10", link: lan },
      { name: "client", segment: "client home", address: "192.168.1.20", link: lan },
    ],
    nats: [
      {
        name: "router box",
        profile: "linux-masquerade-input-drop",
        inner: "router home",
        outer: "internet",
        externalAddresses: ["198.51.100.1"],
        outerLink: home,
      },
      {
        name: "client box",
        profile: "linux-masquerade",
        inner: "client home",
        outer: "carrier",
        externalAddresses: ["100.64.0.9"],
        outerLink: home,
      },
      {
        name: "carrier box",
        profile: "linux-fully-random",
        inner: "carrier",
        outer: "internet",
        externalAddresses: ["198.51.100.2"],
        outerLink: link,
      },
    ],
  };
}

/** Which host a party means, by the address and the port that parties know. */
function hostOf(address: string, port: number): string {
  if (address === "192.0.2.1") return "hub";
  if (address === "203.0.113.1") return `server ${String(port - 7500)}`;
  return address === "198.51.100.99" ? "client" : "router";
}

/** The parties of the control network in the simulator. */
class SimulatedControl {
  readonly network: SimulatedNetwork;
  readonly hub: HubParty;
  readonly servers: readonly ServerParty[];
  readonly router: RouterParty;
  readonly client: ClientParty;

  constructor(seed: number, topology: TopologyPlan, faults: readonly Fault[] = []) {
    this.network = new SimulatedNetwork({ seed, topology, faults, hostOf });
    const crypto = createSeededCrypto(seed);
    const { trace } = this.network.simulation;
    const worldOf = (host: string): PartyWorld => ({
      network: this.network,
      crypto,
      limits: CONTROL_LIMITS,
      observe: ({ kind, ...what }) => {
        trace.record(host, kind, what);
      },
    });
    this.servers = (["server 0", "server 1"] as const).map(
      (name, index) =>
        new ServerParty(worldOf(name), { identity: identityOf(name), port: 7500 + index }),
    );
    this.hub = new HubParty(worldOf("hub"), {
      identity: identityOf("hub"),
      servers: this.servers.map(({ identity }) => identity.fingerprint),
    });
    this.router = new RouterParty(worldOf("router"), {
      identity: identityOf("router"),
      mac: ROUTER_MAC,
      port: 2000,
    });
    // HTTP between client and hub is no part of the roles: it takes no time here and loses nothing.
    const client = new ClientParty(
      worldOf("client"),
      { identity: identityOf("client"), port: 50_000 },
      ({ session, mac }, { identity }) => {
        const clientFingerprint = identity.fingerprint;
        const request = { requestId: session, account: ACCOUNT, mac, clientFingerprint };
        this.hub.host.command({ type: "connect", ...request });
      },
    );
    this.client = client;
    this.hub.onEvent = (event) => {
      if (event.type !== "connectEnded") return;
      const { outcome, requestId: session } = event;
      client.host.command(
        outcome.kind === "connected"
          ? { type: "invited", session, meeting: outcome }
          : { type: "refused", session },
      );
    };
    this.hub.start();
    for (const server of this.servers) server.start();
    this.router.start();
  }

  /** Enrols everyone and has the account own the router; true if that was done within the time. */
  settle(withinMs: number): boolean {
    const hasEnrolled = this.network.runUntil(
      () =>
        this.router.events.some(({ type }) => type === "reported") &&
        this.servers.every(({ events }) => events.some(({ type }) => type === "enrolled")),
      withinMs,
    );
    const account = ACCOUNT;
    const claim = { requestId: 0, account, label: "lab", reusable: false, lifeMs: 600_000 };
    this.hub.host.command({ type: "createClaim", ...claim });
    const made = this.hub.events.findLast((event) => event.type === "claimCreated");
    this.router.host.command({ type: "claim", code: made?.created?.code ?? "" });
    const isOwned = this.network.runUntil(
      () => this.hub.role.routersOf(ACCOUNT).length > 0,
      withinMs,
    );
    return hasEnrolled && isOwned;
  }

  /** Connects and calls; true if the router answered within the time. */
  works(withinMs: number): boolean {
    const session = this.client.connect(ROUTER_MAC);
    const { client, network } = this;
    network.runUntil(
      () => client.isConnected(session) || client.problemOf(session) !== undefined,
      withinMs,
    );
    const outcome = client.isConnected(session) ? client.call(session, "system.uptime") : undefined;
    client.close(session);
    return outcome?.ok === true;
  }
}

const MINUTE_MS = 60_000;

/** A run is some hundred packets, so the presets' own losses would hardly hit one. */
const BAD_HOUR: Partial<LinkPlan> = {
  loss: { goodToBadRatio: 0.03, badToGoodRatio: 0.3, goodLossRatio: 0.02, badLossRatio: 0.5 },
  duplicationRatio: 0.02,
  reorderingRatio: 0.05,
};

test("router and client meet through three NAT boxes and the router answers", () => {
  const world = new SimulatedControl(1, controlTopology({ preset: "dsl" }));
  assert.ok(world.settle(MINUTE_MS));
  assert.ok(world.works(MINUTE_MS));
  assert.ok(world.network.network.mappings("carrier box").length > 0);
});

test("a run of the whole control network has the same hash each time, and another with another seed", () => {
  const [first, again, other] = [1, 1, 2].map((seed) => {
    const world = new SimulatedControl(seed, controlTopology({ preset: "dsl" }));
    world.settle(MINUTE_MS);
    return world.network.simulation.trace.hash;
  });
  assert.equal(first, again);
  assert.notEqual(first, other);
});

for (const preset of ["lte", "satellite", "congestedWifi"] as const) {
  test(`they meet over ${preset} in a bad hour, whatever it loses, doubles and reorders`, () => {
    const topology = controlTopology({ ...BAD_HOUR, preset });
    let losses = 0;
    for (let seed = 1; seed <= 3; seed += 1) {
      const faults = planFaults(topology, RandomStream.fromSeed(seed), { packetsMax: 400 });
      const world = new SimulatedControl(seed, topology, faults);
      assert.ok(world.settle(5 * MINUTE_MS), `seed ${String(seed)} settles`);
      const works = [1, 2, 3].some(() => world.works(MINUTE_MS));
      assert.ok(works, `seed ${String(seed)} works within three attempts`);
      losses += world.network.network.counters.dropped.get("fault") ?? 0;
    }
    assert.ok(losses > 0, "something was lost on the way");
  });
}

test("after the boxes forgot their mappings the next telemetry opens the way again", () => {
  const atUs = 120_000_000;
  const world = new SimulatedControl(1, controlTopology({ preset: "dsl" }), [
    { kind: "natReboot", nat: "router box", atUs },
    { kind: "addressChange", node: "router box", atUs, address: "198.51.100.77" },
  ]);
  assert.ok(world.settle(MINUTE_MS));
  world.network.runUntil(() => world.network.simulation.nowUs >= atUs, 10 * MINUTE_MS);
  world.network.runUntil(() => false, CONTROL_LIMITS.telemetryPeriodMs * 2);
  assert.ok(world.works(MINUTE_MS));
});

test("a hub that crashed and lost nothing is found again by all", () => {
  const world = new SimulatedControl(1, controlTopology({ preset: "dsl" }));
  assert.ok(world.settle(MINUTE_MS));
  world.hub.flush();
  world.hub.start();
  world.network.runUntil(() => false, 2 * MINUTE_MS);
  assert.ok(world.works(MINUTE_MS));
});
