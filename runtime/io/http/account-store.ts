/** Where accounts and sessions are kept. Implemented over a durable store; by maps in tests. */
export interface AccountStore {
  findAccount(login: string): Promise<AccountRecord | undefined>;
  /** False if the login is taken. */
  addAccount(account: AccountRecord): Promise<boolean>;
  findSession(tokenHash: string): Promise<SessionRecord | undefined>;
  /** Adds a session and removes the account's oldest ones beyond `keep`. */
  addSession(session: SessionRecord, keep: number): Promise<void>;
  removeSession(tokenHash: string): Promise<void>;
  /** Removes the sessions that ended before `nowMs`. */
  removeExpiredSessions(nowMs: number): Promise<void>;
}

export interface AccountRecord {
  /** Lower case; the account's name everywhere. */
  readonly login: string;
  /** scrypt digest with its parameters and salt, as the PHC string format writes it. */
  readonly passwordHash: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

export interface SessionRecord {
  /** SHA-256 of the token, base64url: what leaks from a store opens no session. */
  readonly tokenHash: string;
  readonly login: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}
