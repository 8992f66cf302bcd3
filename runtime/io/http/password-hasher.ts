import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** What one digest costs: memory 128 · 2^log2N · r bytes, time in proportion to 2^log2N · r · p. */
export interface ScryptCost {
  /** 1–20. */
  readonly log2N: number;
  /** 1–32. */
  readonly r: number;
  /** 1–16. */
  readonly p: number;
}

/** OWASP's recommendation for 32 MiB: a quarter of a second of one core. */
export const SCRYPT_COST: ScryptCost = { log2N: 15, r: 8, p: 3 };

export interface PasswordHasherOptions {
  readonly cost: ScryptCost;
  /** Digests computed at a time: each takes a thread of four and its memory. */
  readonly runningMax: number;
  /** Digests that wait; beyond that the caller is told to come back. */
  readonly waitingMax: number;
}

/** More digests are asked for than the bound allows. */
export class HasherBusyError extends Error {
  override readonly name = "HasherBusyError";
}

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Makes and checks password digests off the main thread, few at a time. */
export class PasswordHasher {
  readonly #options: PasswordHasherOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: PasswordHasherOptions) {
    this.#options = options;
  }

  /**
   * A salted digest in PHC string format: `$scrypt$ln=15,r=8,p=3$salt$digest`.
   *
   * @throws {HasherBusyError} if too many wait already.
   */
  async hash(password: string): Promise<string> {
    const { cost } = this.#options;
    const salt = randomBytes(SALT_BYTES);
    const digest = await this.#derive(password, salt, cost);
    const { log2N, r, p } = cost;
    return `$scrypt$ln=${String(log2N)},r=${String(r)},p=${String(p)}$${unpadded(salt)}$${unpadded(digest)}`;
  }

  /**
   * Whether a password belongs to a digest. Without a digest (an unknown login) it does the same work
   * and says no.
   *
   * @throws {HasherBusyError} if too many wait already.
   * @throws {RangeError} if the stored digest is malformed.
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    if (stored === undefined) {
      await this.#derive(password, Buffer.alloc(SALT_BYTES), this.#options.cost);
      return false;
    }
    const [, log2N, r, p, salt, digest] = PHC.exec(stored) ?? [];
    if (salt === undefined || digest === undefined)
      throw new RangeError("malformed password digest");
    const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, "base64"), cost);
    return timingSafeEqual(derived, Buffer.from(digest, "base64"));
  }

  async #derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
    await this.#enter();
    try {
      return await derive(password, salt, cost);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #enter(): Promise<void> {
    const { runningMax, waitingMax } = this.#options;
    if (this.#running < runningMax) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= waitingMax) throw new HasherBusyError("too many logins at a time");
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting.push(() => {
      resolve(undefined);
    });
    await promise;
  }
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const N = 2 ** cost.log2N;
  const options = { N, r: cost.r, p: cost.p, maxmem: 128 * cost.r * (N + cost.p) + 65_536 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, DIGEST_BYTES, options, (error, digest) => {
      if (error === null) resolve(digest);
      else reject(error);
    });
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
