import type { Crypto, Endpoint, Role } from "../../runtime/core/index.ts";
import type { Observation, RoleObservation } from "./observation.ts";

/** Where a scenario runs: in virtual time, on this machine's loopback sockets, or in network namespaces. */
export type WorldKind = "simulated" | "sockets" | "namespaces";

/** Files of a host. What was written and not synced may be lost when the machine fails. */
export interface ProgramDisk {
  /** The bytes of a file; undefined if there is none. */
  read(file: string): Uint8Array | undefined;
  write(file: string, bytes: Uint8Array): void;
  remove(file: string): void;
  /** From here on all that was written stays. */
  sync(): void;
}

/** What a program is given when it starts: all that a role must not take from its machine by itself. */
export interface ProgramStart {
  /** Which start of this process this is, from 1. */
  readonly starts: number;
  readonly disk: ProgramDisk;
  readonly crypto: Crypto;
  /** Monotonic milliseconds of this host. */
  readonly nowMs: () => number;
  /** Wall clock of this host, milliseconds since 1970. */
  readonly unixMs: () => number;
  /** Where the others reach this process if nothing translates addresses in between; a port that is not known yet is 0. */
  readonly endpoint: Endpoint;
  /** Where any process of the world is reached. @throws {RangeError} if there is no such host. */
  readonly endpointOf: (host: string) => Endpoint;
  readonly observe: (observation: RoleObservation) => void;
}

/** The process around a role: what answers its events. */
export interface ProgramProcess<Command> {
  readonly disk: ProgramDisk;
  /** Gives the role a command, after what it handles now. */
  command(command: Command): void;
  /** Does something later, unless the process has ended by then: what takes time on a machine, as a sync of its disk. */
  after(delayMs: number, work: () => void): void;
}

/**
 * A role with its stores and handlers, as they run on a host of any world. Between two starts it keeps nothing but
 * on its disk; what it holds in memory is made anew by `createRole`.
 */
export interface Program<Command, Event> {
  /** Makes the role, for each start anew, from what is on the disk. */
  createRole(start: ProgramStart): Role<Command, Event>;
  /** Called after each start, when the role exists. */
  onStart?(process: ProgramProcess<Command>): void;
  /** Takes what the role reports. */
  onEvent?(event: Event, process: ProgramProcess<Command>): void;
}

/** Makes a program from options that are plain data (JSON values and Uint8Arrays), so that another process can. */
export type ProgramFactory = (options: never) => Program<never, unknown>;

/** A process of a scenario as plain data. */
export interface ProcessPlan {
  /** The host of the topology; one process each. */
  readonly host: string;
  /** Which program, by its name among the world's. */
  readonly program: string;
  readonly options: unknown;
  /** UDP and TCP port; none if absent, 0 for any free one. Worlds on sockets may give another, `endpointOf` tells. */
  readonly udpPort?: number;
  readonly tcpPort?: number;
}

/** A process that a scenario started. */
export interface WorldProcess {
  readonly host: string;
  readonly endpoint: Endpoint;
  /** What its role reported since the first start, in order. */
  readonly events: readonly unknown[];
  /** Nothing happens while it is down. */
  command(command: unknown): void;
  /** Ends it without a word. */
  crash(): Promise<void>;
  /** Starts it again on its disk. Nothing if it runs. */
  start(): Promise<void>;
}

/** What a scenario runs in. It is written once and runs in every kind of world. */
export interface World {
  readonly kind: WorldKind;
  /** Milliseconds since the world was made. */
  readonly nowMs: number;
  /** Starts a process. */
  add(plan: ProcessPlan): Promise<WorldProcess>;
  /** Hears what all processes observe, in the order in which the world learns of it. */
  onObservation(listener: (observation: Observation) => void): void;
  /** Lets time pass until the condition holds; false if it does not within the time. */
  until(condition: () => boolean, withinMs: number): Promise<boolean>;
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>;
  /** Ends all processes and takes everything down that the world made. */
  close(): Promise<void>;
}
