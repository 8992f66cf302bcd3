import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createNat,
  createSeededNatRandom,
  NAT_PROFILES,
  natProfile,
  type AxesProfile,
  type Nat,
  type NatPacket,
  type NatProfile,
  type NatVerdict,
} from "./index.ts";
import { axesProfileArbitrary } from "./testing/axes-profile.ts";
import { NatWatch } from "./testing/nat-watch.ts";
import { actionArbitrary, EXTERNAL_ADDRESSES, type NatAction } from "./testing/nat-actions.ts";

function boxOf(profile: NatProfile, seed = 1): Nat {
  const random = createSeededNatRandom(seed);
  return createNat(profile, { externalAddresses: EXTERNAL_ADDRESSES, random });
}

const linuxProfiles = NAT_PROFILES.filter((profile) => profile.kind === "linux");

/** Every profile, any combination of the axes, and tables so small that they overflow. */
const profileArbitrary: fc.Arbitrary<NatProfile> = fc.oneof(
  fc.constantFrom(...NAT_PROFILES),
  axesProfileArbitrary,
  fc.constantFrom(...linuxProfiles).map((profile) => ({ ...profile, entriesMax: 6 })),
);

function perform(nat: Nat, action: NatAction, nowMs: number): NatVerdict<NatPacket> {
  return action.side === "inside"
    ? nat.fromInside(action.packet, nowMs)
    : nat.fromOutside(action.packet, nowMs);
}

test("No NAT lets in what its filter forbids, maps one endpoint twice, or lets live mappings collide.", () => {
  fc.assert(
    fc.property(
      profileArbitrary,
      fc.array(actionArbitrary, { minLength: 30, maxLength: 150, size: "max" }),
      fc.integer(),
      (profile, actions, seed) => {
        const nat = boxOf(profile, seed);
        const watch = new NatWatch(nat);
        let nowMs = 0;
        for (const action of actions) {
          nowMs += action.afterMs;
          const aimed = watch.aim(action, nowMs);
          watch.check(aimed, perform(nat, aimed, nowMs), nowMs);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("A NAT with the same seed and packets does the same again.", () => {
  fc.assert(
    fc.property(
      profileArbitrary,
      fc.array(actionArbitrary, { minLength: 20, maxLength: 60 }),
      fc.integer(),
      (profile, actions, seed) => {
        const verdicts = [boxOf(profile, seed), boxOf(profile, seed)].map((nat) => {
          let nowMs = 0;
          return actions.map((action) => perform(nat, action, (nowMs += action.afterMs)));
        });
        assert.deepEqual(verdicts[0], verdicts[1]);
      },
    ),
    { numRuns: 200 },
  );
});

const INSIDE = { address: "10.0.0.1", port: 5000 };
const REMOTE = { address: "192.0.2.1", port: 7000 };
const OUT: NatPacket = { protocol: "udp", source: INSIDE, destination: REMOTE };

function sourceOf(verdict: NatVerdict<NatPacket>): NatPacket["source"] {
  if (verdict.kind !== "forwarded") assert.fail(JSON.stringify(verdict));
  return verdict.packet.source;
}

function back(nat: Nat, nowMs: number): NatPacket {
  return { ...OUT, source: REMOTE, destination: sourceOf(nat.fromInside(OUT, nowMs)) };
}

test("A mapping that is not used ends at its timeout and not before.", () => {
  for (const profile of NAT_PROFILES) {
    const nat = boxOf(profile);
    const lifeMs =
      profile.kind === "axes" ? profile.timeouts.udpUnrepliedMs : profile.timeouts.udpMs;
    const answer = back(nat, 0);
    assert.equal(nat.mappings(lifeMs - 1).length, 1, profile.name);
    assert.equal(nat.mappings(lifeMs).length, 0, profile.name);
    assert.notEqual(nat.fromOutside(answer, lifeMs).kind, "forwarded", profile.name);
  }
});

test("An answer makes a Linux mapping a stream only two seconds after it began.", () => {
  const nat = boxOf(natProfile("linux-masquerade"));
  const answer = back(nat, 0);
  nat.fromOutside(answer, 10);
  nat.fromInside(OUT, 2000);
  assert.equal(nat.mappings(2000)[0]?.expiresMs, 32_000);
  nat.fromInside(OUT, 2001);
  assert.equal(nat.mappings(2001)[0]?.expiresMs, 122_001);
});

/** A profile of the book with other axes. */
function bookProfile(axes: Partial<AxesProfile>): AxesProfile {
  return { ...(natProfile("rfc-recommended") as AxesProfile), ...axes };
}

test("A mapping is kept alive by what goes out, by what comes in, or by both, as the profile says.", () => {
  const timeouts = {
    udpUnrepliedMs: 30_000,
    udpAssuredMs: 30_000,
    tcpTransitoryMs: 30_000,
    tcpEstablishedMs: 30_000,
  };
  const expected = { outbound: [60_000, 0], inbound: [0, 60_000], both: [60_000, 60_000] };
  for (const [refresh, [afterOut, afterIn]] of Object.entries(expected)) {
    const profile = bookProfile({ refresh: refresh as AxesProfile["refresh"], timeouts });
    const out = boxOf(profile);
    back(out, 0);
    out.fromInside(OUT, 29_999);
    assert.equal(out.mappings(30_000).length, afterOut === 0 ? 0 : 1, `${refresh}, going out`);
    const comesIn = boxOf(profile);
    const answer = back(comesIn, 0);
    assert.equal(comesIn.fromOutside(answer, 29_999).kind, "forwarded");
    assert.equal(comesIn.mappings(30_000).length, afterIn === 0 ? 0 : 1, `${refresh}, coming in`);
  }
});

test("The middle of a connection opens a session only where the profile says so, and RST never does.", () => {
  const kindsOf = (tcpMidstream: AxesProfile["tcpMidstream"]): readonly string[] => {
    const nat = boxOf(bookProfile({ tcpMidstream }));
    return [{ ack: true }, { fin: true, ack: true }, { rst: true }, { syn: true }].map(
      (flags, index) => {
        const source = { ...INSIDE, port: INSIDE.port + index };
        return nat.fromInside({ ...OUT, source, protocol: "tcp", flags }, 0).kind;
      },
    );
  };
  assert.deepEqual(kindsOf("accept"), ["forwarded", "forwarded", "dropped", "forwarded"]);
  assert.deepEqual(kindsOf("drop"), ["dropped", "dropped", "dropped", "forwarded"]);
});

test("An unsolicited packet is answered as the profile says, but for a reset.", () => {
  const unsolicitedUdp = { kind: "port-unreachable", afterMs: 0 } as const;
  const unsolicitedTcp = { kind: "admin-prohibited", afterMs: 7 } as const;
  const nat = boxOf(bookProfile({ unsolicitedUdp, unsolicitedTcp }));
  const stray: NatPacket = {
    protocol: "udp",
    source: REMOTE,
    destination: { address: EXTERNAL_ADDRESSES[0] ?? "", port: 9 },
  };
  const refused = { kind: "dropped", reason: "no-mapping" };
  assert.deepEqual(nat.fromOutside(stray, 0), { ...refused, answer: unsolicitedUdp });
  const tcp: NatPacket = { ...stray, protocol: "tcp", flags: { syn: true } };
  assert.deepEqual(nat.fromOutside(tcp, 0), { ...refused, answer: unsolicitedTcp });
  assert.deepEqual(nat.fromOutside({ ...tcp, flags: { rst: true } }, 0), refused);
});

test("A port that everybody shares leads to the host that used it last.", () => {
  const nat = boxOf(bookProfile({ overloading: "always" }));
  const hosts = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, port: INSIDE.port }));
  const [first, second] = hosts.map((source) => nat.fromInside({ ...OUT, source }, 0));
  assert.ok(first && second);
  assert.equal(sourceOf(first).port, sourceOf(second).port);
  for (const source of [...hosts, ...hosts.toReversed()]) {
    const destination = sourceOf(nat.fromInside({ ...OUT, source }, 1));
    const verdict = nat.fromOutside({ ...OUT, source: REMOTE, destination }, 2);
    assert.ok(verdict.kind === "forwarded");
    assert.deepEqual(verdict.packet.destination, source);
  }
});

test("An inside host has no more mappings than it may, and one that ended makes room.", () => {
  const { bounds } = bookProfile({});
  const nat = boxOf(bookProfile({ bounds: { ...bounds, mappingsPerHostMax: 2 } }));
  const from = (port: number, nowMs: number): string => {
    const verdict = nat.fromInside({ ...OUT, source: { ...INSIDE, port } }, nowMs);
    return verdict.kind === "dropped" ? verdict.reason : verdict.kind;
  };
  const ports = [5000, 5001, 5002];
  const limited = ["forwarded", "forwarded", "host-limit"];
  assert.deepEqual(
    ports.map((port) => from(port, 0)),
    limited,
  );
  const neighbour = { address: "10.0.0.2", port: 5002 };
  assert.equal(nat.fromInside({ ...OUT, source: neighbour }, 0).kind, "forwarded");
  assert.deepEqual(
    ports.toReversed().map((port) => from(port, 300_000)),
    limited,
  );
});

test("A full table makes room by what expired, however many older sessions are in use.", () => {
  // More than are looked at one by one, all of them answered and long-lived.
  const old = 70;
  const { bounds } = bookProfile({});
  const table = { ...bounds, sessionsMax: old + 5 };
  const profiles: readonly NatProfile[] = [
    bookProfile({ bounds: { ...table, eviction: "oldest-unreplied" } }),
    bookProfile({ bounds: { ...table, eviction: "refuse" } }),
    { ...natProfile("linux-masquerade"), entriesMax: old + 5 } as NatProfile,
  ];
  for (const profile of profiles) {
    const nat = boxOf(profile);
    const open = (port: number, protocol: "tcp" | "udp", nowMs: number): string => {
      const source = { ...INSIDE, port };
      const packet: NatPacket = { ...OUT, source, protocol };
      const flags = { syn: true };
      const verdict = nat.fromInside({ ...packet, flags }, nowMs);
      if (verdict.kind === "dropped") return verdict.reason;
      if (protocol === "udp") return verdict.kind;
      const answer = { ...packet, source: REMOTE, destination: sourceOf(verdict) };
      nat.fromOutside({ ...answer, flags: { syn: true, ack: true } }, nowMs);
      nat.fromInside({ ...packet, flags: { ack: true } }, nowMs);
      nat.fromInside({ ...packet, flags: { ack: true } }, nowMs);
      return verdict.kind;
    };
    for (let port = 0; port < old; port += 1) open(10_000 + port, "tcp", 0);
    for (let port = 0; port < 5; port += 1) open(20_000 + port, "udp", 0);
    assert.equal(nat.mappings(0).length, old + 5, profile.kind);
    assert.equal(open(30_000, "udp", 400_000), "forwarded", profile.kind);
    assert.equal(nat.mappings(400_000).length, old + 1, profile.kind);
  }
});

test("A datagram from outside that the box itself takes makes Linux pick another port for that peer.", () => {
  const peer: NatPacket = {
    protocol: "udp",
    source: REMOTE,
    destination: { address: EXTERNAL_ADDRESSES[0] ?? "", port: INSIDE.port },
  };
  const accepting = boxOf(natProfile("linux-masquerade"));
  assert.equal(accepting.fromOutside(peer, 0).kind, "local");
  assert.notEqual(sourceOf(accepting.fromInside(OUT, 1)).port, INSIDE.port);
  const dropping = boxOf(natProfile("linux-masquerade-input-drop"));
  assert.equal(dropping.fromOutside(peer, 0).kind, "dropped");
  assert.equal(sourceOf(dropping.fromInside(OUT, 1)).port, INSIDE.port);
});

test("Hairpins return inside with the source that the profile says.", () => {
  const other = { address: "10.0.0.2", port: 6000 };
  const shown = (name: string): NatVerdict<NatPacket> => {
    const profile = natProfile(name);
    const nat = boxOf(profile);
    const external = sourceOf(nat.fromInside({ ...OUT, source: other }, 0));
    // The other host must have sent to this one's external endpoint where the filter wants that.
    const mine = sourceOf(nat.fromInside(OUT, 0));
    nat.fromInside({ protocol: "udp", source: other, destination: mine }, 1);
    return nat.fromInside({ protocol: "udp", source: INSIDE, destination: external }, 2);
  };
  const outer = shown("rfc-recommended");
  assert.ok(
    outer.kind === "hairpinned" && EXTERNAL_ADDRESSES.includes(outer.packet.source.address),
  );
  const inner = shown("hairpin-internal-source");
  assert.ok(inner.kind === "hairpinned");
  assert.deepEqual(inner.packet.source, INSIDE);
  assert.deepEqual(inner.packet.destination, other);
  assert.deepEqual(shown("full-cone"), { kind: "dropped", reason: "no-hairpinning" });
});

test("An unsolicited SYN is answered late, and not at all if the inside opens meanwhile.", () => {
  const nat = boxOf(bookProfile({ filtering: "address-dependent" }));
  const tcp: NatPacket = { ...OUT, protocol: "tcp", flags: { syn: true } };
  const elsewhere = { ...tcp, destination: { address: "192.0.2.9", port: 1 } };
  const destination = sourceOf(nat.fromInside(elsewhere, 0));
  const syn: NatPacket = { ...tcp, source: REMOTE, destination };
  const answer = { kind: "port-unreachable", afterMs: 6000 };
  assert.deepEqual(nat.fromOutside(syn, 1), { kind: "dropped", reason: "filtered", answer });
  assert.equal(nat.isAnswerDue(syn, 6001), true);
  nat.fromInside(tcp, 3000);
  assert.equal(nat.isAnswerDue(syn, 6001), false);
  assert.equal(nat.fromOutside(syn, 6001).kind, "forwarded");
});

test("An ICMP error about a mapped packet reaches the inside host, and changes no timer.", () => {
  for (const profile of NAT_PROFILES) {
    const nat = boxOf(profile);
    const source = sourceOf(nat.fromInside(OUT, 0));
    const [mapping] = nat.mappings(1);
    const about: NatPacket = { ...OUT, source };
    const error = {
      kind: "port-unreachable",
      reporter: REMOTE.address,
      destination: source.address,
      about,
    } as const;
    const inside = nat.errorFromOutside(error, 1);
    assert.deepEqual(inside, { ...error, destination: INSIDE.address, about: OUT }, profile.name);
    assert.deepEqual(nat.mappings(1), [mapping]);
    const stranger = { ...error, about: { ...about, destination: { ...REMOTE, port: 9 } } };
    assert.equal(nat.errorFromOutside(stranger, 1), undefined, profile.name);
  }
});

test("An ICMP error of an inside host leaves with the external endpoint, and about what lives only.", () => {
  for (const profile of NAT_PROFILES) {
    const nat = boxOf(profile);
    const external = sourceOf(nat.fromInside(OUT, 0));
    const error = {
      kind: "port-unreachable",
      reporter: INSIDE.address,
      destination: REMOTE.address,
      about: { protocol: "udp", source: REMOTE, destination: INSIDE },
    } as const;
    assert.deepEqual(
      nat.errorFromInside(error, 1),
      { ...error, reporter: external.address, about: { ...error.about, destination: external } },
      profile.name,
    );
    const stranger = { ...error, about: { ...error.about, source: { ...REMOTE, port: 9 } } };
    assert.equal(nat.errorFromInside(stranger, 1), undefined, profile.name);
    assert.equal(nat.errorFromInside(error, 86_400_000), undefined, profile.name);
  }
});

test("A reboot and a change of address forget all mappings.", () => {
  for (const profile of NAT_PROFILES) {
    const nat = boxOf(profile);
    const answer = back(nat, 0);
    nat.reset();
    assert.notEqual(nat.fromOutside(answer, 1).kind, "forwarded", profile.name);
    nat.fromInside(OUT, 2);
    nat.changeExternalAddresses(["203.0.113.99"]);
    assert.equal(sourceOf(nat.fromInside(OUT, 3)).address, "203.0.113.99");
    assert.throws(() => {
      nat.changeExternalAddresses([]);
    }, RangeError);
  }
});
