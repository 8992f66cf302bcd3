import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { AccountRows } from "./account-rows.ts";
import { HUB_SCHEMA } from "./hub-schema.ts";
import type { HubTables } from "./hub-schema.ts";
import { RamStore } from "./ram-store.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { createTemporaryFolder } from "./testing/temporary-folder.ts";

const ANN = { login: "ann", passwordHash: "$scrypt$", createdAtMs: 1 };

function sessionOf(login: string, number: number): HubTables["sessions"] {
  const tokenHash = `${login}-${String(number)}`;
  return { tokenHash, login, createdAtMs: number, expiresAtMs: 100 + number };
}

test("Accounts and sessions are there after a restart.", async (t) => {
  const file = join(createTemporaryFolder(t), "hub.sqlite");
  const store = await SqliteStore.open({ file, schema: HUB_SCHEMA });
  const rows = await AccountRows.load(store);
  assert.equal(await rows.addAccount(ANN), true);
  assert.equal(await rows.addAccount(ANN), false);
  for (let number = 1; number <= 4; number++) await rows.addSession(sessionOf("ann", number), 3);
  await rows.removeSession("ann-3");
  await store.close();
  const reopened = await SqliteStore.open({ file, schema: HUB_SCHEMA });
  const again = await AccountRows.load(reopened);
  assert.deepEqual({ ...(await again.findAccount("ann")) }, ANN);
  const found = await Promise.all([1, 2, 3, 4].map((n) => again.findSession(`ann-${String(n)}`)));
  assert.deepEqual(
    found.map((session) => session?.tokenHash),
    [undefined, "ann-2", undefined, "ann-4"],
  );
  await reopened.close();
});

test("An account keeps its newest sessions, and others theirs.", async () => {
  const rows = await AccountRows.load(new RamStore<HubTables>());
  await rows.addSession(sessionOf("bob", 1), 2);
  for (let number = 1; number <= 5; number++) await rows.addSession(sessionOf("ann", number), 2);
  assert.equal(await rows.findSession("ann-3"), undefined);
  assert.ok(await rows.findSession("ann-4"));
  assert.ok(await rows.findSession("bob-1"));
});

test("Expired sessions are removed, from the store too.", async () => {
  const store = new RamStore<HubTables>();
  const rows = await AccountRows.load(store);
  for (let number = 1; number <= 3; number++) await rows.addSession(sessionOf("ann", number), 9);
  await rows.removeExpiredSessions(102);
  assert.deepEqual(
    (await store.load("sessions")).map(({ tokenHash }) => tokenHash),
    ["ann-3"],
  );
});

test("An account or a session that could not be saved does not count.", async () => {
  const store = new RamStore<HubTables>();
  const rows = await AccountRows.load(store);
  const save = store.save.bind(store);
  store.save = () => Promise.reject(new Error("no space"));
  await assert.rejects(rows.addAccount(ANN), /no space/);
  await assert.rejects(rows.addSession(sessionOf("ann", 1), 3), /no space/);
  assert.equal(await rows.findAccount("ann"), undefined);
  assert.equal(await rows.findSession("ann-1"), undefined);
  store.save = save;
  assert.equal(await rows.addAccount(ANN), true);
});
