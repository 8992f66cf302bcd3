import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { JsonLines, Simulation } from "../engine/index.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import type { Fault } from "./fault.ts";
import { SimNetwork } from "./sim-network.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { StreamRecorder } from "./testing/stream-recorder.ts";
import type { LinkPlan, TopologyPlan } from "./topology.ts";

const LAN: LinkPlan = { preset: "lan" };
const EXTERNAL = "198.51.100.7";
const REMOTE: Endpoint = { address: "192.0.2.2", port: 9 };

/** Hosts `a` and `c` behind one NAT box, and host `b` on the Internet. */
function home(profile: string): TopologyPlan {
  return {
    segments: [{ name: "internet" }, { name: "home" }],
    hosts: [
      { name: "a", segment: "home", address: "192.168.1.2", link: LAN },
      { name: "c", segment: "home", address: "192.168.1.3", link: LAN },
      { name: "b", segment: "internet", address: REMOTE.address, link: LAN },
    ],
    nats: [
      {
        name: "box",
        profile,
        inner: "home",
        outer: "internet",
        externalAddresses: [EXTERNAL],
        outerLink: LAN,
      },
    ],
  };
}

/** A network with what its hosts hear. */
class Stage {
  readonly sink = new JsonLines();
  readonly simulation = new Simulation({ seed: 1, sink: this.sink });
  readonly network: SimNetwork;
  /** Who sent what a host heard on a port, or whom an ICMP error says nobody reached. */
  readonly heard: string[] = [];

  constructor(profile: string, faults: readonly Fault[] = []) {
    this.network = new SimNetwork(this.simulation, { topology: home(profile), faults });
  }

  run(forMs: number): void {
    this.simulation.run({ forUs: forMs * 1000 });
  }

  bind(host: string, port: number): void {
    this.network.node(host).bindUdp(port, {
      onDatagram: (from) => {
        this.heard.push(`${host} heard ${from.address} ${String(from.port)}`);
      },
      onUnreachable: (to) => {
        this.heard.push(`${host} missed ${to.address} ${String(to.port)}`);
      },
    });
  }

  send(host: string, port: number, to: Endpoint): void {
    this.network.node(host).sendUdp(port, to, Uint8Array.of(1));
    this.run(100);
  }

  dial(host: string, to: Endpoint, localPort: number): [TcpConnection, StreamRecorder] {
    const recorder = new StreamRecorder();
    const connection = this.network.node(host).createTcp(to, { localPort });
    connection.own(recorder);
    connection.dial();
    return [connection, recorder];
  }

  kinds(host: string): readonly string[] {
    const records = this.sink.lines().map((line) => JSON.parse(line) as Record<string, string>);
    return records.filter((record) => record["host"] === host).map(({ kind = "" }) => kind);
  }
}

suite("a NAT box in a network", () => {
  test("sends back inside what is for an external endpoint of its own, or drops it", () => {
    const stage = new Stage("rfc-recommended");
    const silent = new Stage("full-cone");
    for (const each of [stage, silent]) {
      each.network.node("b").bindUdp(REMOTE.port, { onDatagram: () => undefined });
      each.bind("c", 6000);
      each.send("c", 6000, REMOTE);
      each.send("a", 5000, { address: EXTERNAL, port: 6000 });
    }
    assert.deepEqual(stage.heard, [`c heard ${EXTERNAL} 5000`]);
    assert.deepEqual(silent.heard, []);
    assert.equal(silent.network.counters.dropped.get("nat no-hairpinning"), 1);
  });

  test("answers a SYN that nobody asked for at once, late, or never, as its profile says", () => {
    const endOf = (profile: string, afterMs: number): string | undefined => {
      const stage = new Stage(profile);
      const [, recorder] = stage.dial("b", { address: EXTERNAL, port: 7000 }, 40_000);
      stage.run(afterMs);
      return recorder.end;
    };
    assert.equal(endOf("tcp-rst", 100), "refused");
    assert.equal(endOf("linux-masquerade", 100), "refused");
    assert.equal(endOf("rfc-recommended", 5_900), undefined);
    assert.equal(endOf("rfc-recommended", 6_100), "unreachable");
    assert.equal(endOf("full-cone", 120_000), undefined);
    assert.equal(endOf("full-cone", 130_000), "timeout");
  });

  test("lets its late answer fall away if the inside host dials the same peer meanwhile", () => {
    const stage = new Stage("hairpin-internal-source");
    stage.dial("a", { address: REMOTE.address, port: 1 }, 5000);
    stage.run(100);
    assert.equal(stage.network.mappings("box")[0]?.external.port, 5000);
    const [, outer] = stage.dial("b", { address: EXTERNAL, port: 5000 }, 6000);
    stage.run(3_500);
    assert.equal(outer.isOpened, false);
    const [, inner] = stage.dial("a", { address: REMOTE.address, port: 6000 }, 5000);
    stage.run(10_000);
    assert.deepEqual([outer.isOpened, inner.isOpened], [true, true], "both dialled each other");
    assert.equal(stage.kinds("box").includes("icmp-sent"), false);
  });

  test("tells a host outside that nobody inside takes its datagram, in words that it knows", () => {
    const stage = new Stage("linux-masquerade");
    stage.bind("a", 5);
    stage.bind("b", REMOTE.port);
    stage.send("a", 5, REMOTE);
    stage.network.node("a").closeUdp(5);
    stage.send("b", REMOTE.port, { address: EXTERNAL, port: 5 });
    assert.deepEqual(stage.heard, [`b heard ${EXTERNAL} 5`, `b missed ${EXTERNAL} 5`]);
  });

  test("is reached at its new address after a change, and at the old one no more", () => {
    const address = "198.51.100.8";
    const change: Fault = { kind: "addressChange", node: "box", atUs: 150_000, address };
    const stage = new Stage("full-cone", [change]);
    stage.bind("a", 5000);
    stage.bind("b", REMOTE.port);
    stage.send("a", 5000, REMOTE);
    stage.run(100);
    assert.deepEqual(stage.network.mappings("box"), []);
    stage.send("b", REMOTE.port, { address: EXTERNAL, port: 5000 });
    assert.equal(stage.network.counters.dropped.get("no-route"), 1);
    stage.send("a", 5000, REMOTE);
    stage.send("b", REMOTE.port, { address, port: 5000 });
    assert.deepEqual(stage.heard.slice(1), [
      `b heard ${address} 5000`,
      `a heard ${REMOTE.address} 9`,
    ]);
    const mappings = stage.kinds("box").filter((kind) => kind.startsWith("nat-mapping"));
    assert.deepEqual(mappings, ["nat-mapping-made", "nat-mapping-expired", "nat-mapping-made"]);
  });
});
