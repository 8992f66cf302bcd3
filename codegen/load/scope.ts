import type { Element, Limit, Message, NamedType, Transport } from "../model/model.ts";
import type { Place, Report } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import { suggestName } from "./nearest-name.ts";

/** What a protocol defines for itself and for those that use it. */
export interface Definitions {
  readonly role: Element;
  readonly transport: Transport;
  readonly limit: Limit;
  readonly type: NamedType;
  readonly message: Message;
}

/** A kind of named definition. */
export type DefinitionKind = keyof Definitions;

interface Entry<T> {
  /** Undefined if the definition has problems of its own, so that naming it is no further one. */
  value: T | undefined;
  readonly place: Place;
}

type Entries = { readonly [K in DefinitionKind]: Map<string, Entry<Definitions[K]>> };

const UNKNOWN: { readonly [K in DefinitionKind]: DiagnosticCode } = {
  role: "unknown-role",
  transport: "unknown-transport",
  limit: "unknown-limit",
  type: "unknown-type",
  message: "unknown-message",
};

/** Types and messages become generated types of the same name: they share one space of names. */
const SHARED_SPACES: readonly (readonly DefinitionKind[])[] = [
  ["role"],
  ["transport"],
  ["limit"],
  ["type", "message"],
];

/** The names that the documents of one protocol can see: its own, and those of the protocols it uses. */
export class Scope {
  readonly protocol: string;
  readonly #uses: readonly Scope[];
  readonly #report: Report;
  readonly #gaps = new Set<DefinitionKind>();
  readonly #entries: Entries = {
    role: new Map(),
    transport: new Map(),
    limit: new Map(),
    type: new Map(),
    message: new Map(),
  };

  constructor(protocol: string, uses: readonly Scope[], report: Report) {
    this.protocol = protocol;
    this.#uses = uses;
    this.#report = report;
  }

  /** Says that definitions of this kind may exist in a document that could not be read. */
  addGap(kind: DefinitionKind): void {
    this.#gaps.add(kind);
  }

  /** Defines a name; false if it is visible already, which is reported. */
  define<K extends DefinitionKind>(
    kind: K,
    name: string,
    value: Definitions[K] | undefined,
    place: Place,
  ): boolean {
    const first = this.#takenBy(kind, name);
    if (first === undefined) {
      this.#entries[kind].set(name, { value, place });
      return true;
    }
    // A message with a type's name is no message that one could use, but naming it is no further problem.
    if (!this.has(kind, name)) this.#entries[kind].set(name, { value: undefined, place });
    const message = `The name ${name} is taken: ${first.file}:${first.line.toString()} defines it.`;
    this.#report(place, "name-twice", message, "Rename one of the two.");
    return false;
  }

  /** Withdraws a definition that turned out to have problems; naming it stays silent. */
  withdraw(kind: "type" | "message", name: string): void {
    const entry = this.#entries[kind].get(name);
    if (entry !== undefined) entry.value = undefined;
  }

  /** Reports names that two of the used protocols define, at the place of `uses`. */
  reportClashes(placeOfUse: (index: number) => Place): void {
    for (const [index, used] of this.#uses.entries()) {
      for (const kinds of SHARED_SPACES) {
        for (const name of kinds.flatMap((kind) => [...used.#entries[kind].keys()])) {
          const earlier = this.#uses.slice(0, index).find((other) => other.#owns(kinds, name));
          if (earlier === undefined) continue;
          const message = `${earlier.protocol} and ${used.protocol} both define ${name}.`;
          const remedy = "Rename it in one of them, or do not use both.";
          this.#report(placeOfUse(index), "name-twice", message, remedy);
        }
      }
    }
  }

  /** Finds a definition; an unknown name is reported at `place` with the nearest known one. */
  find<K extends DefinitionKind>(kind: K, name: string, place: Place): Definitions[K] | undefined {
    const scopes = [this as Scope, ...this.#uses];
    for (const scope of scopes) {
      const entry = scope.#entries[kind].get(name);
      if (entry !== undefined) return entry.value;
    }
    if (!scopes.some((scope) => scope.#gaps.has(kind))) {
      const known = scopes.flatMap((scope) => [...scope.#entries[kind].keys()]);
      const message = `There is no ${kind} ${name} in ${scopes.map((scope) => scope.protocol).join(", ")}.`;
      this.#report(place, UNKNOWN[kind], message, suggestName(name, known));
    }
    return undefined;
  }

  /** Whether a name is defined here or in a used protocol. */
  has(kind: DefinitionKind, name: string): boolean {
    return [this as Scope, ...this.#uses].some((scope) => scope.#entries[kind].has(name));
  }

  /** The visible names of a kind. */
  names(kind: DefinitionKind): readonly string[] {
    return [this as Scope, ...this.#uses].flatMap((scope) => [...scope.#entries[kind].keys()]);
  }

  /** Whether definitions of a kind may be missing only because a document could not be read. */
  hasGap(kind: DefinitionKind): boolean {
    return [this as Scope, ...this.#uses].some((scope) => scope.#gaps.has(kind));
  }

  #takenBy(kind: DefinitionKind, name: string): Place | undefined {
    const kinds = SHARED_SPACES.find((space) => space.includes(kind)) ?? [kind];
    for (const scope of [this as Scope, ...this.#uses]) {
      for (const other of kinds) {
        const entry = scope.#entries[other].get(name);
        if (entry !== undefined) return entry.place;
      }
    }
    return undefined;
  }

  #owns(kinds: readonly DefinitionKind[], name: string): boolean {
    return kinds.some((kind) => this.#entries[kind].has(name));
  }
}
