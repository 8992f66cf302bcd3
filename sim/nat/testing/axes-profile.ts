import fc from "fast-check";
import type { AxesProfile, EndpointDependence } from "../index.ts";
import { PORT_ALLOCATIONS } from "./port-allocations.ts";

const dependence = fc.constantFrom<EndpointDependence>(
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
);
const unsolicitedUdp = fc.constantFrom<AxesProfile["unsolicitedUdp"]>(
  { kind: "drop" },
  { kind: "port-unreachable", afterMs: 0 },
  { kind: "admin-prohibited", afterMs: 100 },
);
const unsolicitedTcp = fc.oneof(
  unsolicitedUdp,
  fc.constant<AxesProfile["unsolicitedTcp"]>({ kind: "tcp-rst", afterMs: 0 }),
);

/** Any combination of the axes, also those that no named profile has. Few ports, so that they run out. */
export const axesProfileArbitrary: fc.Arbitrary<AxesProfile> = fc.record({
  kind: fc.constant("axes"),
  name: fc.constant("any"),
  doc: fc.constant("Any combination of the axes."),
  sources: fc.constant(["RFC 4787", "RFC 5382"]),
  mapping: dependence,
  filtering: dependence,
  ports: fc.constantFrom(...PORT_ALLOCATIONS),
  overloading: fc.constantFrom("never", "per-remote", "always"),
  portRange: fc.constantFrom({ first: 1024, last: 65_535 }, { first: 5000, last: 5031 }),
  hairpinning: fc.constantFrom("none", "external-source", "internal-source"),
  pooling: fc.constantFrom("paired", "arbitrary"),
  timeouts: fc.constant({
    udpUnrepliedMs: 30_000,
    udpAssuredMs: 120_000,
    tcpTransitoryMs: 60_000,
    tcpEstablishedMs: 300_000,
  }),
  refresh: fc.constantFrom("outbound", "inbound", "both"),
  unsolicitedUdp,
  unsolicitedTcp,
  tcpMidstream: fc.constantFrom("accept", "drop"),
  bounds: fc.record({
    sessionsMax: fc.constantFrom(12, 65_536),
    mappingsPerHostMax: fc.constantFrom(5, 65_536),
    eviction: fc.constantFrom("refuse", "oldest", "oldest-unreplied"),
  }),
});
