import { sql } from "kysely";
import type { CreateTableBuilder } from "kysely";
import type { AnyDatabase } from "./migration.ts";
import type { SqliteSchema } from "./sqlite-store.ts";

/** What a hub keeps of whoever reports to it. What the members mean, the hub role says where it fills them in. */
interface ReporterRow {
  readonly subject: number;
  readonly fingerprint: Uint8Array;
  readonly currentKeyId: number | null;
  readonly currentGeneration: number | null;
  readonly currentKey: Uint8Array | null;
  readonly nextKeyId: number | null;
  readonly nextGeneration: number | null;
  readonly nextKey: Uint8Array | null;
  readonly nextOrigin: "rotation" | "enrolment" | null;
  readonly keyMadeUnixMs: number;
  readonly sequence: number;
  readonly address: string | null;
  readonly port: number | null;
  readonly heardUnixMs: number;
  readonly periodMs: number;
}

interface RouterRow extends ReporterRow {
  readonly account: string | null;
  readonly label: string;
  readonly claimHash: Uint8Array | null;
  readonly telemetry: string | null;
  readonly inventory: string | null;
  readonly rival: Uint8Array | null;
}

interface ServerRow extends ReporterRow {
  readonly endpointAddress: string | null;
  readonly endpointPort: number | null;
  readonly placesTotal: number;
  readonly placesTaken: number;
  readonly loadPermille: number;
}

interface ClaimRow {
  readonly id: string;
  readonly codeHash: Uint8Array;
  readonly account: string;
  readonly label: string;
  readonly reusable: number;
  readonly createdUnixMs: number;
  readonly expiresUnixMs: number;
  readonly uses: number;
}

/** An account of the hub's web interface. */
export interface AccountRow {
  readonly login: string;
  readonly passwordHash: string;
  readonly createdAtMs: number;
}

/** A session of an account, by the digest of its token. */
export interface SessionRow {
  readonly tokenHash: string;
  readonly login: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** The tables of a hub. */
export interface HubTables {
  readonly routers: RouterRow;
  readonly servers: ServerRow;
  readonly claims: ClaimRow;
  readonly accounts: AccountRow;
  readonly sessions: SessionRow;
}

const REPORTER_COLUMNS = [
  "subject",
  "fingerprint",
  "currentKeyId",
  "currentGeneration",
  "currentKey",
  "nextKeyId",
  "nextGeneration",
  "nextKey",
  "nextOrigin",
  "keyMadeUnixMs",
  "sequence",
  "address",
  "port",
  "heardUnixMs",
  "periodMs",
] as const;

/** The file of a hub: `hub.sqlite`. */
export const HUB_SCHEMA: SqliteSchema<HubTables> = {
  migrations: [createTables],
  columns: {
    routers: [
      ...REPORTER_COLUMNS,
      "account",
      "label",
      "claimHash",
      "telemetry",
      "inventory",
      "rival",
    ],
    servers: [
      ...REPORTER_COLUMNS,
      "endpointAddress",
      "endpointPort",
      "placesTotal",
      "placesTaken",
      "loadPermille",
    ],
    claims: [
      "id",
      "codeHash",
      "account",
      "label",
      "reusable",
      "createdUnixMs",
      "expiresUnixMs",
      "uses",
    ],
    accounts: ["login", "passwordHash", "createdAtMs"],
    sessions: ["tokenHash", "login", "createdAtMs", "expiresAtMs"],
  },
};

async function createTables(database: AnyDatabase): Promise<void> {
  await reporters(database, "routers")
    .addColumn("account", "text")
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("claimHash", "blob")
    .addColumn("telemetry", "text")
    .addColumn("inventory", "text")
    .addColumn("rival", "blob")
    .execute();
  await reporters(database, "servers")
    .addColumn("endpointAddress", "text")
    .addColumn("endpointPort", "integer")
    .addColumn("placesTotal", "integer", (column) => column.notNull())
    .addColumn("placesTaken", "integer", (column) => column.notNull())
    .addColumn("loadPermille", "integer", (column) => column.notNull())
    .execute();
  await table(database, "claims")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("codeHash", "blob", (column) => column.notNull())
    .addColumn("account", "text", (column) => column.notNull())
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("reusable", "integer", (column) => column.notNull())
    .addColumn("createdUnixMs", "integer", (column) => column.notNull())
    .addColumn("expiresUnixMs", "integer", (column) => column.notNull())
    .addColumn("uses", "integer", (column) => column.notNull())
    .execute();
  await table(database, "accounts")
    .addColumn("login", "text", (column) => column.primaryKey().notNull())
    .addColumn("passwordHash", "text", (column) => column.notNull())
    .addColumn("createdAtMs", "integer", (column) => column.notNull())
    .execute();
  await table(database, "sessions")
    .addColumn("tokenHash", "text", (column) => column.primaryKey().notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("createdAtMs", "integer", (column) => column.notNull())
    .addColumn("expiresAtMs", "integer", (column) => column.notNull())
    .execute();
}

/** A table whose columns hold what they say and nothing else. */
function table(database: AnyDatabase, name: string): CreateTableBuilder<string> {
  return database.schema.createTable(name).modifyEnd(sql`strict`);
}

function reporters(database: AnyDatabase, name: string): CreateTableBuilder<string, string> {
  return table(database, name)
    .addColumn("subject", "integer", (column) => column.primaryKey())
    .addColumn("fingerprint", "blob", (column) => column.notNull())
    .addColumn("currentKeyId", "integer")
    .addColumn("currentGeneration", "integer")
    .addColumn("currentKey", "blob")
    .addColumn("nextKeyId", "integer")
    .addColumn("nextGeneration", "integer")
    .addColumn("nextKey", "blob")
    .addColumn("nextOrigin", "text")
    .addColumn("keyMadeUnixMs", "integer", (column) => column.notNull())
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("address", "text")
    .addColumn("port", "integer")
    .addColumn("heardUnixMs", "integer", (column) => column.notNull())
    .addColumn("periodMs", "integer", (column) => column.notNull());
}
