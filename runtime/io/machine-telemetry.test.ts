import assert from "node:assert/strict";
import { hostname, totalmem, uptime } from "node:os";
import { test } from "node:test";
import fc from "fast-check";
import {
  parseTraffic,
  readDescription,
  readFigures,
  readInterfaces,
  readMac,
} from "./machine-telemetry.ts";

test("The figures are those of this machine and fit the wire.", () => {
  const figures = readFigures();
  assert.ok(Math.abs(figures.uptimeS - uptime()) < 5);
  assert.equal(figures.memoryTotalKib, Math.floor(totalmem() / 1024));
  assert.ok(figures.memoryFreeKib > 0 && figures.memoryFreeKib <= figures.memoryTotalKib);
  for (const value of Object.values(figures)) assert.ok(Number.isSafeInteger(value) && value >= 0);
  assert.ok(figures.loadPermille <= 65_535);
});

test("Traffic is summed over all interfaces but loopback.", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 5000 1 0 0 0 0 0 0 5000 1 0 0 0 0 0 0
  eth0: 1234 2 0 0 0 0 0 0 99 3 0 0 0 0 0 0
 wlan0:1000 2 0 0 0 0 0 0 1 3 0 0 0 0 0 0
`;
  assert.deepEqual(parseTraffic(text), { rxBytes: 2234, txBytes: 100 });
  assert.deepEqual(parseTraffic(""), { rxBytes: 0, txBytes: 0 });
});

test("The description is short text without control characters.", () => {
  const description = readDescription();
  assert.equal(description.hostname, hostname());
  for (const text of Object.values<string>({ ...description })) {
    assert.ok(text.length > 0 && Buffer.byteLength(text) <= 253);
    assert.doesNotMatch(text, /[\p{Cc}]/u);
  }
});

test("Interfaces have a name, a hardware address and addresses with their prefix.", () => {
  const interfaces = readInterfaces();
  assert.ok(interfaces.length > 0);
  for (const { name, mac, addresses } of interfaces) {
    assert.ok(name.length > 0);
    assert.match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    for (const address of addresses) assert.match(address, /^[0-9a-f.:]+\/\d+$/);
  }
});

test("The machine's name is its hardware address, or one of its identity's that no maker gave.", () => {
  const real = readInterfaces().some(({ internal, mac }) => !internal && !/^[0:]+$/.test(mac));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (fingerprint) => {
      const mac = readMac(fingerprint);
      assert.ok(Number.isSafeInteger(mac) && mac > 0 && mac < 2 ** 48);
      assert.equal(mac, readMac(fingerprint));
      if (!real) assert.equal(Math.floor(mac / 2 ** 40) & 3, 2);
    }),
  );
});
