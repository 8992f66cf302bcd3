import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { transportIp } from "../../core/index.ts";
import { formatEndpoint, parseEndpoint } from "./endpoint-text.ts";

const PORT = fc.integer({ min: 1, max: 65_535 });
const ADDRESS = fc.oneof(fc.ipV4(), fc.ipV6());

test("an endpoint comes back from its text, its address as transports name it", () => {
  fc.assert(
    fc.property(ADDRESS, PORT, (text, port) => {
      const address = transportIp(text) ?? "";
      assert.notEqual(isIP(address), 0);
      assert.deepEqual(parseEndpoint(formatEndpoint({ address: text, port })), { address, port });
      assert.deepEqual(parseEndpoint(formatEndpoint({ address, port })), { address, port });
    }),
  );
});

test("all texts of one address are one endpoint", () => {
  for (const [address, ...texts] of [
    ["2001:db8::1", "[2001:db8::1]:80", "[2001:DB8:0:0:0:0:0:1]:80", "[2001:0db8::0001]:80"],
    ["203.0.113.8", "203.0.113.8:80", "[::ffff:203.0.113.8]:80", "[::FFFF:cb00:7108]:80"],
    ["::", "[::]:80", "[0:0:0:0:0:0:0:0]:80", "[::0.0.0.0]:80"],
  ]) {
    for (const text of texts) assert.deepEqual(parseEndpoint(text), { address, port: 80 }, text);
  }
});

test("what is no IP address with a port is no endpoint", () => {
  for (const text of [
    "",
    "203.0.113.8",
    "203.0.113.8:",
    "203.0.113.8:0",
    "203.0.113.8:080",
    "203.0.113.8:65536",
    "203.0.113.8:-1",
    "203.0.113.256:80",
    "203.0.113.08:80",
    "203.0.113:80",
    "0x7f.1:80",
    "2130706433:80",
    "[203.0.113.8]:80",
    "2001:db8::1:80",
    "[2001:db8::1]",
    "[2001:db8::1]:0",
    "[2001:db8:::1]:80",
    "[fe80::1%eth0]:80",
    "[::1]:80 ",
    " 127.0.0.1:80",
    "127.0.0.1:80\n",
    "localhost:80",
  ]) {
    assert.equal(parseEndpoint(text), undefined, text);
  }
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."0 1 2 5 9 a b f : . [ ] % x".split(" ")) }),
      (text) => {
        const endpoint = parseEndpoint(text);
        if (endpoint === undefined) return;
        assert.notEqual(isIP(endpoint.address), 0);
        assert.deepEqual(parseEndpoint(formatEndpoint(endpoint)), endpoint);
      },
    ),
    { numRuns: 2_000 },
  );
});
