import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ControlNetwork } from "../world/control-network.ts";
import type { Delivery } from "../world/memory-network.ts";

/** Keys rotate and routers report so much faster than in life that a run of seconds meets everything. */
const ROTATION_MS = 3000;
const PERIOD_MS = 500;

/** What happens at some moment. */
interface Fault {
  readonly afterMs: number;
  readonly kind:
    | "lose"
    | "double"
    | "delay"
    | "crashRouter"
    | "crashHub"
    | "crashHubUnflushed"
    | "flushHub"
    | "routerCannotSave"
    | "hubCannotSave";
}

const KINDS = [
  "lose",
  "lose",
  "lose",
  "double",
  "delay",
  "crashRouter",
  "crashHub",
  "crashHubUnflushed",
  "flushHub",
  "routerCannotSave",
  "hubCannotSave",
] as const;

const faultArbitrary: fc.Arbitrary<Fault> = fc.record({
  afterMs: fc.nat(900),
  kind: fc.constantFrom(...KINDS),
});

/** Carries a fault out; those of datagrams wait for the next one. */
function inflict(world: ControlNetwork, kind: Fault["kind"]): void {
  const { hub, network, router } = world;
  const once = (change: (delivery: Delivery) => readonly Delivery[]): void => {
    network.interference.datagram = (passing) => {
      network.interference = {};
      return change(passing);
    };
  };
  switch (kind) {
    case "lose":
      once(() => []);
      return;
    case "double":
      once((one) => [one, { ...one, laterMs: 2 }, { ...one, laterMs: 700 }]);
      return;
    case "delay":
      once((one) => [{ ...one, laterMs: 1200 }]);
      return;
    case "crashRouter":
      router.start();
      return;
    case "crashHub":
      hub.flush();
      hub.start();
      return;
    case "crashHubUnflushed":
      hub.start();
      return;
    case "flushHub":
      hub.flush();
      return;
    case "routerCannotSave":
      router.saves = !router.saves;
      return;
    case "hubCannotSave":
      hub.saves = !hub.saves;
      return;
  }
}

test("whatever is lost, doubled, delayed or crashes during rotations, the router is never locked out", () => {
  fc.assert(
    fc.property(fc.array(faultArbitrary, { minLength: 5, maxLength: 40 }), (faults) => {
      const world = ControlNetwork.settled({
        limits: { keyRotationMs: ROTATION_MS },
        router: { periodMs: PERIOD_MS },
      });
      world.hub.flush();
      for (const { afterMs, kind } of faults) {
        world.network.run(afterMs);
        inflict(world, kind);
      }
      world.network.interference = {};
      world.router.saves = true;
      world.hub.saves = true;
      world.network.run(65_000);
      assert.ok(world.works(), "it can be reached");
      const challenged = world.hub.count("challenged");
      const keys = new Set<number | undefined>();
      for (let round = 0; round < 4; round += 1) {
        keys.add(world.router.state.key?.keyId);
        world.network.run(ROTATION_MS + 3 * PERIOD_MS);
      }
      assert.equal(keys.size, 4, "its keys go on to rotate");
      assert.equal(world.hub.count("challenged"), challenged, "without enrolling anew");
    }),
    { numRuns: 60 },
  );
});
