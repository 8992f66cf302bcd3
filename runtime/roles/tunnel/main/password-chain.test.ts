import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { PasswordChain } from "./password-chain.ts";
import type { PasswordRow } from "./password-chain.ts";

const crypto = createNodeCrypto();
const secret = new Uint8Array(32).fill(9);
const chainOf = (node: number): PasswordChain =>
  new PasswordChain(crypto, { secret, node: new Uint8Array(32).fill(node) });

/** What befalls one exchange between a node and its main server. */
type Mishap =
  /** The request does not arrive. */
  | "requestLost"
  /** The server dies before its change is on disk. */
  | "serverCrash"
  /** The answer does not arrive, or the node dies before it is on disk. */
  | "answerLost"
  | "none";

/** A node and its server with their disks, exchanging passwords as the roles do. */
class Exchange {
  readonly #chain = chainOf(1);
  #row: PasswordRow | undefined;
  #password: string | undefined;
  /** How often the chain was moved on. */
  advances = 0;
  /** Whether the node has got in with what it has on disk. */
  sessions = 0;

  step(mishap: Mishap): void {
    if (this.#password === undefined) this.#register(mishap);
    else this.#authenticate(mishap, this.#password);
  }

  #register(mishap: Mishap): void {
    if (mishap === "requestLost") return;
    const first = this.#chain.register(this.#row);
    assert.ok(first !== undefined, "a node that has never proved a password is never turned away");
    // The server keeps nothing yet, so it makes no difference when it dies.
    if (mishap === "none") this.#password = first;
  }

  #authenticate(mishap: Mishap, password: string): void {
    if (mishap === "requestLost") return;
    const verdict = this.#chain.judge(this.#row, password);
    assert.notEqual(verdict.kind, "wrong", "what is on the node's disk always lets it in");
    assert.notEqual(verdict.kind, "unknown", "a first password needs no row");
    if (verdict.kind === "wrong" || verdict.kind === "unknown" || mishap === "serverCrash") return;
    if (verdict.kind === "advance") {
      this.#row = verdict.row;
      this.advances += 1;
    }
    if (mishap === "answerLost") return;
    this.#password = verdict.next;
    this.sessions += 1;
  }
}

test("Whatever is lost, and whoever dies when, a node is never locked out, and each session moves the chain on once.", () => {
  const mishap = fc.constantFrom<Mishap>("requestLost", "serverCrash", "answerLost", "none");
  fc.assert(
    fc.property(fc.array(mishap, { maxLength: 40 }), (mishaps) => {
      const exchange = new Exchange();
      for (const one of mishaps) exchange.step(one);
      // An answer that was lost is repeated without a further step of the chain.
      assert.ok(exchange.advances - exchange.sessions <= 1);
      const before = exchange.sessions;
      for (let left = 3; left > 0; left -= 1) exchange.step("none");
      assert.ok(exchange.sessions > before);
      assert.equal(exchange.advances, exchange.sessions);
    }),
  );
});

test("A password that was used before the last one is worth nothing.", () => {
  const chain = chainOf(1);
  let row: PasswordRow | undefined;
  let password = chain.register(undefined) ?? "";
  const used: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const verdict = chain.judge(row, password);
    assert.ok(verdict.kind === "advance");
    used.push(password);
    row = verdict.row;
    password = verdict.next;
  }
  assert.deepEqual(
    used.map((old) => chain.judge(row, old).kind),
    ["wrong", "wrong", "wrong", "wrong", "repeat"],
  );
});

test("A password of one node is worth nothing to another, nor anything that is none.", () => {
  const first = chainOf(1).register(undefined) ?? "";
  const row = provedRow(2);
  assert.equal(chainOf(2).judge(undefined, first).kind, "unknown");
  assert.equal(chainOf(2).judge(row, first).kind, "wrong");
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(chainOf(2).judge(row, text).kind, "wrong");
      assert.notEqual(chainOf(2).judge(undefined, text).kind, "advance");
    }),
  );
});

test("The rows hold hashes: no password stands in them.", () => {
  const { current, previous } = provedRow(1);
  for (const hash of [current, previous]) {
    assert.equal(hash.length, 32);
    const text = Buffer.from(hash).toString("base64url");
    assert.equal(chainOf(1).judge(provedRow(1), text).kind, "wrong");
  }
});

test("Who has proved a password gets no first one any more; who is forgotten starts anew.", () => {
  const chain = chainOf(1);
  const first = chain.register(undefined) ?? "";
  const proved = chain.judge(undefined, first);
  assert.ok(proved.kind === "advance");
  assert.equal(chain.register(proved.row), undefined);
  assert.equal(chain.judge(undefined, proved.next).kind, "unknown");
  assert.deepEqual(chain.judge(undefined, chain.register(undefined) ?? ""), proved);
});

/** What is kept of a node that has proved its first password. */
function provedRow(node: number): PasswordRow {
  const chain = chainOf(node);
  const proved = chain.judge(undefined, chain.register(undefined) ?? "");
  assert.ok(proved.kind === "advance");
  return proved.row;
}
