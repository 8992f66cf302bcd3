import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { claimCodeHash, createClaimCode, parseClaimCode } from "./claim-code.ts";
import type { Crypto } from "./crypto.ts";

const node = createNodeCrypto();
const codes = fc.uint8Array({ minLength: 22, maxLength: 22 }).map((random) => {
  const fixed: Crypto = { ...node, randomBytes: () => random };
  return createClaimCode(fixed);
});

test("a code reads back however it is typed", () => {
  fc.assert(
    fc.property(codes, fc.nat(3), (code, style) => {
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
      const bare = code.replaceAll("-", "");
      const typed = [
        code.toLowerCase(),
        bare,
        ` ${code.replaceAll("-", " ")}\n`,
        code.replaceAll("0", "o").replaceAll("1", "l"),
      ][style];
      assert.deepEqual(parseClaimCode(node, typed ?? ""), { kind: "code", code });
    }),
  );
});

test("a code carries all of its random bits: codes differ in every symbol place", () => {
  const places = Array.from({ length: 22 }, () => new Set<string>());
  for (let count = 0; count < 400; count += 1) {
    const bare = createClaimCode(node).replaceAll("-", "");
    places.forEach((seen, index) => seen.add(bare.charAt(index)));
  }
  for (const seen of places) assert.ok(seen.size >= 30, `only ${String(seen.size)} of 32 symbols`);
});

test("one wrong symbol is told apart from a wrong code nearly always", () => {
  let passed = 0;
  let tried = 0;
  for (let count = 0; count < 200; count += 1) {
    const code = createClaimCode(node);
    for (let index = 0; index < code.length; index += 1) {
      const symbol = code.charAt(index);
      if (symbol === "-") continue;
      const slip = code.slice(0, index) + (symbol === "7" ? "8" : "7") + code.slice(index + 1);
      tried += 1;
      if (parseClaimCode(node, slip).kind === "code") passed += 1;
    }
  }
  assert.ok(passed / tried < 0.01, `${String(passed)} of ${String(tried)} slips went unnoticed`);
});

test("what is no code says why", () => {
  const good = createClaimCode(node);
  const refused = (text: string): string => {
    const parsed = parseClaimCode(node, text);
    return parsed.kind === "refused" ? parsed.reason : parsed.code;
  };
  assert.equal(refused(""), "length");
  assert.equal(refused(good.slice(1)), "length");
  assert.equal(refused(`${good}0`), "length");
  assert.equal(refused(`U${good.slice(1)}`), "symbol");
  assert.equal(refused(`é${good.slice(1)}`), "symbol");
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      assert.notEqual(parseClaimCode(node, text).kind, "code");
    }),
  );
});

test("what is stored of a code is the same for one code and differs between codes", () => {
  const code = createClaimCode(node);
  assert.equal(claimCodeHash(node, code).length, 32);
  assert.deepEqual(claimCodeHash(node, code), claimCodeHash(node, code));
  assert.notDeepEqual(claimCodeHash(node, code), claimCodeHash(node, createClaimCode(node)));
});

test("a code of known random bytes is known text", () => {
  const fixed: Crypto = { ...node, randomBytes: (bytes) => new Uint8Array(bytes).fill(10) };
  assert.match(createClaimCode(fixed), /^AAAA-AAAA-AAAA-AAAA-AAAA-AA/);
});
