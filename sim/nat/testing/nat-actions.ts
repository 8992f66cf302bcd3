import fc from "fast-check";
import type { NatPacket } from "../index.ts";

/** A packet that arrives at a NAT some time after the one before. */
export interface NatAction {
  readonly afterMs: number;
  readonly side: "inside" | "outside";
  readonly packet: NatPacket;
  /** If it is set, the packet goes to a live mapping instead: this one, counted round. */
  readonly aim: number | undefined;
}

/** The addresses of the NATs that are tested. */
export const EXTERNAL_ADDRESSES: readonly string[] = ["203.0.113.1", "203.0.113.2"];

const port = fc.constantFrom(80, 600, 5000, 5001, 5002, 65_535);
const inside = fc.record({ address: fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"), port });
const remote = fc.record({ address: fc.constantFrom("192.0.2.1", "192.0.2.2"), port });
const external = fc.record({ address: fc.constantFrom(...EXTERNAL_ADDRESSES), port });
const protocol = fc.constantFrom<NatPacket["protocol"]>("udp", "tcp");
const flags = fc.constantFrom<NonNullable<NatPacket["flags"]>>(
  { syn: true },
  { syn: true, ack: true },
  { ack: true },
  { fin: true, ack: true },
  { rst: true },
  {},
);
const afterMs = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 1, arbitrary: fc.constantFrom(30_000, 60_000, 120_000, 300_000) },
);

/** Packets between few endpoints, so that they meet; from inside to remotes and to the NAT itself, and from outside. */
export const actionArbitrary: fc.Arbitrary<NatAction> = fc.oneof(
  fc.record({
    afterMs,
    side: fc.constant("inside" as const),
    packet: fc.record({
      protocol,
      source: inside,
      destination: fc.oneof({ weight: 4, arbitrary: remote }, { weight: 1, arbitrary: external }),
      flags,
    }),
    aim: fc.option(fc.nat(20), { nil: undefined, freq: 1 }),
  }),
  fc.record({
    afterMs,
    side: fc.constant("outside" as const),
    packet: fc.record({ protocol, source: remote, destination: external, flags }),
    aim: fc.option(fc.nat(20), { nil: undefined, freq: 5 }),
  }),
);
