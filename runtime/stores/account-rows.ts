import type { AccountRow, HubTables, SessionRow } from "./hub-schema.ts";
import type { TableStore } from "./table-store.ts";

/** Accounts and sessions of a hub: read from memory, and on disk before a change counts. */
export class AccountRows {
  readonly #store: TableStore<HubTables>;
  readonly #accounts: Map<string, AccountRow>;
  readonly #sessions: Map<string, SessionRow>;
  /** The tokens' digests of each account, oldest first. */
  readonly #byLogin = new Map<string, Set<string>>();

  private constructor(
    store: TableStore<HubTables>,
    accounts: readonly AccountRow[],
    sessions: readonly SessionRow[],
  ) {
    this.#store = store;
    this.#accounts = new Map(accounts.map((account) => [account.login, account]));
    this.#sessions = new Map();
    for (const session of sessions.toSorted((a, b) => a.createdAtMs - b.createdAtMs)) {
      this.#note(session);
    }
  }

  /** @throws {OperatorError} if the store cannot be read. */
  static async load(store: TableStore<HubTables>): Promise<AccountRows> {
    return new AccountRows(store, await store.load("accounts"), await store.load("sessions"));
  }

  findAccount(login: string): Promise<AccountRow | undefined> {
    return Promise.resolve(this.#accounts.get(login));
  }

  /** False if the login is taken. @throws {OperatorError} if it cannot be saved; the login is free then. */
  async addAccount(account: AccountRow): Promise<boolean> {
    const { login } = account;
    if (this.#accounts.has(login)) return false;
    const row = { ...account };
    this.#accounts.set(login, row);
    try {
      await this.#store.save([{ table: "accounts", key: login, row }], { durable: true });
    } catch (error) {
      this.#accounts.delete(login);
      throw error;
    }
    return true;
  }

  findSession(tokenHash: string): Promise<SessionRow | undefined> {
    return Promise.resolve(this.#sessions.get(tokenHash));
  }

  /** Adds a session and removes the account's oldest ones beyond `keep`. */
  async addSession(session: SessionRow, keep: number): Promise<void> {
    const row = { ...session };
    this.#note(row);
    const own = [...(this.#byLogin.get(session.login) ?? [])];
    const surplus = own.slice(0, Math.max(0, own.length - keep));
    for (const tokenHash of surplus) this.#forget(tokenHash);
    const gone = surplus.map((key) => ({ table: "sessions", key, row: undefined }) as const);
    const added = { table: "sessions", key: row.tokenHash, row } as const;
    try {
      await this.#store.save([added, ...gone], { durable: true });
    } catch (error) {
      this.#forget(row.tokenHash);
      throw error;
    }
  }

  async removeSession(tokenHash: string): Promise<void> {
    await this.#remove([tokenHash]);
  }

  /** Removes the sessions that ended before `nowMs`, in ms since 1970. */
  async removeExpiredSessions(nowMs: number): Promise<void> {
    const expired = [...this.#sessions.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    await this.#remove(expired.map(({ tokenHash }) => tokenHash));
  }

  async #remove(tokenHashes: readonly string[]): Promise<void> {
    const known = tokenHashes.filter((tokenHash) => this.#sessions.has(tokenHash));
    if (known.length === 0) return;
    for (const tokenHash of known) this.#forget(tokenHash);
    const gone = known.map((key) => ({ table: "sessions", key, row: undefined }) as const);
    await this.#store.save(gone, { durable: true });
  }

  #note(session: SessionRow): void {
    this.#sessions.set(session.tokenHash, session);
    const own = this.#byLogin.get(session.login) ?? new Set<string>();
    this.#byLogin.set(session.login, own.add(session.tokenHash));
  }

  #forget(tokenHash: string): void {
    const login = this.#sessions.get(tokenHash)?.login;
    if (login === undefined) return;
    this.#sessions.delete(tokenHash);
    const own = this.#byLogin.get(login);
    own?.delete(tokenHash);
    if (own?.size === 0) this.#byLogin.delete(login);
  }
}
