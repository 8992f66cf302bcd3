import assert from "node:assert/strict";
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { test } from "node:test";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { Simulation } from "../../engine/index.ts";
import { SimNetwork } from "../../network/sim-network.ts";
import { pair } from "../../network/testing/topologies.ts";
import type { NodeModules } from "../index.ts";
import { NodeHost } from "../index.ts";

/** What a test body runs against: Node's modules, or what stands in for them. */
export interface ParityStage {
  readonly modules: NodeModules;
  /** Writes down what happened. What a body writes down must be the same on both. */
  readonly note: (...what: unknown[]) => void;
  /** A listener that writes down an event, and its parameters if they are plain. */
  readonly noting: (name: string) => (...parameters: unknown[]) => void;
  /** Calls, and writes down what it gives or throws. */
  readonly attempt: (name: string, call: () => unknown) => void;
  /** Has a port, which is another on each, be written down by a name. */
  readonly namePort: (port: number, name: string) => void;
}

type Body = (stage: ParityStage) => Promise<void>;

const REAL: NodeModules = { dgram, net, timers, timersPromises, dns };
/** Virtual time that a body may take in the simulator. */
const SIMULATED_US_MAX = 3_600_000_000;

/** Two tests of one body: what it writes down on the machine's own sockets and in the simulator is the same. */
export function parity(title: string, body: Body): void {
  test(title, async () => {
    const real = new Notes(REAL);
    await body(real);
    const simulated = await runSimulated(body);
    assert.equal(simulated.lines.join("\n"), real.lines.join("\n"));
    assert.ok(real.lines.length > 0, "the body writes something down");
  });
}

async function runSimulated(body: Body): Promise<Notes> {
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: pair() });
  const host = new NodeHost({ network, name: "a" });
  const notes = new Notes(host.modules);
  let isDone = false;
  host.run(async () => {
    await body(notes);
    isDone = true;
  });
  await simulation.runDraining({ forUs: SIMULATED_US_MAX, stopWhen: () => isDone });
  assert.ok(isDone, `the body came to its end in the simulator, after ${notes.lines.join("\n")}`);
  return notes;
}

class Notes implements ParityStage {
  readonly modules: NodeModules;
  readonly lines: string[] = [];
  readonly #ports = new Map<number, string>();

  constructor(modules: NodeModules) {
    this.modules = modules;
  }

  readonly note = (...what: unknown[]): void => {
    this.lines.push(what.map((one) => this.#text(one)).join(" "));
  };

  readonly noting =
    (name: string): ((...parameters: unknown[]) => void) =>
    (...parameters) => {
      this.note(name, ...parameters);
    };

  readonly attempt = (name: string, call: () => unknown): void => {
    try {
      this.note(name, "gives", call());
    } catch (error) {
      this.note(name, "throws", error);
    }
  };

  readonly namePort = (port: number, name: string): void => {
    this.#ports.set(port, name);
  };

  #text(value: unknown): string {
    if (value instanceof Error) return this.#errorText(value);
    if (Buffer.isBuffer(value)) return `bytes ${value.toString("hex")}`;
    if (typeof value === "number") return this.#ports.get(value) ?? String(value);
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return `[${value.map((one) => this.#text(one)).join(", ")}]`;
    if (typeof value !== "object" || value === null) return String(value);
    const { name = "" } = value.constructor as { readonly name?: string };
    if (name !== "Object" && name !== "") return `a ${name}`;
    const fields = Object.entries(value).map(([field, one]) => `${field}: ${this.#text(one)}`);
    return `{${fields.join(", ")}}`;
  }

  #errorText(error: Error): string {
    const { name, message } = error;
    const fields = Object.entries(error).toSorted(([a], [b]) => (a < b ? -1 : 1));
    let text = message;
    for (const [port, known] of this.#ports)
      text = text.replaceAll(`:${String(port)}`, `:${known}`);
    return `${name}: ${text} ${this.#text(Object.fromEntries(fields))}`;
  }
}
