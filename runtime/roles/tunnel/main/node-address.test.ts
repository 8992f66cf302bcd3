import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipScope } from "../../../core/index.ts";
import { nodeAddress } from "./node-address.ts";

test("a node that names no address has the one at which it is seen", () => {
  assert.deepEqual(nodeAddress(null, "127.0.0.1"), { kind: "good", address: "127.0.0.1" });
  assert.deepEqual(nodeAddress(null, "192.0.2.1"), { kind: "good", address: "192.0.2.1" });
});

test("an address is kept as transports write it, however the node did", () => {
  for (const [given, address] of [
    ["2001:0DB8:0:0::0001", "2001:db8::1"],
    ["::ffff:198.51.100.7", "198.51.100.7"],
    ["198.51.100.7", "198.51.100.7"],
  ] as const) {
    assert.deepEqual(nodeAddress(given, "192.0.2.1"), { kind: "good", address });
  }
});

test("what is no address, or that of no machine, is refused with words for the operator", () => {
  for (const given of ["", "relay.example", "1.2.3", "300.1.1.1", "fe80::1%eth0", "10.0.0.1:80"]) {
    const found = nodeAddress(given, "127.0.0.1");
    assert.ok(found.kind === "refused" && found.problem.includes("is not an IP address"), given);
  }
  for (const given of ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1"]) {
    assert.equal(nodeAddress(given, "127.0.0.1").kind, "refused", given);
  }
});

test("nodes elsewhere are never sent to a private, local or metadata address by a node that is seen in public", () => {
  const near = fc.constantFrom(
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fd12::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:a00:1::1",
  );
  const seen = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => ipScope(text) === "global");
  fc.assert(
    fc.property(near, seen, (given, remote) => {
      assert.equal(nodeAddress(given, remote).kind, "refused");
    }),
  );
});

test("a network of its own may use its own addresses, and nobody those of a cloud's metadata", () => {
  for (const [given, remote, kind] of [
    ["127.0.0.1", "127.0.0.1", "good"],
    ["192.168.1.4", "127.0.0.1", "good"],
    ["192.168.1.4", "10.0.0.9", "good"],
    ["127.0.0.1", "10.0.0.9", "refused"],
    ["fe80::2", "10.0.0.9", "refused"],
    ["fe80::2", "fe80::3", "good"],
    ["198.51.100.7", "10.0.0.9", "good"],
    ["169.254.169.254", "169.254.1.1", "refused"],
    ["fd00:ec2::254", "fd00::1", "refused"],
    ["100.100.100.200", "100.100.100.201", "refused"],
  ] as const) {
    assert.equal(nodeAddress(given, remote).kind, kind, `${given} seen at ${remote}`);
  }
});
