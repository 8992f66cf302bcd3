import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { OperatorError } from "../core/operator-error.ts";
import { HUB_SCHEMA } from "./hub-schema.ts";
import { sqliteFault } from "./sqlite-fault.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { NOTE_SCHEMA } from "./testing/note-schema.ts";
import type { NoteTables } from "./testing/note-schema.ts";
import { createTemporaryFolder } from "./testing/temporary-folder.ts";

async function createFile(file: string, rows = 1): Promise<void> {
  const store = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
  const changes = Array.from({ length: rows }, (_, id) => {
    const row = { id, value: 7, bytes: new Uint8Array(100).fill(id) };
    return { table: "counts" as const, key: id, row };
  });
  await store.save(changes, { durable: true });
  await store.close();
}

function blames(file: string, problem: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof OperatorError, String(error));
    assert.equal(error.place, file);
    assert.match(error.message, problem);
    assert.ok(error.remedy.length > 10);
    return true;
  };
}

test("The file, its log and its folder are their owner's alone, whatever the mask and the mode before.", async (t) => {
  const folder = join(createTemporaryFolder(t), "made", "here");
  const file = join(folder, "hub.sqlite");
  const maskBefore = process.umask(0);
  t.after(() => {
    process.umask(maskBefore);
  });
  const store = await SqliteStore.open({ file, schema: HUB_SCHEMA });
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of readdirSync(folder)) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  }
  await store.close();
  assert.deepEqual(readdirSync(folder), ["hub.sqlite"], "one file is left to copy");
});

test("A file that others could read is closed to them.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  writeFileSync(file, "", { mode: 0o644 });
  await createFile(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("A file that is no database is named, with a remedy, and left alone.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  writeFileSync(file, "something else entirely, longer than a header of SQLite ".repeat(40));
  const before = statSync(file).size;
  await assert.rejects(
    SqliteStore.open({ file, schema: NOTE_SCHEMA }),
    blames(file, /is not a database\./),
  );
  assert.equal(statSync(file).size, before);
});

test("A file with a damaged page is named, with a remedy.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  await createFile(file, 500);
  const handle = await open(file, "r+");
  await handle.write(Buffer.alloc(statSync(file).size - 8192, 0xa5), 0, undefined, 8192);
  await handle.close();
  await assert.rejects(
    async () => {
      const store = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
      try {
        await store.load("counts");
      } finally {
        await store.close();
      }
    },
    blames(file, /is damaged\./),
  );
});

test("A file of a newer version is refused and left alone.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  await createFile(file);
  const database = new DatabaseSync(file);
  database.exec("pragma user_version = 7");
  database.close();
  await assert.rejects(
    SqliteStore.open({ file, schema: NOTE_SCHEMA }),
    blames(file, /newer version .*format 7, known up to 1/),
  );
});

test("A file that another process holds is named, with a remedy.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  const first = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
  await assert.rejects(
    SqliteStore.open({ file, schema: NOTE_SCHEMA }),
    blames(file, /in use by another process/),
  );
  await first.close();
  await createFile(file);
});

test("A folder that cannot be made is named.", async (t) => {
  const blocker = join(createTemporaryFolder(t), "file");
  writeFileSync(blocker, "");
  const folder = join(blocker, "state");
  await assert.rejects(
    SqliteStore.open({ file: join(folder, "rows.sqlite"), schema: NOTE_SCHEMA }),
    blames(folder, /cannot be made/),
  );
});

test("A full disk and a file that may not be written are the operator's to mend.", (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  const database = new DatabaseSync(file);
  t.after(() => {
    database.close();
  });
  const faultOf = (sql: string): unknown => {
    try {
      database.exec(sql);
    } catch (error) {
      return sqliteFault(file, error);
    }
    return undefined;
  };
  database.exec("create table t (x); pragma max_page_count = 2");
  assert.ok(blames(file, /disk is full/)(faultOf("insert into t values (zeroblob(100000))")));
  database.exec("pragma query_only = on");
  assert.ok(blames(file, /may not be written/)(faultOf("insert into t values (1)")));
  const defect = faultOf("insert into nowhere values (1)");
  assert.ok(defect instanceof Error && !(defect instanceof OperatorError));
});

test("An older file gets what it lacks and keeps its rows; a migration that fails changes nothing.", async (t) => {
  const file = join(createTemporaryFolder(t), "rows.sqlite");
  await createFile(file);
  const addColour = {
    ...NOTE_SCHEMA,
    columns: { ...NOTE_SCHEMA.columns, counts: ["id", "value", "bytes", "colour"] as const },
    migrations: [
      ...NOTE_SCHEMA.migrations,
      async (database: Parameters<(typeof NOTE_SCHEMA.migrations)[0]>[0]) => {
        await database.schema.alterTable("counts").addColumn("colour", "text").execute();
      },
    ],
  };
  const failing = {
    ...addColour,
    migrations: [...addColour.migrations, () => Promise.reject(new TypeError("no such thing"))],
  };
  type Coloured = NoteTables & { readonly counts: { readonly colour: string | null } };
  await assert.rejects(SqliteStore.open<Coloured>({ file, schema: failing }), /no such thing/);
  const store = await SqliteStore.open<Coloured>({ file, schema: addColour });
  const rows = await store.load("counts");
  assert.deepEqual(
    rows.map(({ id, value, colour }) => [id, value, colour]),
    [[0, 7, null]],
  );
  await store.close();
});

test("Every table of the hub takes and gives back a row of its columns.", async (t) => {
  const file = join(createTemporaryFolder(t), "hub.sqlite");
  const store = await SqliteStore.open({ file, schema: HUB_SCHEMA });
  const session = { tokenHash: "t", login: "ann", createdAtMs: 1, expiresAtMs: 2 };
  const account = { login: "ann", passwordHash: "$scrypt$", createdAtMs: 1_700_000_000_000 };
  const claim = {
    id: "c",
    codeHash: new Uint8Array(32).fill(1),
    account: "ann",
    label: "",
    reusable: 1,
    createdUnixMs: 1,
    expiresUnixMs: 2,
    uses: 0,
  };
  const reporter = {
    subject: 0xffff_ffff_fffe,
    fingerprint: new Uint8Array(32).fill(2),
    currentKeyId: 0xffff_ffff,
    currentGeneration: 3,
    currentKey: new Uint8Array(32).fill(3),
    nextKeyId: null,
    nextGeneration: null,
    nextKey: null,
    nextOrigin: "rotation",
    keyMadeUnixMs: 5,
    sequence: 6,
    address: "2001:db8::1",
    port: 7,
    heardUnixMs: 8,
    periodMs: 20_000,
  } as const;
  const router = {
    ...reporter,
    account: "ann",
    label: "attic",
    claimHash: null,
    telemetry: "{}",
    inventory: null,
    rival: null,
  };
  const server = {
    ...reporter,
    endpointAddress: "192.0.2.1",
    endpointPort: 1,
    placesTotal: 2,
    placesTaken: 1,
    loadPermille: 9,
  };
  await store.save(
    [
      { table: "sessions", key: "t", row: session },
      { table: "accounts", key: "ann", row: account },
      { table: "claims", key: "c", row: claim },
      { table: "routers", key: router.subject, row: router },
      { table: "servers", key: server.subject, row: server },
    ],
    { durable: true },
  );
  const load = async (name: keyof typeof HUB_SCHEMA.columns): Promise<unknown[]> =>
    (await store.load(name)).map((row) => ({ ...row }));
  assert.deepEqual(await load("sessions"), [session]);
  assert.deepEqual(await load("accounts"), [account]);
  assert.deepEqual(await load("claims"), [claim]);
  assert.deepEqual(await load("routers"), [router]);
  assert.deepEqual(await load("servers"), [server]);
  await store.close();
  assert.ok(existsSync(file));
});
