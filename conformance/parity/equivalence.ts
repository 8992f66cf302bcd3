import { DATAGRAM_SCOPE } from "../../runtime/roles/kernel/observation.ts";
import type { Observation } from "../../sim/world/observation.ts";

/**
 * When two worlds did the same in the words of the spec (docs/decisions/0090-parity-of-worlds.md):
 *
 * - what each instance of a machine, and each channel, did is equal and in the same order;
 * - instances are told apart by what they are, not by their numbers, and may run side by side in any order;
 * - what an idle network does again and again (reports, acknowledgements, probes, and the records that wrap what is
 *   compared by itself) counts only as far as it happened at all;
 * - of datagrams, which a host takes from everybody through one socket, it counts which were sent and received: their
 *   order is that of the machines that they belong to.
 */
export interface SpecTrace {
  /** By host and what the instance is: the sequences of its instances, sorted. */
  readonly instances: ReadonlyMap<string, readonly string[]>;
  /** Host, direction and name of each datagram that passed at all. */
  readonly datagrams: ReadonlySet<string>;
}

/** Messages that say nothing new: probes, and records, whose content is compared by itself. */
const CARRIERS: ReadonlySet<string> = new Set(["Ping", "Pong", "SealedRecord"]);

/** Messages of an idle network. */
const REPORTS: ReadonlySet<string> = new Set(["Telemetry", "TelemetryAck", "LoadReport"]);

/** Transitions of an idle or waiting network that lead back to where they start, by machine and event. */
const ROUNDS: ReadonlySet<string> = new Set([
  "Enrolment period",
  "Enrolment reportNow",
  "Enrolment TelemetryAck",
  // The invitation is pushed again with each report that comes before the router does.
  "HubBrokerage telemetry",
  "HubBrokerage push",
  // What the hub offers until the router reports under the new key.
  "Enrolment KeyOffer",
  "SecureChannel SealedRecord",
]);

/** Whether an idle network does this, too. */
export function isPeriodic(observation: Observation): boolean {
  if (observation.kind !== "transition") {
    return CARRIERS.has(observation.message) || REPORTS.has(observation.message);
  }
  const { machine, from, on, to } = observation;
  if (machine === "Liveness") return to !== "over";
  return from === to && ROUNDS.has(`${machine} ${on}`);
}

/** What of the observations of a world is compared. */
export function specTrace(observations: readonly Observation[]): SpecTrace {
  const instances = new Map<string, Instance[]>();
  const datagrams = new Set<string>();
  const current = new Map<string, Instance>();
  for (const observation of observations) {
    const { host, scope } = observation;
    if (scope === DATAGRAM_SCOPE && observation.kind !== "transition") {
      datagrams.add(`${host} ${observation.kind} ${observation.message}`);
      continue;
    }
    const place = `${host} ${scope}`;
    let instance = current.get(place);
    if (instance === undefined || startsAnother(instance, observation)) {
      instance = { items: [], states: new Map() };
      current.set(place, instance);
      const kind = `${host} ${kindOf(scope)}`;
      instances.set(kind, [...(instances.get(kind) ?? []), instance]);
    }
    if (observation.kind === "transition") {
      instance.states.set(observation.machine, observation.to);
    }
    if (!isPeriodic(observation)) instance.items.push(textOf(observation));
  }
  const sequences = [...instances].map(
    ([kind, all]) => [kind, all.map(({ items }) => items.join("; ")).sort()] as const,
  );
  return { instances: new Map(sequences), datagrams };
}

/** In what two worlds differ, one line each; nothing if they did the same. */
export function differences(one: SpecTrace, other: SpecTrace): readonly string[] {
  const kinds = new Set([...one.instances.keys(), ...other.instances.keys()]);
  const ofInstances = [...kinds].flatMap((kind) => {
    const [left, right] = [one.instances.get(kind) ?? [], other.instances.get(kind) ?? []];
    return [
      ...without(left, right).map((sequence) => `${kind}: only the first: ${sequence}`),
      ...without(right, left).map((sequence) => `${kind}: only the second: ${sequence}`),
    ];
  });
  const ofDatagrams = [
    ...without([...one.datagrams], [...other.datagrams]).map((what) => `only the first: ${what}`),
    ...without([...other.datagrams], [...one.datagrams]).map((what) => `only the second: ${what}`),
  ];
  return [...ofInstances, ...ofDatagrams];
}

/**
 * What of a world's trace another lacks that loses packets: there each message must pass at least once and lead to the same
 * state, perhaps after attempts that failed and with repetitions. In which state it came, and what timers and lost
 * connections did meanwhile, follows from what was late: an end that was lost is sent again after what came behind it.
 */
export function missing(reference: SpecTrace, lossy: SpecTrace): readonly string[] {
  const happened = itemsOf(lossy);
  return [...itemsOf(reference)].filter((item) => !happened.has(item));
}

/** What a message did, without the state that it came in; nothing of what another event did. */
function whereverItCame(item: string): readonly string[] {
  const [, machine, event = "", to] = /^(\S+) \S+ on (\S+) to (\S+)$/.exec(item) ?? [];
  if (machine === undefined) return [item];
  return /^[A-Z]/.test(event) ? [`${machine} on ${event} to ${to ?? ""}`] : [];
}

/** Every message that passed in a trace and what it led to, with where. */
function itemsOf({ instances, datagrams }: SpecTrace): ReadonlySet<string> {
  const items = [...instances].flatMap(([kind, sequences]) =>
    sequences.flatMap((sequence) =>
      sequence
        .split("; ")
        .flatMap(whereverItCame)
        .map((item) => `${kind}: ${item}`),
    ),
  );
  return new Set([...items, ...datagrams]);
}

/** One instance of a machine or channel. */
interface Instance {
  readonly items: string[];
  /** The last state of each machine in it. */
  readonly states: Map<string, string>;
}

/** Numbers of instances begin anew when a process starts again; then a machine is not where it was. */
function startsAnother({ states }: Instance, observation: Observation): boolean {
  if (observation.kind !== "transition") return false;
  const state = states.get(observation.machine);
  return state !== undefined && state !== observation.from;
}

/** What an instance is, without the number that tells it from others of its kind. */
function kindOf(scope: string): string {
  return scope.replace(/^(channel|visit|session|brokerage|place)\/[\d,]+/, "$1");
}

function textOf(observation: Observation): string {
  if (observation.kind !== "transition") return `${observation.kind} ${observation.message}`;
  const { machine, from, on, to } = observation;
  return `${machine} ${from} on ${on} to ${to}`;
}

/** What is in one list more often than in the other. */
function without(list: readonly string[], other: readonly string[]): readonly string[] {
  const left = [...other];
  return list.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
