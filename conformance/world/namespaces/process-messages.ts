import type { Endpoint } from "../../../runtime/core/index.ts";
import type { RoleObservation } from "../../../sim/world/observation.ts";
import type { ProcessPlan } from "../../../sim/world/world.ts";

/** What a world tells the process that runs a program on one of its hosts; structured clones. */
export type ToProcess =
  | {
      /** The first message. */
      readonly type: "start";
      readonly plan: ProcessPlan;
      /** Which start of this host this is, from 1. */
      readonly starts: number;
      /** Where its disk is. */
      readonly folder: string;
      readonly endpoint: Endpoint;
      /** Where the processes of the world are, by host. */
      readonly endpoints: ReadonlyMap<string, Endpoint>;
    }
  | { readonly type: "command"; readonly command: unknown };

/** What that process tells the world. */
export type FromProcess =
  | { readonly type: "started" }
  /** What the role reported, as plain data. */
  | { readonly type: "event"; readonly event: unknown }
  | { readonly type: "observation"; readonly observation: RoleObservation };

/**
 * A copy that can be sent to another process: what an error says of itself is kept, but not that it is one; functions
 * are left out.
 */
export function plainData(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plainData);
  const named = value instanceof Error ? { name: value.name, message: value.message } : {};
  const members = Object.entries(value).filter(([, member]) => typeof member !== "function");
  return {
    ...named,
    ...Object.fromEntries(members.map(([name, member]) => [name, plainData(member)])),
  };
}
