import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatMac, parseMac } from "./mac.ts";

test("every hardware address reads back from its text", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), (mac) => {
      const text = formatMac(mac);
      assert.match(text, /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      assert.equal(parseMac(text), mac);
      assert.equal(parseMac(text.toUpperCase().replaceAll(":", "-")), mac);
      assert.equal(parseMac(text.replaceAll(":", "")), mac);
    }),
  );
});

test("texts that are no hardware address are none", () => {
  assert.equal(formatMac(0x0200_5e10_0001), "02:00:5e:10:00:01");
  const others = [
    "",
    "02:00:5e:10:00",
    "02:00:5e:10:00:01:02",
    "02:00-5e:10:00:01",
    "0200:5e10:0001",
    "zz:00:5e:10:00:01",
  ];
  for (const text of others) assert.equal(parseMac(text), undefined, text);
});
