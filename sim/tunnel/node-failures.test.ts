import assert from "node:assert/strict";
import { test } from "node:test";
import { runCase } from "../campaign/run-case.ts";
import type { Case } from "../campaign/scenario.ts";
import type { Fault } from "../network/fault.ts";
import { MOMENTS_STAGE, caseOfMoments } from "./draw-moments.ts";
import type { TunnelMoment } from "./draw-moments.ts";
import { tunnelMoments } from "./tunnel-scenarios.ts";
import { ENDS } from "./tunnel-stage.ts";

/** Shorter than signs of life take to find the dead. */
const SHORT_MS = 2_000;
/** Longer than that. */
const LONG_MS = 40_000;
/** Longer than a round trip of these networks a hundred times. */
const LATE_US = 300_000;
const EVERY = 5;
const PACKETS_MAX = 200;

/** What happens in a run in which nothing fails. */
async function sound(): Promise<{
  readonly entered: readonly Pick<TunnelMoment, "machine" | "state">[];
  /** Hosts of the chain with its ends. */
  readonly hosts: readonly string[];
}> {
  const entered = new Map<string, Pick<TunnelMoment, "machine" | "state">>();
  const relays = new Set<string>();
  const given = caseOfMoments(tunnelMoments.name, []);
  const { violations } = await runCase(tunnelMoments, given, {
    sink: {
      write: ({ timeUs, kind, detail, host }) => {
        if (kind !== "transition" || timeUs >= given.healAtMs * 1000) return;
        const { machine, to } = detail as { readonly machine: string; readonly to: string };
        if (machine === "Liveness" || machine === "SecureChannel") return;
        entered.set(`${machine} ${to}`, { machine, state: to });
        if (machine === "NodeTube" && host.startsWith("relay ")) relays.add(host);
      },
    },
  });
  assert.deepEqual(violations, []);
  return {
    entered: [...entered.values()],
    hosts: [...ENDS, ...[...relays].slice(0, MOMENTS_STAGE.wish.relays)],
  };
}

async function assertSound(given: Case, what: string): Promise<void> {
  const { violations } = await runCase(tunnelMoments, given);
  assert.deepEqual(violations, [], what);
}

const { entered, hosts } = await sound();
const DEEDS = [
  { name: "crash", with: { forMs: SHORT_MS } },
  { name: "fail", with: { forMs: LONG_MS } },
] as const;

test("a run without failures comes to every state in which a tunnel is opened, used and ended", () => {
  assert.ok(entered.length >= 30, String(entered.length));
  assert.equal(hosts.length, ENDS.length + MOMENTS_STAGE.wish.relays);
});

for (const host of hosts) {
  test(`${host} may fail as soon as any machine has come to any state: bytes arrive once or the tunnel ends at both sides, and nothing is left`, async () => {
    for (const [turn, at] of entered.entries()) {
      // The process alone and the whole machine in turn, and the other way round for the next host.
      const deed = DEEDS[(turn + hosts.indexOf(host)) % DEEDS.length];
      if (deed === undefined) continue;
      const moment: TunnelMoment = { ...at, nth: 1, deed: { ...deed, host } };
      const given = caseOfMoments(tunnelMoments.name, [moment]);
      await assertSound(given, JSON.stringify(moment));
    }
  });
}

test("any two hosts may fail at once in the middle of opening, using and ending a tunnel", async () => {
  const states = [
    ["MainTunnel", "making"],
    ["NodeTube", "listening"],
    ["MainTunnel", "established"],
    ["FrontOpen", "carrying"],
  ] as const;
  for (const [at, one] of hosts.entries()) {
    for (const other of hosts.slice(at + 1)) {
      for (const [machine, state] of states) {
        const moments = [one, other].map((host, turn): TunnelMoment => ({
          machine,
          state,
          nth: 1,
          deed: { name: turn === 0 ? "crash" : "fail", host, with: { forMs: LONG_MS / 2 } },
        }));
        const given = caseOfMoments(tunnelMoments.name, moments);
        await assertSound(given, `${one} and ${other} at ${machine} ${state}`);
      }
    }
  }
});

test("messages of different connections may overtake each other in any way", async () => {
  for (const link of hosts) {
    for (const direction of ["up", "down"] as const) {
      for (let first = 1; first <= EVERY; first += 1) {
        const faults: Fault[] = [];
        for (let packet = first; packet <= PACKETS_MAX; packet += EVERY) {
          faults.push({ kind: "delay", link, direction, packet, byUs: LATE_US });
        }
        const given = { ...caseOfMoments(tunnelMoments.name, []), faults };
        await assertSound(given, `${link} ${direction} ${String(first)}`);
      }
    }
  }
});

test("a node's password survives any of its machine's failures while it is written, and so does what the main server keeps of it", async () => {
  const states = entered.filter(({ machine }) => /^(Node|Main)Session$/.test(machine));
  for (const host of ["main", "node ada"]) {
    for (const at of states) {
      for (const nth of [1, 2, 3]) {
        const deed = { name: "fail", host, with: { forMs: SHORT_MS } };
        // The second failure comes when the node or its main server has just come back.
        const again = { machine: "NodeSession", state: "savingNext", nth: nth + 1, deed };
        const given = caseOfMoments(tunnelMoments.name, [{ ...at, nth, deed }, again]);
        await assertSound(given, `${host} at ${at.machine} ${at.state} ${String(nth)}`);
      }
    }
  }
});
