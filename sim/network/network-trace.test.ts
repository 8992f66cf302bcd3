import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonLines, Simulation } from "../engine/index.ts";
import type { Fault } from "./fault.ts";
import { SimNetwork } from "./sim-network.ts";
import { homeBehindCarrier } from "./testing/topologies.ts";

interface Seen {
  readonly host: string;
  readonly kind: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Host `a` sends three datagrams through two NAT boxes, to a port where nobody listens the second time. */
function run(sink: JsonLines | undefined, faults: readonly Fault[] = []): string {
  const simulation = new Simulation({ seed: 1, sink });
  const topology = homeBehindCarrier({ home: "linux-masquerade", carrier: "full-cone" });
  const network = new SimNetwork(simulation, { topology, faults });
  const onDatagram = (): void => undefined;
  network.node("a").bindUdp(5, { onDatagram });
  network.node("b").bindUdp(9, { onDatagram });
  for (const port of [9, 10, 9]) {
    network.node("a").sendUdp(5, { address: "192.0.2.2", port }, Uint8Array.of(1, 2));
    simulation.run({ forUs: 1_000_000 });
  }
  return simulation.trace.hash;
}

function records(sink: JsonLines): readonly Seen[] {
  return sink.lines().map((line) => JSON.parse(line) as Seen);
}

test("a reader is told each crossing of a NAT box with the addresses behind it, which the hash does not hold", () => {
  const sink = new JsonLines();
  assert.equal(run(sink), run(undefined));
  const crossings = records(sink).filter(({ kind }) => kind === "udp-crossed");
  const [home, carrier] = crossings;
  assert.deepEqual(
    [home?.host, home?.detail["side"], home?.detail["from"]],
    ["box", "outer", "100.64.0.7"],
  );
  assert.deepEqual(
    [carrier?.host, carrier?.detail["side"], carrier?.detail["from"]],
    ["cgn", "outer", "198.51.100.7"],
  );
  const arrived = records(sink).find(({ kind }) => kind === "udp-delivered");
  const { from, fromPort, to, toPort } = carrier?.detail ?? {};
  assert.deepEqual(arrived?.detail, { packet: 1, from, fromPort, to, toPort });
});

test("an ICMP error names the packet that it reports as each place sees it", () => {
  const sink = new JsonLines();
  run(sink);
  const errors = records(sink).filter(({ kind }) => kind.startsWith("icmp-"));
  assert.deepEqual(
    errors.map(({ host, kind, detail }) => [host, kind, detail["error"], detail["aboutFrom"]]),
    [
      ["b", "icmp-sent", "port-unreachable", "198.51.100.7"],
      ["cgn", "icmp-crossed", "port-unreachable", "100.64.0.7"],
      ["box", "icmp-crossed", "port-unreachable", "192.168.1.2"],
      ["a", "icmp-delivered", "port-unreachable", "192.168.1.2"],
    ],
  );
});

test("a fault names the packet that it befell", () => {
  const sink = new JsonLines();
  const drop: Fault = { kind: "drop", link: "b", direction: "down", packet: 1 };
  run(sink, [drop]);
  const fault = records(sink).find(({ kind }) => kind === "fault");
  assert.deepEqual(
    [fault?.host, fault?.detail["packet"], fault?.detail["fault"]],
    ["b down", 1, JSON.stringify(drop)],
  );
});
