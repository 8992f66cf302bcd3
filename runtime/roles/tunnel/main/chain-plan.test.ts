import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { ActiveNode } from "./active-node.ts";
import { ChainPlan } from "./chain-plan.ts";
import type { ChainFailures } from "./chain-plan.ts";
import type { MainSession } from "./main-session.ts";

const crypto = createNodeCrypto();
/** A plan asks nothing of the sessions of its nodes. */
const NO_SESSION = Object.create(null) as MainSession;

function nodeAt(address: string): ActiveNode {
  const common = { operator: address, relays: true, relay_for: [], tunnels_max: 1 };
  return new ActiveNode(NO_SESSION, { ...common, name: address, address });
}

const ends = [nodeAt("192.0.2.1"), nodeAt("2001:db8::1")] as const;

test("each node is told where the one before waits and who comes next, and neighbours share a ticket that nobody else has", () => {
  fc.assert(
    fc.property(
      fc.array(fc.ipV4(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 65_000 }),
      (addresses, firstPort) => {
        const relays = addresses.map(nodeAt);
        const plan = new ChainPlan({ crypto, ends, attemptsMax: 1, choose: () => relays });
        assert.ok(plan.begin());
        const path = [ends[0], ...relays, ends[1]];
        assert.deepEqual(plan.path, path);
        let [expectedFrom, ticket]: [string | null, string | null] = [null, null];
        const tickets = new Set<string>();
        for (const [at, node] of path.entries()) {
          const part = plan.next;
          assert.ok(part?.node === node);
          assert.equal(part.before, path[at - 1]);
          assert.equal(part.isLast, at === path.length - 1);
          assert.deepEqual(part.params, {
            from: expectedFrom,
            to: path[at + 1]?.address ?? null,
          });
          assert.equal(part.presentTicket, ticket);
          ticket = part.acceptTicket;
          if (ticket !== null) tickets.add(ticket);
          assert.equal(plan.hasMade(node), false);
          expectedFrom = `${node.address}:${String(firstPort + at)}`;
          plan.made(firstPort + at);
          assert.equal(plan.hasMade(node), true);
        }
        assert.equal(plan.next, undefined);
        assert.deepEqual([ticket, tickets.size], [null, path.length - 1]);
      },
    ),
  );
});

test("so many paths are tried and no more, each without the nodes that failed, and none when an end did", () => {
  const relay = nodeAt("192.0.2.2");
  const asked: ChainFailures[] = [];
  const planOf = (attemptsMax: number): ChainPlan =>
    new ChainPlan({
      crypto,
      ends,
      attemptsMax,
      choose: ({ doubtful, failed }) => {
        asked.push({ doubtful: new Set(doubtful), failed: new Set(failed) });
        return [];
      },
    });
  const plan = planOf(2);
  assert.ok(plan.begin());
  const before = plan.next?.acceptTicket;
  plan.suspect(relay, "hard");
  plan.suspect(ends[1], "soft");
  assert.ok(plan.begin());
  assert.notEqual(plan.next?.acceptTicket, before, "a ticket serves one attempt");
  assert.equal(plan.begin(), false);
  assert.deepEqual(asked, [
    { doubtful: new Set(), failed: new Set() },
    { doubtful: new Set([ends[1]]), failed: new Set([relay]) },
  ]);
  const other = planOf(2);
  other.suspect(ends[0], "hard");
  assert.equal(other.begin(), false);
});
