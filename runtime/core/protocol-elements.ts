import type { MachineTransition } from "./machine.ts";

/** A state machine of a protocol, as data. */
export interface MachineElements {
  readonly machine: string;
  /** The roles that run it. */
  readonly roles: readonly string[];
  /** One row a target. */
  readonly transitions: readonly MachineTransition[];
  readonly timers: readonly string[];
}

/** A message of a protocol, as data. */
export interface MessageElement {
  readonly message: string;
  readonly tag: number;
  /** The roles that send it. */
  readonly from: readonly string[];
  /** The roles that receive it. */
  readonly to: readonly string[];
}

/** What a protocol is made of, generated from its spec: what a campaign should exercise. */
export interface ProtocolElements {
  readonly protocol: string;
  readonly machines: readonly MachineElements[];
  readonly messages: readonly MessageElement[];
}
