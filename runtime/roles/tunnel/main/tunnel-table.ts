import { QuestionTurns } from "./question-turns.ts";
import type { QuestionBounds } from "./question-turns.ts";

/** What a table knows of a tunnel by the tunnel itself. */
export interface Tabled<Node> {
  readonly request: {
    readonly id: string;
    readonly localId: string;
    readonly from: Node;
    readonly to: Node;
  };
}

/** All that a main server keeps of a tunnel. */
export interface TunnelEntry<Node, Tunnel extends Tabled<Node>, Facts> {
  readonly tunnel: Tunnel;
  /** What else belongs to it. */
  readonly facts: Facts;
  /** Whether the other user is still to be asked, is being asked, or was. */
  readonly stage: "waiting" | "asking" | "decided";
  /** The relays of its path. */
  readonly relays: readonly Node[];
}

type Writable<Entry> = { -readonly [Name in keyof Entry]: Entry[Name] };

/** Bounds of a table. */
export interface TunnelBounds extends QuestionBounds {
  readonly tunnelsMax: number;
  /** Tunnels of one node at either end; those that others want of it and it has not decided about are not counted. */
  readonly perNodeMax: number;
}

/** The tunnels of one node. */
interface Place<Node, Entry> {
  /** Those that it is an end of, by a number that grows: in the order in which they came. */
  readonly ends: Map<number, Entry>;
  readonly numbers: Map<Entry, number>;
  lastNumber: number;
  /** How many of them count against its bound. */
  counted: number;
  /** Those that it asked for, by local id. */
  readonly requests: Map<string, Entry>;
  /** Those that others want of it. */
  readonly turns: QuestionTurns<Node, Entry>;
  readonly relayed: Set<Entry>;
}

/** The tunnels of a main server, by their ids and by each of their nodes: nothing looks at all of them. */
export class TunnelTable<Node, Tunnel extends Tabled<Node>, Facts> {
  readonly #bounds: TunnelBounds;
  readonly #entries = new Map<string, TunnelEntry<Node, Tunnel, Facts>>();
  readonly #places = new Map<Node, Place<Node, TunnelEntry<Node, Tunnel, Facts>>>();

  constructor(bounds: TunnelBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All of them, those that wait first: else they would have their turn when those before them end. */
  get all(): ReadonlySet<TunnelEntry<Node, Tunnel, Facts>> {
    return waitingFirst([...this.#entries.values()]);
  }

  find(id: string): TunnelEntry<Node, Tunnel, Facts> | undefined {
    return this.#entries.get(id);
  }

  /** The tunnel that a node asked for under this local id. */
  requested(from: Node, localId: string): TunnelEntry<Node, Tunnel, Facts> | undefined {
    return this.#places.get(from)?.requests.get(localId);
  }

  /** Whether there may be another tunnel at all. */
  get isFull(): boolean {
    return this.#entries.size >= this.#bounds.tunnelsMax;
  }

  /** Whether a node may be the end of another tunnel. */
  hasRoom(node: Node): boolean {
    return (this.#places.get(node)?.counted ?? 0) < this.#bounds.perNodeMax;
  }

  /** Adds a tunnel about which its other user is to be asked. */
  add(tunnel: Tunnel, facts: Facts): TunnelEntry<Node, Tunnel, Facts> {
    const { from, id, localId, to } = tunnel.request;
    const entry: TunnelEntry<Node, Tunnel, Facts> = {
      tunnel,
      facts,
      stage: "waiting",
      relays: [],
    };
    this.#entries.set(id, entry);
    const place = this.#placeOf(from);
    place.requests.set(localId, entry);
    place.counted += 1;
    addEnd(place, entry);
    this.#placeOf(to).turns.add(from, entry);
    return entry;
  }

  /** The tunnel about which a node is to be asked now, and counts as asked until it is `heard`; undefined if there is none. */
  nextTurn(to: Node): TunnelEntry<Node, Tunnel, Facts> | undefined {
    const place = this.#places.get(to);
    const entry = place?.turns.next();
    if (place === undefined || entry === undefined) return undefined;
    writable(entry).stage = "asking";
    addEnd(place, entry);
    return entry;
  }

  /** The other user was asked, and has answered or not. The tunnel counts against that user's bound. */
  decided(entry: TunnelEntry<Node, Tunnel, Facts>): void {
    if (entry.stage !== "asking") throw new RangeError("nobody is being asked about this tunnel");
    writable(entry).stage = "decided";
    const { to } = entry.tunnel.request;
    this.#placeOf(to).counted += 1;
  }

  /** The call by which the other user was asked is over, perhaps long after the tunnel: until then there is one less for others. */
  heard({ from, to }: Tunnel["request"]): void {
    const place = this.#placeOf(to);
    place.turns.done(from);
    this.#forgetIfEmpty(to, place);
  }

  /** Notes the relays of the path that is tried, or none. */
  setRelays(entry: TunnelEntry<Node, Tunnel, Facts>, relays: readonly Node[]): void {
    for (const node of entry.relays) {
      const place = this.#placeOf(node);
      place.relayed.delete(entry);
      this.#forgetIfEmpty(node, place);
    }
    writable(entry).relays = relays;
    for (const node of relays) this.#placeOf(node).relayed.add(entry);
  }

  remove(entry: TunnelEntry<Node, Tunnel, Facts>): void {
    const { from, id, localId, to } = entry.tunnel.request;
    if (!this.#entries.delete(id)) return;
    this.setRelays(entry, []);
    const [near, far] = [this.#placeOf(from), this.#placeOf(to)];
    near.requests.delete(localId);
    near.counted -= 1;
    removeEnd(near, entry);
    if (entry.stage === "waiting") far.turns.withdraw(from, entry);
    else removeEnd(far, entry);
    if (entry.stage === "decided") far.counted -= 1;
    this.#forgetIfEmpty(from, near);
    this.#forgetIfEmpty(to, far);
  }

  /** Tunnels that a node is an end of and has heard of, with their numbers, from the first above a number on. */
  *endsOf(
    node: Node,
    after: number,
  ): Generator<readonly [number: number, entry: TunnelEntry<Node, Tunnel, Facts>]> {
    for (const numbered of this.#places.get(node)?.ends ?? []) {
      if (numbered[0] > after) yield numbered;
    }
  }

  /** Tunnels that have to do with a node in any way, each once, in the order of `all`. */
  touching(node: Node): ReadonlySet<TunnelEntry<Node, Tunnel, Facts>> {
    const place = this.#places.get(node);
    if (place === undefined) return new Set();
    return waitingFirst([...place.turns.waiting(), ...place.ends.values(), ...place.relayed]);
  }

  #placeOf(node: Node): Place<Node, TunnelEntry<Node, Tunnel, Facts>> {
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const place: Place<Node, TunnelEntry<Node, Tunnel, Facts>> = {
      ends: new Map(),
      numbers: new Map(),
      lastNumber: 0,
      counted: 0,
      requests: new Map(),
      turns: new QuestionTurns(this.#bounds),
      relayed: new Set(),
    };
    this.#places.set(node, place);
    return place;
  }

  #forgetIfEmpty(node: Node, place: Place<Node, TunnelEntry<Node, Tunnel, Facts>>): void {
    const { ends, relayed, turns } = place;
    if (ends.size === 0 && relayed.size === 0 && turns.isEmpty) this.#places.delete(node);
  }
}

function addEnd<Node, Entry>(place: Place<Node, Entry>, entry: Entry): void {
  place.lastNumber += 1;
  place.ends.set(place.lastNumber, entry);
  place.numbers.set(entry, place.lastNumber);
}

function removeEnd<Node, Entry>(place: Place<Node, Entry>, entry: Entry): void {
  const number = place.numbers.get(entry);
  if (number === undefined) return;
  place.numbers.delete(entry);
  place.ends.delete(number);
}

function waitingFirst<Entry extends { readonly stage: string }>(
  entries: readonly Entry[],
): ReadonlySet<Entry> {
  return new Set([...entries.filter(({ stage }) => stage === "waiting"), ...entries]);
}

/** Only the table changes its entries. */
function writable<Entry>(entry: Entry): Writable<Entry> {
  return entry;
}
