import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { RamStore } from "./ram-store.ts";
import type { Change, SaveOptions } from "./table-store.ts";
import type { NoteTables } from "./testing/note-schema.ts";
import { WriteBehind } from "./write-behind.ts";

/** A store that can be told to fail, takes its time, and notes how it was used. */
class TroubledStore extends RamStore<NoteTables> {
  /** Of each save to come, whether it fails; those after the last succeed. */
  failing: boolean[] = [];
  saves: { readonly keys: readonly unknown[]; readonly durable: boolean }[] = [];
  #isSaving = false;

  override async save(
    changes: readonly Change<NoteTables>[],
    options?: SaveOptions,
  ): Promise<void> {
    assert.equal(this.#isSaving, false, "saves do not overlap");
    this.#isSaving = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.#isSaving = false;
    if (this.failing.shift() === true) throw new Error("no space");
    this.saves.push({
      keys: changes.map(({ key }) => key),
      durable: options?.durable ?? false,
    });
    await super.save(changes);
  }

  async values(): Promise<Map<number, number>> {
    return new Map((await this.load("counts")).map(({ id, value }) => [id, value]));
  }
}

function count(id: number, value: number | undefined): Change<NoteTables> {
  const row = value === undefined ? undefined : { id, value, bytes: null };
  return { table: "counts", key: id, row };
}

function ignore(): void {
  // Failures that a test provokes itself.
}

test("Rows are saved by rising key, in batches, the last change of each only.", async () => {
  const store = new TroubledStore();
  const behind = new WriteBehind({ store, batchRowsMax: 3, onError: ignore });
  behind.add([5, 3, 10, 1, 9, 3].map((id, value) => count(id, value)));
  behind.add([{ table: "notes", key: "b", row: { name: "b", text: "" } }]);
  assert.equal(behind.waiting, 6);
  await behind.flush();
  assert.deepEqual(
    store.saves.map(({ keys }) => keys),
    [[1, 3, 5], [9, 10], ["b"]],
  );
  assert.equal((await store.values()).get(3), 5);
  assert.equal(behind.waiting, 0);
});

test("What collect gives is saved with each flush.", async () => {
  const store = new TroubledStore();
  let value = 0;
  const collect = (): Change<NoteTables>[] => [count(1, ++value)];
  const behind = new WriteBehind({ store, collect, onError: ignore });
  await behind.flush();
  await behind.close();
  assert.equal((await store.values()).get(1), 2);
});

test("Urgent changes of one turn are saved together, at once and durably.", async () => {
  const store = new TroubledStore();
  const behind = new WriteBehind({ store, onError: ignore });
  behind.add([count(3, 0), count(7, 0)]);
  await Promise.all([3, 2, 1].map((id) => behind.saveNow(count(id, 1))));
  assert.deepEqual(store.saves, [{ keys: [1, 2, 3], durable: true }]);
  await behind.flush();
  assert.deepEqual(store.saves[1], { keys: [7], durable: false });
  assert.equal((await store.values()).get(3), 1, "an older change does not overtake");
});

test("An urgent change is tried again until it is on disk.", async () => {
  const store = new TroubledStore();
  store.failing = [true, true, true];
  const errors: unknown[] = [];
  const behind = new WriteBehind({ store, retryMs: 5, onError: (error) => errors.push(error) });
  await behind.saveNow(count(1, 1));
  assert.equal(errors.length, 3);
  assert.equal((await store.values()).get(1), 1);
  await behind.close();
});

test("A flush that fails keeps its rows for the next, and says so.", async () => {
  const store = new TroubledStore();
  store.failing = [true];
  const behind = new WriteBehind({ store, batchRowsMax: 2, onError: ignore });
  behind.add([1, 2, 3].map((id) => count(id, id)));
  await assert.rejects(behind.flush(), /no space/);
  assert.equal(behind.waiting, 3);
  await behind.flush();
  assert.equal((await store.values()).size, 3);
});

test("Closing saves what is left, and rejects if that fails.", async () => {
  const store = new TroubledStore();
  const behind = new WriteBehind({ store, periodMs: 3_600_000, onError: ignore });
  behind.start();
  behind.add([count(1, 1)]);
  store.failing = [true];
  await assert.rejects(behind.close(), /no space/);
  assert.equal(behind.waiting, 1);
  await behind.close();
  assert.equal((await store.values()).size, 1);
});

test("Rows are saved by the period alone.", async () => {
  const store = new TroubledStore();
  const behind = new WriteBehind({ store, periodMs: 10, onError: ignore });
  behind.start();
  behind.add([count(1, 1)]);
  while (store.saves.length === 0) await delay(5);
  await behind.close();
});

type Action =
  | { readonly type: "add"; readonly ids: readonly number[]; readonly isGone: boolean }
  | { readonly type: "saveNow"; readonly ids: readonly number[]; readonly isGone: boolean }
  | { readonly type: "flush" }
  | { readonly type: "breathe"; readonly turns: number };

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1 });

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant("add" as const), ids, isGone: fc.boolean() }),
  fc.record({ type: fc.constant("saveNow" as const), ids, isGone: fc.boolean() }),
  fc.record({ type: fc.constant("flush" as const) }),
  fc.record({ type: fc.constant("breathe" as const), turns: fc.integer({ min: 1, max: 3 }) }),
);

test("Whatever fails meanwhile, no row ever goes back, what was confirmed is there, and the end is the last of each.", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 30 }),
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (actions, failing) => {
        const store = new WatchedStore();
        store.failing = [...failing];
        const behind = new WriteBehind({ store, retryMs: 1, batchRowsMax: 2, onError: ignore });
        const model = new Map<number, { readonly version: number; readonly isGone: boolean }>();
        const confirmations: Promise<void>[] = [];
        let version = 0;
        const write = (
          id: number,
          { type, isGone }: Extract<Action, { isGone: boolean }>,
        ): void => {
          const written = { version: ++version, isGone };
          model.set(id, written);
          const change = store.changeOf(id, written);
          if (type === "add") {
            behind.add([change]);
            return;
          }
          const confirmed = behind.saveNow(change).then(() => {
            const stored = store.versions.get(id) ?? 0;
            assert.ok(stored >= written.version, "confirmed too early");
          });
          confirmations.push(confirmed);
        };
        for (const step of actions) {
          if (step.type === "breathe") await breathe(step.turns);
          else if (step.type === "flush") confirmations.push(behind.flush().catch(ignore));
          else for (const id of step.ids) write(id, step);
        }
        store.failing = [];
        await behind.close();
        await Promise.all(confirmations);
        assert.equal(behind.waiting, 0);
        for (const [id, { version: last, isGone }] of model) {
          assert.equal(store.versions.get(id), last);
          assert.equal((await store.values()).get(id), isGone ? undefined : last);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

async function breathe(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Checks that versions of a row only rise. */
class WatchedStore extends TroubledStore {
  readonly versions = new Map<number, number>();
  readonly #versionOf = new WeakMap<Change<NoteTables>, number>();

  changeOf(
    id: number,
    { version, isGone }: { readonly version: number; readonly isGone: boolean },
  ): Change<NoteTables> {
    const change = count(id, isGone ? undefined : version);
    this.#versionOf.set(change, version);
    return change;
  }

  override async save(
    changes: readonly Change<NoteTables>[],
    options?: SaveOptions,
  ): Promise<void> {
    await super.save(changes, options);
    for (const change of changes) {
      const version = this.#versionOf.get(change) ?? 0;
      const id = Number(change.key);
      assert.ok(version > (this.versions.get(id) ?? 0), "a row went back to an older change");
      this.versions.set(id, version);
    }
  }
}
