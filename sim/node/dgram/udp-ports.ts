import type { Endpoint } from "../../../runtime/core/index.ts";
import type { NetworkNode, UdpOwner } from "../../network/network-node.ts";
import { isLoopback, isOwn, isWildcard } from "../addresses.ts";
import type { SystemErrorCode } from "../system-error.ts";

/** A socket's hold on a port. */
export interface UdpBinding extends UdpOwner {
  /** Literal; IPv4-mapped addresses are IPv4 here. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly isIpv6Only: boolean;
  /** Whether others may have the same address and port (SO_REUSEADDR): the last that came gets the datagrams. */
  readonly isShared: boolean;
  /** From where it takes datagrams now; undefined for anywhere. */
  getPeer(): Endpoint | undefined;
}

/** The UDP ports of one process, by address: the network below knows a host's ports only. */
export class UdpPorts {
  readonly #node: NetworkNode;
  readonly #ports = new Map<number, UdpBinding[]>();

  constructor(node: NetworkNode) {
    this.#node = node;
  }

  /** Binds. @param port 0 for any free one. Gives the port, or why not, as Linux would say it. */
  bind(port: number, binding: UdpBinding): number | SystemErrorCode {
    const { address, family } = binding;
    if (family === 4 && address.includes(":")) return "EINVAL";
    if (!isOwn(this.#node.address, address)) return "EADDRNOTAVAIL";
    const known = this.#ports.get(port);
    if (known !== undefined) {
      if (known.some((other) => clashes(other, binding))) return "EADDRINUSE";
      known.push(binding);
      return port;
    }
    const bindings = [binding];
    try {
      const bound = this.#node.bindUdp(port, ownerOf(bindings, this.#node));
      this.#ports.set(bound, bindings);
      return bound;
    } catch (error) {
      // A role on the same host may have it.
      if (error instanceof RangeError) return "EADDRINUSE";
      throw error;
    }
  }

  release(port: number, binding: UdpBinding): void {
    const bindings = this.#ports.get(port);
    const at = bindings?.indexOf(binding) ?? -1;
    if (bindings === undefined || at < 0) return;
    bindings.splice(at, 1);
    if (bindings.length > 0) return;
    this.#ports.delete(port);
    this.#node.closeUdp(port);
  }

  send(port: number, to: Endpoint, bytes: Uint8Array): void {
    this.#node.sendUdp(port, to, bytes);
  }
}

function clashes(one: UdpBinding, other: UdpBinding): boolean {
  if (one.isShared && other.isShared) return false;
  if (one.family !== other.family && (one.isIpv6Only || other.isIpv6Only)) return false;
  return isWildcard(one.address) || isWildcard(other.address) || one.address === other.address;
}

/** Hands datagrams to the socket that fits best, of equals to the last (Linux, `udp4_lib_lookup2`). */
function ownerOf(bindings: readonly UdpBinding[], node: NetworkNode): UdpOwner {
  return {
    onDatagram: (from, bytes) => {
      const to = isLoopback(from.address) ? from.address : node.address;
      let best: UdpBinding | undefined;
      let bestScore = 0;
      for (const binding of bindings) {
        const score = scoreOf(binding, { from, to });
        if (score >= bestScore && score > 0) [best, bestScore] = [binding, score];
      }
      best?.onDatagram(from, bytes);
    },
    onUnreachable: (destination) => {
      for (const binding of [...bindings]) {
        const peer = binding.getPeer();
        if (peer?.port === destination.port && peer.address === destination.address)
          binding.onUnreachable?.(destination);
      }
    },
  };
}

/** 0 for a socket that does not take it. */
function scoreOf(
  binding: UdpBinding,
  { from, to }: { readonly from: Endpoint; readonly to: string },
): number {
  const { address, family, isIpv6Only } = binding;
  const peer = binding.getPeer();
  const isIpv4 = !to.includes(":");
  if (isIpv4 ? family === 6 && isIpv6Only : family === 4) return 0;
  if (!isWildcard(address) && address !== to) return 0;
  if (peer !== undefined && (peer.address !== from.address || peer.port !== from.port)) return 0;
  return 1 + (isWildcard(address) ? 0 : 2) + (peer === undefined ? 0 : 4);
}
