import { SqliteStore } from "../sqlite-store.ts";
import { WriteBehind } from "../write-behind.ts";
import { NOTE_SCHEMA } from "./note-schema.ts";

/*
 * A process to be killed (crash.test.ts). It counts up, writes every count to all rows of a flush, and
 * says on standard output which count is on disk: `flush 12`, `urgent 13`.
 */
const [file = ""] = process.argv.slice(2);
const store = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
const behind = new WriteBehind({
  store,
  onError: (error) => {
    throw error;
  },
});
const bytes = new Uint8Array(200).fill(1);

for (let value = 1; ; value++) {
  // Rows 0–49 are one batch, and so one transaction.
  behind.add(
    Array.from({ length: 50 }, (_, id) => {
      return { table: "counts" as const, key: id, row: { id, value, bytes } };
    }),
  );
  const urgent = { id: 1000, value, bytes };
  await behind.saveNow({ table: "counts", key: urgent.id, row: urgent });
  process.stdout.write(`urgent ${String(value)}\n`);
  await behind.flush();
  process.stdout.write(`flush ${String(value)}\n`);
}
