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
import { NatWatch } from "./testing/nat-watch.ts";
import { actionArbitrary, EXTERNAL_ADDRESSES, type NatAction } from "./testing/nat-actions.ts";

const SMALL = { sessionsMax: 12, mappingsPerHostMax: 5, eviction: "oldest-unreplied" } as const;

function boxOf(profile: NatProfile, seed = 1): Nat {
  const random = createSeededNatRandom(seed);
  return createNat(profile, { externalAddresses: EXTERNAL_ADDRESSES, random });
}

/** Every profile, and those of the book also with tables so small that they overflow. */
const profileArbitrary: fc.Arbitrary<NatProfile> = fc
  .tuple(
    fc.constantFrom(...NAT_PROFILES),
    fc.boolean(),
    fc.constantFrom("refuse", "oldest", "oldest-unreplied"),
  )
  .map(([profile, isSmall, eviction]) => {
    if (!isSmall) return profile;
    if (profile.kind === "linux") return { ...profile, entriesMax: 6 };
    return { ...profile, bounds: { ...SMALL, eviction } };
  });

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

test("Only what goes out keeps a mapping alive where the profile says so.", () => {
  const nat = boxOf(natProfile("pion-vnet"));
  const answer = back(nat, 0);
  assert.equal(nat.fromOutside(answer, 29_000).kind, "forwarded");
  assert.notEqual(nat.fromOutside(answer, 30_000).kind, "forwarded");
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
  const profile = {
    ...natProfile("rfc-recommended"),
    filtering: "address-dependent",
  } as AxesProfile;
  const nat = boxOf(profile);
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
