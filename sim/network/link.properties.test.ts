import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Simulation } from "../engine/index.ts";
import { SimNetwork } from "./sim-network.ts";
import type { LinkPlan, TopologyPlan } from "./topology.ts";

const HEADER_BYTES = 28;
/** As fast as a link can be, so that what is seen is the other link's doing. */
const INSTANT: LinkPlan = {
  preset: "loopback",
  latencyUs: 0,
  upBitsPerSecond: Infinity,
  downBitsPerSecond: Infinity,
};

const links = fc.record({
  latencyUs: fc.nat(5000),
  jitterUs: fc.constantFrom(0, 700),
  upBitsPerSecond: fc.integer({ min: 100_000, max: 100_000_000 }),
  queueBytes: fc.integer({ min: 1, max: 20_000 }),
});
const datagrams = fc.array(
  fc.record({ afterUs: fc.oneof(fc.nat(50), fc.nat(20_000)), bytes: fc.nat(1400) }),
  { minLength: 1, maxLength: 80 },
);

function pairOf(link: LinkPlan): TopologyPlan {
  return {
    segments: [{ name: "net" }],
    hosts: [
      { name: "a", segment: "net", address: "192.0.2.1", link },
      { name: "b", segment: "net", address: "192.0.2.2", link: INSTANT },
    ],
    nats: [],
  };
}

test("a link keeps the order and its rate, is never early, and late by no more than its queue and jitter", () => {
  fc.assert(
    fc.property(fc.nat(), links, datagrams, (seed, parameters, sent) => {
      const { latencyUs, jitterUs, upBitsPerSecond, queueBytes } = parameters;
      const usPerByte = 8_000_000 / upBitsPerSecond;
      const simulation = new Simulation({ seed });
      const topology = pairOf({ preset: "lan", ...parameters });
      const network = new SimNetwork(simulation, { topology });
      const sentUs: number[] = [];
      const came: { readonly nth: number; readonly atUs: number }[] = [];
      network.node("b").bindUdp(9, {
        onDatagram: (from) => {
          came.push({ nth: from.port, atUs: simulation.nowUs });
        },
      });
      for (const [nth, { afterUs, bytes }] of sent.entries()) {
        simulation.run({ forUs: afterUs });
        sentUs.push(simulation.nowUs);
        const to = { address: "192.0.2.2", port: 9 };
        network.node("a").sendUdp(nth, to, new Uint8Array(bytes));
      }
      simulation.run();
      const dropped = network.counters.dropped.get("queue-full") ?? 0;
      assert.equal(came.length + dropped, sent.length);
      for (const [index, { nth, atUs }] of came.entries()) {
        const sizeBytes = (sent[nth]?.bytes ?? 0) + HEADER_BYTES;
        const tookUs = atUs - (sentUs[nth] ?? 0);
        const leastUs = latencyUs + sizeBytes * usPerByte;
        assert.ok(tookUs >= leastUs - 1e-6, `${String(tookUs)} µs, at least ${String(leastUs)}`);
        const mostUs = leastUs + queueBytes * usPerByte + 8 * jitterUs + 2;
        assert.ok(tookUs <= mostUs, `${String(tookUs)} µs, at most ${String(mostUs)}`);
        const before = came[index - 1];
        if (before === undefined) continue;
        assert.ok(nth > before.nth, "the order is that of sending");
        const spanUs = atUs - before.atUs;
        if (jitterUs === 0) assert.ok(spanUs >= sizeBytes * usPerByte - 1, "the rate is kept");
      }
    }),
    { numRuns: 200 },
  );
});
