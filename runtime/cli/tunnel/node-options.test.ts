import assert from "node:assert/strict";
import { test } from "node:test";
import { NODE_OPTIONS } from "./node-options.ts";

function read(option: "advertise" | "hopAddress", text: string): unknown {
  return NODE_OPTIONS[option].read(text as never);
}

test("an address is read in its canonical text, since others compare it", () => {
  for (const [text, address] of [
    ["203.0.113.8", "203.0.113.8"],
    ["::ffff:203.0.113.8", "203.0.113.8"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ] as const) {
    assert.equal(read("advertise", text), address);
    assert.equal(read("hopAddress", text), address);
  }
});

test("what is no address is refused, and what is no machine's is not advertised, though one may listen there", () => {
  for (const text of ["host", "203.0.113", "203.0.113.8:80", ""]) {
    assert.throws(() => read("advertise", text), text);
    assert.throws(() => read("hopAddress", text), text);
  }
  for (const text of ["0.0.0.0", "::", "224.0.0.1", "169.254.169.254"]) {
    assert.throws(() => read("advertise", text), /no machine/, text);
  }
  for (const text of ["0.0.0.0", "::"]) assert.equal(read("hopAddress", text), text);
});
