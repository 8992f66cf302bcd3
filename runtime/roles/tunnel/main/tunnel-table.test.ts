import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TunnelTable } from "./tunnel-table.ts";
import type { Tabled, TunnelEntry } from "./tunnel-table.ts";

const BOUNDS = { tunnelsMax: 50, perNodeMax: 4, askingMax: 3, perAskerMax: 2 };
const NODES = ["a", "b", "c", "d"];

type Tunnel = Tabled<string>;
type Entry = TunnelEntry<string, Tunnel, object>;

/** What may happen to a table. */
const step = fc.record({
  kind: fc.constantFrom("add", "add", "add", "decide", "hear", "relay", "remove"),
  at: fc.nat({ max: 99 }),
  from: fc.constantFrom(...NODES),
  to: fc.constantFrom(...NODES),
});

test("what the table says of a node is what all its tunnels together say, whatever happens to them", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new TunnelTable<string, Tunnel, object>(BOUNDS);
      const all = new Set<Entry>();
      const unheard: Entry[] = [];
      for (const [number, { kind, at, from, to }] of steps.entries()) {
        const one = [...all][at % Math.max(1, all.size)];
        if (kind === "add") {
          if (from === to || !table.hasRoom(from)) continue;
          const id = String(number);
          all.add(table.add({ request: { id, localId: id, from, to } }, {}));
          for (let next = table.nextTurn(to); next !== undefined; next = table.nextTurn(to)) {
            assert.equal(next.stage, "asking");
            unheard.push(next);
          }
          assertBounded(unheard);
        } else if (kind === "hear") {
          const [heard] = unheard.splice(at % Math.max(1, unheard.length), 1);
          if (heard !== undefined) table.heard(heard.tunnel.request);
        } else if (one !== undefined) {
          if (kind === "decide" && one.stage === "asking") table.decided(one);
          if (kind === "relay") table.setRelays(one, NODES.slice(at % NODES.length));
          if (kind === "remove" && all.delete(one)) table.remove(one);
        }
        assertSame(table, all);
      }
      for (const one of all) table.remove(one);
      for (const { tunnel } of unheard) table.heard(tunnel.request);
      assertSame(table, new Set());
    }),
  );
});

/** A question that nobody waits for any more is one all the same, until its call is over. */
function assertBounded(unheard: readonly Entry[]): void {
  for (const node of NODES) {
    const asked = unheard.filter(({ tunnel }) => tunnel.request.to === node);
    assert.ok(asked.length <= BOUNDS.askingMax);
    for (const asker of NODES) {
      const own = asked.filter(({ tunnel }) => tunnel.request.from === asker);
      assert.ok(own.length <= BOUNDS.perAskerMax);
    }
  }
}

function assertSame(table: TunnelTable<string, Tunnel, object>, all: ReadonlySet<Entry>): void {
  const entries = [...all];
  assert.equal(table.size, entries.length);
  for (const node of NODES) {
    const isFrom = ({ tunnel }: Entry): boolean => tunnel.request.from === node;
    const isTo = ({ tunnel }: Entry): boolean => tunnel.request.to === node;
    const known = entries.filter((one) => isFrom(one) || (isTo(one) && one.stage !== "waiting"));
    const counted = entries.filter((one) => isFrom(one) || (isTo(one) && one.stage === "decided"));
    const touching = entries.filter((one) => isFrom(one) || isTo(one) || one.relays.includes(node));
    const ends = [...table.endsOf(node, 0)];
    assert.deepEqual(new Set(ends.map(([, one]) => one)), new Set(known));
    assert.ok(ends.every(([number], at) => at === 0 || number > (ends[at - 1]?.[0] ?? 0)));
    const [first] = ends;
    if (first !== undefined)
      assert.equal([...table.endsOf(node, first[0])].length, ends.length - 1);
    assert.equal(table.hasRoom(node), counted.length < BOUNDS.perNodeMax);
    assert.deepEqual(table.touching(node), new Set(touching));
    for (const one of entries.filter(isFrom)) {
      const { id, localId } = one.tunnel.request;
      assert.equal(table.requested(node, localId), one);
      assert.equal(table.find(id), one);
    }
  }
}
