import type { AccountRecord, AccountStore, SessionRecord } from "../account-store.ts";

/** Accounts and sessions in maps, for tests: gone when the process ends. */
export class RamAccountStore implements AccountStore {
  readonly accounts: Map<string, AccountRecord> = new Map();
  readonly sessions: Map<string, SessionRecord> = new Map();

  findAccount(login: string): Promise<AccountRecord | undefined> {
    return Promise.resolve(this.accounts.get(login));
  }

  addAccount(account: AccountRecord): Promise<boolean> {
    if (this.accounts.has(account.login)) return Promise.resolve(false);
    this.accounts.set(account.login, account);
    return Promise.resolve(true);
  }

  findSession(tokenHash: string): Promise<SessionRecord | undefined> {
    return Promise.resolve(this.sessions.get(tokenHash));
  }

  addSession(session: SessionRecord, keep: number): Promise<void> {
    this.sessions.set(session.tokenHash, session);
    const own = [...this.sessions.values()].filter(({ login }) => login === session.login);
    for (const old of own.slice(0, Math.max(0, own.length - keep))) {
      this.sessions.delete(old.tokenHash);
    }
    return Promise.resolve();
  }

  removeSession(tokenHash: string): Promise<void> {
    this.sessions.delete(tokenHash);
    return Promise.resolve();
  }

  removeExpiredSessions(nowMs: number): Promise<void> {
    for (const { tokenHash, expiresAtMs } of this.sessions.values()) {
      if (expiresAtMs <= nowMs) this.sessions.delete(tokenHash);
    }
    return Promise.resolve();
  }
}
