import fc from "fast-check";
import type { Fault } from "../fault.ts";

const LINKS = ["a", "b", "no such link"];
const PACKETS_MAX = 60;
const TIME_US_MAX = 20_000_000;

/** Any fault of the topology `pair`, also of links and hosts that it does not have. */
export function pairFaultArbitrary(): fc.Arbitrary<Fault> {
  const place = {
    link: fc.constantFrom(...LINKS),
    direction: fc.constantFrom("up" as const, "down" as const),
    packet: fc.integer({ min: 1, max: PACKETS_MAX }),
  };
  const delayUs = fc.integer({ min: 0, max: 3_000_000 });
  const atUs = fc.integer({ min: 0, max: TIME_US_MAX });
  const period = fc
    .tuple(atUs, fc.integer({ min: 0, max: 5_000_000 }))
    .map(([fromUs, forUs]) => ({ fromUs, toUs: fromUs + forUs }));
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("drop" as const), ...place }) },
    fc.record({ kind: fc.constant("duplicate" as const), ...place, afterUs: delayUs }),
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("delay" as const), ...place, byUs: delayUs }),
    },
    fc.record({
      kind: fc.constant("corrupt" as const),
      ...place,
      byte: fc.nat(2000),
      mask: fc.integer({ min: 1, max: 255 }),
    }),
    fc
      .tuple(fc.constantFrom(...LINKS), period)
      .map(([link, when]) => ({ kind: "linkDown" as const, link, ...when })),
    period.map((when) => ({ kind: "partition" as const, nodes: ["a"], ...when })),
    atUs.map((at) => ({
      kind: "addressChange" as const,
      node: "a",
      address: "192.0.2.9",
      atUs: at,
    })),
  );
}
