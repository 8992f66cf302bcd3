import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { wantsPage } from "./accept.ts";

test("browsers get pages", () => {
  assert.equal(
    wantsPage("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
    true,
  );
  assert.equal(wantsPage("text/html"), true);
});

test("programs get JSON, also when they accept anything or say nothing", () => {
  for (const accept of [
    undefined,
    "",
    "*/*",
    "application/json",
    "application/problem+json, */*",
  ]) {
    assert.equal(wantsPage(accept), false, String(accept));
  }
});

test("the preferred of the two is sent", () => {
  assert.equal(wantsPage("application/json, text/html;q=0.9"), false);
  assert.equal(wantsPage("application/json;q=0.5, text/html;q=0.9"), true);
  assert.equal(wantsPage("text/html;q=0"), false);
});

test("any header is read without an error", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (accept) => typeof wantsPage(accept) === "boolean"),
  );
});
