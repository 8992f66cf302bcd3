import type { Endpoint } from "../../runtime/core/index.ts";
import type { NatRandom } from "./nat.ts";
import type { PortAllocation } from "./profile.ts";

/** What a port is wanted for. */
export interface PortRequest {
  readonly internal: Endpoint;
  /** Whether an external port may be given. */
  readonly isFree: (port: number) => boolean;
  /** The external port of the inside host's port below this one; undefined if that has none at this address. */
  readonly partnerPort: number | undefined;
}

/** Picks external ports by one of the ways of RFC 4787, section 4.2. */
export class PortAllocator {
  readonly #allocation: PortAllocation;
  readonly #first: number;
  readonly #count: number;
  readonly #random: NatRandom;
  /** How far behind the first port the last one given is. */
  #lastOffset = -1;

  /** @throws {RangeError} if the range is empty, or a block has no port or does not fit in it. */
  constructor(
    allocation: PortAllocation,
    range: { readonly first: number; readonly last: number },
    random: NatRandom,
  ) {
    this.#allocation = allocation;
    this.#first = range.first;
    this.#count = range.last - range.first + 1;
    this.#random = random;
    if (this.#count < 1) throw new RangeError("the range of ports is empty");
    if (allocation.kind === "block") {
      const { blockPorts } = allocation;
      if (blockPorts < 1 || blockPorts > this.#count) {
        throw new RangeError(`blocks of ${String(blockPorts)} ports do not fit`);
      }
    }
  }

  /** A free port, or undefined if the rule has none left. */
  pick(request: PortRequest): number | undefined {
    const allocation = this.#allocation;
    switch (allocation.kind) {
      case "preservation":
        return this.#keep(request, allocation.otherwise);
      case "parity":
        return this.#ofParity(request);
      case "contiguous":
        return this.#contiguous(request);
      case "random":
        return this.#search(request, this.#random.below(this.#count));
      case "sequential":
        return this.#next(request, allocation.step);
      case "block":
        return this.#inBlock(request, allocation.blockPorts);
    }
  }

  #keep(request: PortRequest, otherwise: "random" | "sequential" | "parity"): number | undefined {
    const { port } = request.internal;
    if (this.#isInRange(port) && request.isFree(port)) return port;
    switch (otherwise) {
      case "random":
        return this.#search(request, this.#random.below(this.#count));
      case "sequential":
        // From the port that was wanted upwards, as the nearest free one.
        return this.#search(request, this.#isInRange(port) ? port - this.#first + 1 : 0);
      case "parity":
        return this.#ofParity(request);
    }
  }

  #ofParity(request: PortRequest): number | undefined {
    const wanted = request.internal.port % 2;
    const isFree = (port: number): boolean => port % 2 === wanted && request.isFree(port);
    return this.#search({ ...request, isFree }, this.#random.below(this.#count));
  }

  #contiguous(request: PortRequest): number | undefined {
    const { internal, partnerPort, isFree } = request;
    if (internal.port % 2 === 1) {
      const next = partnerPort === undefined ? undefined : partnerPort + 1;
      if (next !== undefined && this.#isInRange(next) && isFree(next)) return next;
      return this.#ofParity(request);
    }
    const hasRoom = (port: number): boolean => this.#isInRange(port + 1) && isFree(port + 1);
    const paired = this.#ofParity({ ...request, isFree: (port) => isFree(port) && hasRoom(port) });
    return paired ?? this.#ofParity(request);
  }

  #next(request: PortRequest, step: number): number | undefined {
    const port = this.#search(request, this.#lastOffset < 0 ? 0 : this.#lastOffset + step);
    if (port !== undefined) this.#lastOffset = port - this.#first;
    return port;
  }

  #inBlock(request: PortRequest, blockPorts: number): number | undefined {
    const blocks = Math.floor(this.#count / blockPorts);
    const first = (addressNumber(request.internal.address) % blocks) * blockPorts;
    for (let offset = first; offset < first + blockPorts; offset += 1) {
      const port = this.#first + offset;
      if (request.isFree(port)) return port;
    }
    return undefined;
  }

  /** The first free port from an offset on, round the range once. */
  #search({ isFree }: PortRequest, offset: number): number | undefined {
    for (let tried = 0; tried < this.#count; tried += 1) {
      const port = this.#first + ((offset + tried) % this.#count);
      if (isFree(port)) return port;
    }
    return undefined;
  }

  #isInRange(port: number): boolean {
    return port >= this.#first && port < this.#first + this.#count;
  }
}

/** A number that neighbouring addresses have in neighbouring order: of IPv4 the address, of other text a sum. */
function addressNumber(address: string): number {
  const bytes = address.split(".").map(Number);
  if (bytes.length === 4 && bytes.every(Number.isInteger)) {
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }
  let sum = 0;
  for (let at = 0; at < address.length; at += 1) {
    sum = (sum * 31 + address.charCodeAt(at)) % 0xffffffff;
  }
  return sum;
}
