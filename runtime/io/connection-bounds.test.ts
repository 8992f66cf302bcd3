import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConnectionBounds } from "./connection-bounds.ts";

const ADDRESSES = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"];

test("Neither all nor one neighbour ever holds more places than it may, and every place comes back.", () => {
  const action = fc.record({
    address: fc.constantFrom(...ADDRESSES),
    type: fc.constantFrom("admit" as const, "release" as const),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const bounds = new ConnectionBounds({ connectionsMax: 5, perAddressMax: 2 });
      const held: string[] = [];
      const groupOf = (address: string): string =>
        address.startsWith("2001:db8::") ? "2001:db8::" : address;
      for (const { type, address } of actions) {
        const own = held.filter((other) => groupOf(other) === groupOf(address));
        if (type === "admit") {
          const expected = held.length < 5 && own.length < 2;
          assert.equal(bounds.admit(address), expected);
          if (expected) held.push(address);
        } else if (held.includes(address)) {
          bounds.release(address);
          held.splice(held.indexOf(address), 1);
        }
        assert.equal(bounds.open, held.length);
      }
    }),
  );
});

test("Giving back a place that was never taken is a defect.", () => {
  const bounds = new ConnectionBounds({ connectionsMax: 5, perAddressMax: 2 });
  assert.throws(() => {
    bounds.release("192.0.2.1");
  }, RangeError);
});
