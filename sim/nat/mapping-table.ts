import type { Endpoint } from "../../runtime/core/index.ts";
import { atLeastOne } from "./external-addresses.ts";
import type { ExternalAddresses } from "./external-addresses.ts";
import type { NatRandom } from "./nat.ts";
import { endpointText, type NatPacket, type NatProtocol } from "./packet.ts";
import { PortAllocator } from "./port-allocation.ts";
import type { AxesProfile } from "./profile.ts";
import type { Mapping } from "./sessions.ts";

/** A NAT's mappings by what is inside, by what is outside, and by inside host; and the choice of new ones. */
export class MappingTable {
  readonly #profile: AxesProfile;
  readonly #random: NatRandom;
  readonly #allocators = new Map<string, PortAllocator>();
  readonly #byInternal = new Map<string, Mapping>();
  /** The one used last comes first. Several only where ports are shared. */
  readonly #byExternal = new Map<string, Mapping[]>();
  readonly #byHost = new Map<string, Set<Mapping>>();
  #addresses: ExternalAddresses;

  constructor(profile: AxesProfile, addresses: readonly string[], random: NatRandom) {
    this.#profile = profile;
    this.#random = random;
    this.#addresses = atLeastOne(addresses);
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** The mapping of an inside endpoint for a remote, also if nothing of it lives. */
  find(protocol: NatProtocol, internal: Endpoint, remote: Endpoint): Mapping | undefined {
    return this.#byInternal.get(internalText(protocol, internal, this.#scopeOf(remote)));
  }

  /** The mappings with an external endpoint, also those of which nothing lives. */
  at(protocol: NatProtocol, external: Endpoint): readonly Mapping[] {
    return this.#byExternal.get(externalText(protocol, external)) ?? [];
  }

  all(): readonly Mapping[] {
    return [...this.#byInternal.values()];
  }

  /** Makes a mapping for a packet from inside, or says why it cannot. */
  add(
    packet: NatPacket,
    isLive: (mapping: Mapping) => boolean,
  ): Mapping | "host-limit" | "no-port" {
    const { protocol, source: internal, destination: firstRemote } = packet;
    const scope = this.#scopeOf(firstRemote);
    const { mappingsPerHostMax } = this.#profile.bounds;
    const ofHost = [...(this.#byHost.get(internal.address) ?? [])].filter(isLive);
    if (ofHost.length >= mappingsPerHostMax) return "host-limit";
    const external = this.#pickExternal(packet, scope, isLive);
    if (external === undefined) return "no-port";
    const mapping = { protocol, internal, external, scope, firstRemote, sessions: new Map() };
    this.#byInternal.set(internalText(protocol, internal, scope), mapping);
    const key = externalText(protocol, external);
    this.#byExternal.set(key, [mapping, ...(this.#byExternal.get(key) ?? [])]);
    const host = this.#byHost.get(internal.address);
    if (host === undefined) this.#byHost.set(internal.address, new Set([mapping]));
    else host.add(mapping);
    return mapping;
  }

  /** Notes that a mapping was used: what comes back to a shared port goes to it. */
  touch(mapping: Mapping): void {
    if (this.#profile.overloading !== "always") return;
    const key = externalText(mapping.protocol, mapping.external);
    const sharers = this.#byExternal.get(key) ?? [];
    if (sharers[0] === mapping) return;
    this.#byExternal.set(key, [mapping, ...sharers.filter((sharer) => sharer !== mapping)]);
  }

  remove(mapping: Mapping): void {
    const { protocol, internal, external, scope } = mapping;
    this.#byInternal.delete(internalText(protocol, internal, scope));
    const key = externalText(protocol, external);
    const sharers = (this.#byExternal.get(key) ?? []).filter((sharer) => sharer !== mapping);
    if (sharers.length === 0) this.#byExternal.delete(key);
    else this.#byExternal.set(key, sharers);
    const host = this.#byHost.get(internal.address);
    host?.delete(mapping);
    if (host?.size === 0) this.#byHost.delete(internal.address);
  }

  clear(): void {
    this.#byInternal.clear();
    this.#byExternal.clear();
    this.#byHost.clear();
    this.#allocators.clear();
  }

  changeAddresses(addresses: readonly string[]): void {
    this.#addresses = atLeastOne(addresses);
    this.clear();
  }

  #pickExternal(
    packet: NatPacket,
    scope: string,
    isLive: (mapping: Mapping) => boolean,
  ): Endpoint | undefined {
    const { protocol, source: internal } = packet;
    const address = this.#pickAddress(internal.address, isLive);
    const isFree = (port: number): boolean => {
      if (this.#profile.overloading === "always") return true;
      const takers = this.at(protocol, { address, port }).filter(isLive);
      if (this.#profile.overloading === "never") return takers.length === 0;
      return takers.every((taker) => taker.scope !== scope);
    };
    const below = { address: internal.address, port: internal.port - 1 };
    const partner = this.find(protocol, below, packet.destination);
    const isPartner = partner?.external.address === address && isLive(partner);
    const partnerPort = isPartner ? partner.external.port : undefined;
    const port = this.#allocatorOf(protocol, address).pick({
      internal,
      isFree,
      partnerPort,
    });
    return port === undefined ? undefined : { address, port };
  }

  #pickAddress(host: string, isLive: (mapping: Mapping) => boolean): string {
    const [first, ...others] = this.#addresses;
    if (others.length === 0) return first;
    if (this.#profile.pooling === "paired") {
      for (const mapping of this.#byHost.get(host) ?? []) {
        if (isLive(mapping)) return mapping.external.address;
      }
    }
    return this.#addresses[this.#random.below(this.#addresses.length)] ?? first;
  }

  /** Ports of different protocols and addresses are numbered apart. */
  #allocatorOf(protocol: NatProtocol, address: string): PortAllocator {
    const key = `${protocol} ${address}`;
    let allocator = this.#allocators.get(key);
    if (allocator === undefined) {
      const { ports, portRange } = this.#profile;
      allocator = new PortAllocator(ports, portRange, this.#random);
      this.#allocators.set(key, allocator);
    }
    return allocator;
  }

  #scopeOf(remote: Endpoint): string {
    switch (this.#profile.mapping) {
      case "endpoint-independent":
        return "";
      case "address-dependent":
        return remote.address;
      case "address-and-port-dependent":
        return endpointText(remote);
    }
  }
}

function internalText(protocol: NatProtocol, internal: Endpoint, scope: string): string {
  return `${protocol} ${endpointText(internal)} ${scope}`;
}

function externalText(protocol: NatProtocol, external: Endpoint): string {
  return `${protocol} ${endpointText(external)}`;
}
