import type { Crypto, Endpoint, Role } from "../../runtime/core/index.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { RoleObservation } from "../../runtime/roles/kernel/observation.ts";

/** Wall-clock time when the virtual time is 0. */
const START_UNIX_MS = 1_700_000_000_000;

/** What a party needs of the host that it runs on. */
export interface PartyHost {
  readonly endpoint: Endpoint;
  /** Streams that are open or being opened. */
  readonly streams: number;
  /** Names of the timers that run. */
  readonly timers: readonly string[];
  run<Command, Event>(role: Role<Command, Event>, onEvent: (event: Event) => void): void;
  command(command: unknown): void;
  /** Sends bytes as if from this host. */
  sendDatagram(to: Endpoint, bytes: Uint8Array): void;
  /** Gets bytes as if from there. */
  receive(from: Endpoint, bytes: Uint8Array): void;
}

/** What a party needs of its network: memory, or the simulator. */
export interface PartyNetwork {
  readonly nowMs: number;
  /** Attaches a host. */
  host(address: string, port: number): PartyHost;
  /** Takes a host off without a word. */
  remove(host: PartyHost): void;
  /** Lets time pass until the condition holds; false if it does not within the time. */
  runUntil(condition: () => boolean, withinMs: number): boolean;
}

/** What all parties of a test stand in. */
export interface PartyWorld {
  readonly network: PartyNetwork;
  readonly crypto: Crypto;
  readonly limits: ControlLimits;
  readonly observe: (observation: RoleObservation) => void;
}

/** What every role is made with. */
export function environmentOf(world: PartyWorld): {
  readonly crypto: Crypto;
  readonly limits: ControlLimits;
  readonly unixMs: () => number;
  readonly observe: (observation: RoleObservation) => void;
} {
  const { crypto, limits, network, observe } = world;
  return { crypto, limits, observe, unixMs: () => START_UNIX_MS + network.nowMs };
}
