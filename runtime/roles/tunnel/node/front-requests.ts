import type { LocalVisit } from "./local-visit.ts";

/** A request of a front for a tunnel, from when the node passes it on until nothing of the tunnel is left. */
export interface FrontRequest {
  readonly localId: string;
  readonly front: LocalVisit;
  /** Undefined while the main server has not answered. */
  tunnel: string | undefined;
}

/** What the fronts of a node have asked for. */
export class FrontRequests {
  readonly #requestsMax: number;
  readonly #requests = new Map<string, FrontRequest>();

  /** @param requestsMax of all fronts together. */
  constructor(requestsMax: number) {
    this.#requestsMax = requestsMax;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Takes a request; undefined if there is one of this name, or no room. */
  add(localId: string, front: LocalVisit): FrontRequest | undefined {
    if (this.#requests.has(localId) || this.#requests.size >= this.#requestsMax) return undefined;
    const request: FrontRequest = { localId, front, tunnel: undefined };
    this.#requests.set(localId, request);
    return request;
  }

  get(localId: string): FrontRequest | undefined {
    return this.#requests.get(localId);
  }

  /** Forgets a request; another one may have its name meanwhile, and stays. */
  remove(request: FrontRequest): void {
    if (this.#requests.get(request.localId) === request) this.#requests.delete(request.localId);
  }

  /** Forgets the request that led to this tunnel, if it is answered: until then the answer decides. */
  tunnelOver(tunnel: string): void {
    for (const request of this.#requests.values()) {
      if (request.tunnel === tunnel) this.remove(request);
    }
  }

  /** Forgets the requests of a front, and gives them. */
  takeOf(front: LocalVisit): readonly FrontRequest[] {
    const taken = [...this.#requests.values()].filter((request) => request.front === front);
    for (const request of taken) this.remove(request);
    return taken;
  }

  clear(): void {
    this.#requests.clear();
  }
}
