import type { ScenarioSpec } from "../scenario.ts";

/** What of a spec a run may exercise. */
export type ElementKind = "transition" | "timer" | "sent" | "received";

/** One thing that a run may exercise, by the name that reports and excuses use. */
export interface SpecElement {
  readonly kind: ElementKind;
  readonly protocol: string;
  /** `ServerPlace: reserved -> released on expiry`, `ServerPlace: expiry fires`, `hub sends Reserve`, `router receives Reserve`. */
  readonly name: string;
}

/** The name of a transition. */
export function transitionName(machine: string, from: string, on: string, to: string): string {
  return `${machine}: ${from} -> ${to} on ${on}`;
}

/** The name of a timer's expiry. */
export function timerName(machine: string, timer: string): string {
  return `${machine}: ${timer} fires`;
}

/** The name of a message that a role sends or receives. */
export function messageName(role: string, kind: "sent" | "received", message: string): string {
  return `${role} ${kind === "sent" ? "sends" : "receives"} ${message}`;
}

/**
 * All that a spec has to be exercised, each once, in the order of protocols and their documents: the transitions, the
 * timers, and each message by each role that sends or receives it and that a program of the scenario plays.
 */
export function specElements({ protocols, rolesOf }: ScenarioSpec): readonly SpecElement[] {
  const roles = new Set(Object.values(rolesOf).flat());
  const elements = new Map<string, SpecElement>();
  for (const { protocol, machines, messages } of protocols) {
    const add = (kind: ElementKind, name: string): void => {
      if (!elements.has(name)) elements.set(name, { kind, protocol, name });
    };
    for (const { machine, transitions, timers } of machines) {
      for (const { from, on, to } of transitions) {
        add("transition", transitionName(machine, from, on, to));
      }
      for (const timer of timers) add("timer", timerName(machine, timer));
    }
    for (const { message, from, to } of messages) {
      const isPlayed = (role: string): boolean => roles.has(role);
      for (const role of from.filter(isPlayed)) add("sent", messageName(role, "sent", message));
      for (const role of to.filter(isPlayed)) {
        add("received", messageName(role, "received", message));
      }
    }
  }
  return [...elements.values()];
}
