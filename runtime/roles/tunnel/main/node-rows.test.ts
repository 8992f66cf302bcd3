import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeHex } from "../../../core/index.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import type { MainServerEvent, NodeRow } from "./main-events.ts";
import { NodeRows } from "./node-rows.ts";

const nodeOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const passwordsOf = (number: number): NodeRow["passwords"] => ({
  current: new Uint8Array(32).fill(number),
  previous: new Uint8Array(32).fill(number),
});

/** Rows with a store that answers when a test wants. */
class Stage {
  readonly events: MainServerEvent[] = [];
  readonly timers = new Map<string, () => void>();
  readonly rows: NodeRows;

  constructor(limits: Partial<typeof TUNNEL_LIMITS> = {}) {
    this.rows = new NodeRows({
      limits: { ...TUNNEL_LIMITS, ...limits },
      unixMs: () => 0,
      office: {
        nowMs: 0,
        arm: (timer, _afterMs, fire) => this.timers.set(timer, fire),
        cancel: (timer) => this.timers.delete(timer),
        count: () => undefined,
        report: (event) => this.events.push(event),
      },
      rows: [],
    });
  }

  get saves(): Extract<MainServerEvent, { type: "save" }>[] {
    return this.events.filter((event) => event.type === "save");
  }
}

test("a name has one owner or none at any time, and what is known of a node is what the disk has, whatever it takes", () => {
  const nodes = [0, 1, 2, 3].map(nodeOf);
  const step = fc.record({
    kind: fc.constantFrom("name", "name", "saved", "failed"),
    node: fc.constantFrom(...nodes),
    name: fc.constantFrom("ada", "bob"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const stage = new Stage();
      const { rows } = stage;
      const disk = new Map<string, NodeRow>();
      let answered = 0;
      const answer = (isOnDisk: boolean): void => {
        const next = stage.saves[answered];
        if (next === undefined) return;
        answered += 1;
        if (isOnDisk) disk.set(encodeHex(next.row.fingerprint), next.row);
        rows.saved(next.save, isOnDisk);
      };
      for (const [at, fingerprint] of nodes.entries()) {
        const node = { fingerprint, address: "192.0.2.1" };
        rows.savePasswords(node, passwordsOf(at), () => undefined);
        answer(true);
      }
      for (const { kind, name, node } of steps) {
        if (kind !== "name") answer(kind === "saved");
        else if (rows.mayHave(node, name)) rows.saveName(node, name, () => undefined);
        for (const one of ["ada", "bob"]) {
          const may = nodes.filter((each) => rows.mayHave(each, one)).length;
          assert.ok(may === 1 || may === nodes.length, `${String(may)} may be ${one}`);
        }
        for (const each of nodes) assert.equal(rows.find(each), disk.get(encodeHex(each)));
      }
    }),
  );
});

test("a row that the disk does not take is none: the place and the name are free again", () => {
  const stage = new Stage({ nodesMax: 1 });
  const done: boolean[] = [];
  const node = { fingerprint: nodeOf(1), address: "192.0.2.1" };
  stage.rows.savePasswords(node, passwordsOf(1), (isOnDisk) => done.push(isOnDisk));
  assert.equal(stage.rows.hasRoomFor("192.0.2.2"), false);
  stage.rows.saved(stage.saves[0]?.save ?? 0, false);
  assert.deepEqual(done, [false]);
  assert.equal(stage.rows.hasRoomFor("192.0.2.2"), true);
  assert.equal(stage.rows.find(node.fingerprint), undefined);
});

test("a store that answers late has still written: the row counts, although nobody waits any more", () => {
  const stage = new Stage();
  const done: boolean[] = [];
  const node = { fingerprint: nodeOf(1), address: "192.0.2.1" };
  stage.rows.savePasswords(node, passwordsOf(1), (isOnDisk) => done.push(isOnDisk));
  for (const fire of stage.timers.values()) fire();
  assert.deepEqual(done, [false]);
  stage.rows.saved(stage.saves[0]?.save ?? 0, true);
  assert.deepEqual(done, [false]);
  assert.equal(
    encodeHex(stage.rows.find(node.fingerprint)?.passwords.current ?? nodeOf(0)),
    "01".repeat(32),
  );
});
