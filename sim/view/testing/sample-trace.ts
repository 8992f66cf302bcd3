import { JsonLines, Simulation } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import { StreamRecorder } from "../../network/testing/stream-recorder.ts";
import { homeBehindCarrier, pair } from "../../network/testing/topologies.ts";
import type { TopologyPlan } from "../../network/topology.ts";

/** What host `a` writes to host `b` over TCP in a sample, and `b` to `a`. */
export const WRITTEN: Readonly<Record<"a" | "b", Uint8Array>> = {
  a: Uint8Array.from({ length: 5000 }, (_, index) => index % 251),
  b: new TextEncoder().encode("the answer\n".repeat(40)),
};

/** Port of `b`: UDP and TCP. */
export const SERVICE_PORT = 29_123;

/** A trace as JSON lines of host `a`, behind two NAT boxes, with `b`: three datagrams, an ICMP error, and a TCP connection. */
export function sampleTrace(faults: readonly Fault[] = []): string {
  const homes = homeBehindCarrier({ home: "linux-masquerade", carrier: "port-restricted" });
  return traceOf(homes, faults);
}

/** The same without NAT, over IPv6. */
export function sampleTraceV6(): string {
  const { hosts, ...others } = pair();
  const addresses = ["2001:db8::1", "2001:db8::2"];
  return traceOf({
    ...others,
    hosts: hosts.map((host, index) => ({ ...host, address: addresses[index] ?? "" })),
  });
}

function traceOf(topology: TopologyPlan, faults: readonly Fault[] = []): string {
  const sink = new JsonLines();
  const simulation = new Simulation({ seed: 1, sink });
  const network = new SimNetwork(simulation, { topology, faults });
  const [a, b] = [network.node("a"), network.node("b")];
  const wait = (ms: number): void => {
    simulation.run({ forUs: ms * 1000 });
  };
  const to = { address: b.address, port: SERVICE_PORT };
  a.bindUdp(5000, { onDatagram: () => undefined });
  b.bindUdp(SERVICE_PORT, {
    onDatagram: (from, bytes) => {
      b.sendUdp(SERVICE_PORT, from, bytes.toReversed());
    },
  });
  for (const text of ["one", "three", "even more"]) {
    a.sendUdp(5000, to, new TextEncoder().encode(text));
    wait(500);
  }
  a.sendUdp(5000, { ...to, port: 9 }, Uint8Array.of(1));
  simulation.trace.record("a", "transition", {
    machine: "Sample",
    from: "idle",
    on: "start",
    to: "busy",
  });
  wait(500);
  b.listenTcp(SERVICE_PORT, {
    keepAliveMs: 0,
    onConnection: (connection) => {
      connection.own(new StreamRecorder());
      connection.write(WRITTEN.b);
      connection.end();
      return true;
    },
  });
  const dialled = a.createTcp(to, { keepAliveMs: 0 });
  dialled.own(new StreamRecorder());
  dialled.dial();
  wait(500);
  dialled.write(WRITTEN.a);
  dialled.end();
  wait(20_000);
  return sink.text();
}
