import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { RamStore } from "./ram-store.ts";
import { SqliteStore } from "./sqlite-store.ts";
import type { Change, Key, TableStore } from "./table-store.ts";
import { NOTE_SCHEMA } from "./testing/note-schema.ts";
import type { NoteTables } from "./testing/note-schema.ts";
import { createTemporaryFolder } from "./testing/temporary-folder.ts";

const PLAIN = { noNullPrototype: true };

const count = fc
  .record(
    {
      id: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(2 ** 48 - 1)),
      value: fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
      bytes: fc.option(fc.uint8Array({ maxLength: 20 })),
    },
    PLAIN,
  )
  .chain((row) => changeOf("counts", row.id, row));

const note = fc
  .record(
    {
      name: fc.oneof(fc.constantFrom("a", "b"), fc.string({ unit: "grapheme", maxLength: 3 })),
      text: fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\0", "")),
    },
    PLAIN,
  )
  .map((row) => ({ ...row, name: row.name.replaceAll("\0", "") }))
  .chain((row) => changeOf("notes", row.name, row));

function changeOf<Name extends keyof NoteTables>(
  table: Name,
  key: Key,
  row: NoteTables[Name],
): fc.Arbitrary<Change<NoteTables>> {
  return fc
    .boolean()
    .map((isGone) => ({ table, key, row: isGone ? undefined : row }) as Change<NoteTables>);
}

const saves = fc.array(
  fc.record({ changes: fc.array(fc.oneof(count, note), { maxLength: 8 }), durable: fc.boolean() }),
  { maxLength: 8 },
);

type Model = Record<keyof NoteTables, Map<Key, unknown>>;

async function saveAll(
  store: TableStore<NoteTables>,
  plan: readonly { readonly changes: readonly Change<NoteTables>[]; readonly durable: boolean }[],
): Promise<Model> {
  const model: Model = { counts: new Map(), notes: new Map() };
  for (const { changes, durable } of plan) {
    await store.save(changes, { durable });
    for (const { table, key, row } of changes) {
      if (row === undefined) model[table].delete(key);
      else model[table].set(key, row);
    }
  }
  return model;
}

async function checkEqual(store: TableStore<NoteTables>, model: Model): Promise<void> {
  const counts = await store.load("counts");
  assert.deepEqual(new Map(counts.map((row) => [row.id, { ...row }])), model.counts);
  const notes = await store.load("notes");
  assert.deepEqual(new Map(notes.map((row) => [row.name, { ...row }])), model.notes);
}

test("A store in memory holds the last change of each row.", async () => {
  await fc.assert(
    fc.asyncProperty(saves, async (plan) => {
      const store = new RamStore<NoteTables>();
      await checkEqual(store, await saveAll(store, plan));
    }),
  );
});

test("A SQLite file holds the last change of each row, also after it was closed and opened.", async (t) => {
  const folder = createTemporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(saves, async (plan) => {
      const options = { file: join(folder, `${String(run++)}.sqlite`), schema: NOTE_SCHEMA };
      const store = await SqliteStore.open(options);
      const model = await saveAll(store, plan);
      await checkEqual(store, model);
      await store.close();
      const reopened = await SqliteStore.open(options);
      await checkEqual(reopened, model);
      await reopened.close();
    }),
    { numRuns: 40 },
  );
});

test("A save of which one row is refused saves none of them, and the store goes on.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  const store = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
  const bad = { name: "b", text: null } as unknown as NoteTables["notes"];
  const changes: Change<NoteTables>[] = [
    { table: "notes", key: "a", row: { name: "a", text: "good" } },
    { table: "notes", key: "b", row: bad },
  ];
  await assert.rejects(store.save(changes, { durable: true }), /NOT NULL/);
  assert.deepEqual(await store.load("notes"), []);
  await store.save(changes.slice(0, 1), { durable: true });
  assert.equal((await store.load("notes")).length, 1);
  await store.close();
});
