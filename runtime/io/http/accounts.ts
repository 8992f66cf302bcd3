import { createHash, randomBytes } from "node:crypto";
import { addressGroup } from "../../core/address-group.ts";
import type { AccountStore } from "./account-store.ts";
import { BackOff } from "./back-off.ts";
import { canonicalLogin, LOGIN_RULE, passwordFault } from "./credential-rules.ts";
import type { ScryptCost } from "./password-hasher.ts";
import { HasherBusyError, PasswordHasher, SCRYPT_COST } from "./password-hasher.ts";

export interface AccountsOptions {
  readonly store: AccountStore;
  /** False refuses to make accounts. */
  readonly registration: boolean;
  /** Life of a session, seconds. Default 604 800, a week. */
  readonly sessionLifeS?: number;
  /** Default `SCRYPT_COST`. */
  readonly cost?: ScryptCost;
  /** Wall clock, milliseconds since 1970. Default `Date.now`. */
  readonly wallMs?: () => number;
  /** Monotonic clock, milliseconds. Default `performance.now`. */
  readonly monotonicMs?: () => number;
}

export interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** A session that was just begun; the token is nowhere else. */
export interface NewSession {
  readonly login: string;
  /** 32 random bytes, base64url. */
  readonly token: string;
  readonly expiresInS: number;
}

export type LoginOutcome =
  | { readonly kind: "session"; readonly session: NewSession }
  /** Login or password is wrong; not told which. */
  | { readonly kind: "refused" }
  /** Too many failures of this login or from this address. */
  | { readonly kind: "backOff"; readonly retryAfterS: number }
  /** Too many logins at a time. */
  | { readonly kind: "busy"; readonly retryAfterS: number };

export type RegisterOutcome =
  | Exclude<LoginOutcome, { kind: "refused" }>
  | { readonly kind: "closed" }
  | { readonly kind: "taken" }
  /** The login or the password breaks a rule, which `detail` states. */
  | { readonly kind: "unfit"; readonly detail: string };

const SESSION_LIFE_S = 604_800;
const SESSIONS_PER_ACCOUNT = 20;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const BUSY_RETRY_S = 2;

const ACCOUNT_BACK_OFF = {
  freeFailures: 5,
  firstMs: 1000,
  maxMs: 60_000,
  forgetMs: 900_000,
  keysMax: 10_000,
};
// An address may stand for a whole office, so it gets more chances and then longer waits.
const ADDRESS_BACK_OFF = {
  freeFailures: 20,
  firstMs: 1000,
  maxMs: 900_000,
  forgetMs: 3_600_000,
  keysMax: 10_000,
};
// Each registration costs a digest and a row, so they count even when they succeed.
const REGISTRATION_BACK_OFF = {
  freeFailures: 10,
  firstMs: 10_000,
  maxMs: 3_600_000,
  forgetMs: 3_600_000,
  keysMax: 10_000,
};

/** Accounts by login and password, and the sessions that they begin. */
export class Accounts {
  readonly registration: boolean;
  readonly #store: AccountStore;
  readonly #hasher: PasswordHasher;
  readonly #sessionLifeS: number;
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;
  readonly #byAccount = new BackOff(ACCOUNT_BACK_OFF);
  readonly #byAddress = new BackOff(ADDRESS_BACK_OFF);
  readonly #registrations = new BackOff(REGISTRATION_BACK_OFF);

  constructor(options: AccountsOptions) {
    this.registration = options.registration;
    this.#store = options.store;
    this.#hasher = new PasswordHasher({
      cost: options.cost ?? SCRYPT_COST,
      runningMax: 2,
      waitingMax: 32,
    });
    this.#sessionLifeS = options.sessionLifeS ?? SESSION_LIFE_S;
    this.#wallMs = options.wallMs ?? Date.now;
    this.#monotonicMs = options.monotonicMs ?? performance.now.bind(performance);
  }

  /** Checks credentials and begins a session; `address` is the IP address that the request came from. */
  async logIn(credentials: Credentials, address: string): Promise<LoginOutcome> {
    const login = canonicalLogin(credentials.login);
    const accountKey = (login ?? credentials.login).slice(0, 64);
    const waitMs = this.#attempt(accountKey, addressGroup(address));
    if (waitMs > 0) return { kind: "backOff", retryAfterS: Math.ceil(waitMs / 1000) };
    const account = login === undefined ? undefined : await this.#store.findAccount(login);
    const fits = await this.#hashing(() =>
      this.#hasher.verify(credentials.password, account?.passwordHash),
    );
    if (fits === "busy") {
      this.#byAccount.forgive(accountKey);
      this.#byAddress.forgive(addressGroup(address));
      return { kind: "busy", retryAfterS: BUSY_RETRY_S };
    }
    if (!fits || account === undefined) return { kind: "refused" };
    this.#byAccount.reset(accountKey);
    // Only this attempt is forgiven: else an attacker's own account would clear the address's failures.
    this.#byAddress.forgive(addressGroup(address));
    return { kind: "session", session: await this.#beginSession(account.login) };
  }

  /** Makes an account and begins its first session. */
  async register(credentials: Credentials, address: string): Promise<RegisterOutcome> {
    if (!this.registration) return { kind: "closed" };
    const login = canonicalLogin(credentials.login);
    if (login === undefined) return { kind: "unfit", detail: `A login is ${LOGIN_RULE}.` };
    const fault = passwordFault(credentials.password, login);
    if (fault !== undefined) return { kind: "unfit", detail: fault };
    const waitMs = this.#registrations.attempt(addressGroup(address), this.#monotonicMs());
    if (waitMs > 0) return { kind: "backOff", retryAfterS: Math.ceil(waitMs / 1000) };
    if ((await this.#store.findAccount(login)) !== undefined) return { kind: "taken" };
    const passwordHash = await this.#hashing(() => this.#hasher.hash(credentials.password));
    if (passwordHash === "busy") {
      this.#registrations.forgive(addressGroup(address));
      return { kind: "busy", retryAfterS: BUSY_RETRY_S };
    }
    const added = await this.#store.addAccount({
      login,
      passwordHash,
      createdAtMs: this.#wallMs(),
    });
    if (!added) return { kind: "taken" };
    return { kind: "session", session: await this.#beginSession(login) };
  }

  /** The login whose session a token names, or undefined if there is no such session or it has ended. */
  async loginOf(token: string): Promise<string | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const session = await this.#store.findSession(hashOf(token));
    return session !== undefined && session.expiresAtMs > this.#wallMs()
      ? session.login
      : undefined;
  }

  /** Ends the session that a token names, if there is one. */
  async logOut(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.#store.removeSession(hashOf(token));
  }

  /** Removes what no request can use any more; to be called now and then. */
  async removeExpired(): Promise<void> {
    await this.#store.removeExpiredSessions(this.#wallMs());
  }

  #attempt(accountKey: string, address: string): number {
    const nowMs = this.#monotonicMs();
    const addressMs = this.#byAddress.attempt(address, nowMs);
    if (addressMs > 0) return addressMs;
    const accountMs = this.#byAccount.attempt(accountKey, nowMs);
    if (accountMs > 0) this.#byAddress.forgive(address);
    return accountMs;
  }

  async #hashing<Result>(work: () => Promise<Result>): Promise<Result | "busy"> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HasherBusyError) return "busy";
      throw error;
    }
  }

  async #beginSession(login: string): Promise<NewSession> {
    const token = randomBytes(32).toString("base64url");
    const createdAtMs = this.#wallMs();
    const expiresAtMs = createdAtMs + this.#sessionLifeS * 1000;
    await this.#store.addSession(
      { tokenHash: hashOf(token), login, createdAtMs, expiresAtMs },
      SESSIONS_PER_ACCOUNT,
    );
    return { login, token, expiresInS: this.#sessionLifeS };
  }
}

// A token has 256 random bits, so a plain digest cannot be searched, unlike that of a password.
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
