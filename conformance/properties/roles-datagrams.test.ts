import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ENROL_CHALLENGE_TAG,
  ENROL_GRANT_TAG,
} from "../../generated/control/messages/enrolment.ts";
import { CapturedDatagrams, tagOf } from "../world/captured-datagrams.ts";
import { ControlNetwork } from "../world/control-network.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import type { PartyHost } from "../world/party.ts";
import { anyFrameArbitrary, mutated } from "./roles-frames.ts";

/** A party and who it takes a datagram from. */
interface Victim {
  readonly role: { readonly counts: ReadonlyMap<string, number> };
  readonly host: PartyHost;
  readonly from: PartyHost;
}

function countedBy({ role }: Victim): number {
  return [...role.counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Answers to an enrolment that is not under way are no fault: a late copy looks the same. */
const UNCOUNTED = [ENROL_CHALLENGE_TAG, ENROL_GRANT_TAG];

function victimsOf(world: ControlNetwork): Readonly<Record<string, Victim>> {
  const { client, hub, router } = world;
  const server = world.servers[0] ?? assert.fail();
  return {
    hub: { role: hub.role, host: hub.host, from: router.host },
    router: { role: router.role, host: router.host, from: hub.host },
    server: { role: server.role, host: server.host, from: hub.host },
    client: { role: client.role, host: client.host, from: hub.host },
  };
}

test("no datagram makes a role throw, every bad one is counted, and all goes on", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  world.network.run(60_000);
  assert.ok(world.works());
  const genuine = captured.all.map(({ bytes }) => bytes);
  const datagram = fc.oneof(
    anyFrameArbitrary,
    fc.constantFrom(...genuine),
    mutated(fc.constantFrom(...genuine)),
  );
  for (const [name, victim] of Object.entries(victimsOf(world))) {
    fc.assert(
      fc.property(datagram, (bytes) => {
        const before = countedBy(victim);
        victim.host.receive(victim.from.endpoint, bytes);
        const isCounted = countedBy(victim) > before;
        assert.ok(isCounted || UNCOUNTED.includes(tagOf({ bytes })), name);
      }),
      { numRuns: 400 },
    );
  }
  world.network.run(60_000);
  assert.ok(world.works());
});

test("a hub holds and sends nothing more for strangers, whatever they send", () => {
  const world = ControlNetwork.settled();
  const captured = new CapturedDatagrams(world.network);
  const stranger = world.network.host("198.51.100.66", 6);
  fc.assert(
    fc.property(anyFrameArbitrary, (bytes) => {
      const before = captured.all.length;
      stranger.sendDatagram(HUB_ENDPOINT, bytes);
      world.network.run(3);
      const answers = captured.all.slice(before).filter(({ to }) => to.port === 6);
      assert.ok(answers.length <= 1);
      for (const answer of answers) {
        assert.equal(tagOf(answer), ENROL_CHALLENGE_TAG);
        assert.ok(answer.bytes.length <= bytes.length);
      }
    }),
    { numRuns: 400 },
  );
  assert.equal(world.hub.role.takeChanges().filter(({ table }) => table === "routers").length, 1);
});
