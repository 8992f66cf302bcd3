import assert from "node:assert/strict";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { EndpointDependence, Nat, NatMapping, NatPacket, NatVerdict } from "../index.ts";
import type { NatAction } from "./nat-actions.ts";

/** A packet that went from inside to outside, or back inside. */
interface Sent {
  readonly protocol: string;
  readonly internal: string;
  readonly external: string;
  readonly remote: Endpoint;
}

/**
 * Looks at what a NAT does from outside and knows what the RFCs forbid. It keeps no timers: it remembers whom each inside
 * endpoint ever sent to, so that it never calls an allowed packet forbidden.
 */
export class NatWatch {
  readonly #nat: Nat;
  readonly #sent: Sent[] = [];
  readonly #isExclusive: boolean;
  readonly #mapping: EndpointDependence;
  readonly #filtering: EndpointDependence;

  constructor(nat: Nat) {
    this.#nat = nat;
    const { profile } = nat;
    // Linux keeps a port for a source where it can, and promises nothing but that answers can be told apart.
    const dependent = "address-and-port-dependent";
    this.#mapping = profile.kind === "axes" ? profile.mapping : dependent;
    this.#filtering = profile.kind === "axes" ? profile.filtering : dependent;
    this.#isExclusive = profile.kind === "axes" && profile.overloading === "never";
  }

  /** Points an action at a live mapping if it asks for that. */
  aim(action: NatAction, nowMs: number): NatAction {
    const live = this.#nat.mappings(nowMs);
    const mapping = action.aim === undefined ? undefined : live[action.aim % live.length];
    if (mapping === undefined) return action;
    const { protocol, external } = mapping;
    return { ...action, packet: { ...action.packet, protocol, destination: external } };
  }

  /** @throws AssertionError if the NAT did what its profile forbids. */
  check(action: NatAction, verdict: NatVerdict<NatPacket>, nowMs: number): void {
    const { packet } = action;
    this.#checkMappings(this.#nat.mappings(nowMs));
    if (verdict.kind === "forwarded" && action.side === "inside") {
      assert.deepEqual(verdict.packet.destination, packet.destination);
      assert.ok(this.#nat.externalAddresses.includes(verdict.packet.source.address));
      this.#note(packet, verdict.packet.source);
    }
    if (verdict.kind === "forwarded" && action.side === "outside") {
      assert.deepEqual(verdict.packet.source, packet.source);
      this.#checkFilter(packet, verdict.packet.destination);
    }
    if (verdict.kind === "hairpinned" || (action.side === "inside" && verdict.kind === "dropped")) {
      // A hairpin leaves the NAT before it comes back, also if it is refused then.
      const own = this.#nat
        .mappings(nowMs)
        .filter(({ internal }) => text(internal) === text(packet.source));
      for (const { external } of own) this.#note(packet, external);
    }
  }

  #note({ protocol, source, destination }: NatPacket, external: Endpoint): void {
    this.#sent.push({
      protocol,
      internal: text(source),
      external: text(external),
      remote: destination,
    });
  }

  #checkFilter({ protocol, source, destination }: NatPacket, internal: Endpoint): void {
    const mine = this.#sent.filter(
      (sent) =>
        sent.protocol === protocol &&
        sent.internal === text(internal) &&
        sent.external === text(destination),
    );
    assert.ok(mine.length > 0, "what comes in goes to an endpoint that sent something from there");
    const isAllowed = mine.some(({ remote }) => covers(this.#filtering, remote, source));
    assert.ok(isAllowed, `${text(source)} reached ${text(internal)} against the filter`);
  }

  #checkMappings(mappings: readonly NatMapping[]): void {
    const externals = new Map<string, string>();
    const takers = new Map<string, string>();
    for (const { protocol, internal, external, remote } of mappings) {
      const scope = scopeText(this.#mapping, remote);
      const inside = `${protocol} ${text(internal)} ${scope}`;
      assert.equal(externals.has(inside), false, `${inside} has two mappings`);
      externals.set(inside, text(external));
      const isShared =
        this.#nat.profile.kind === "axes" && this.#nat.profile.overloading === "always";
      if (isShared) continue;
      const outside = `${protocol} ${text(external)}${this.#isExclusive ? "" : ` ${scope}`}`;
      assert.equal(takers.get(outside), undefined, `${outside} is given twice`);
      takers.set(outside, inside);
    }
  }
}

function covers(dependence: EndpointDependence, sentTo: Endpoint, from: Endpoint): boolean {
  switch (dependence) {
    case "endpoint-independent":
      return true;
    case "address-dependent":
      return sentTo.address === from.address;
    case "address-and-port-dependent":
      return text(sentTo) === text(from);
  }
}

function scopeText(dependence: EndpointDependence, remote: NatMapping["remote"]): string {
  switch (dependence) {
    case "endpoint-independent":
      return "";
    case "address-dependent":
      return remote?.address ?? "";
    case "address-and-port-dependent":
      return `${remote?.address ?? ""} ${String(remote?.port)}`;
  }
}

function text({ address, port }: Endpoint): string {
  return `${address} ${String(port)}`;
}
