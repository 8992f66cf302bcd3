import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { addressGroup } from "./address-group.ts";
import { formatIpv4, formatIpv6 } from "./ip.ts";
import { ipScope, transportIp } from "./ip-scope.ts";

/** The first and the last address of each network that is not global, and those beside it. */
const EDGES: readonly (readonly [address: string, scope: string])[] = [
  ["0.0.0.0", "none"],
  ["0.255.255.255", "none"],
  ["1.0.0.0", "global"],
  ["9.255.255.255", "global"],
  ["10.0.0.0", "site"],
  ["10.255.255.255", "site"],
  ["11.0.0.0", "global"],
  ["100.63.255.255", "global"],
  ["100.64.0.0", "site"],
  ["100.127.255.255", "site"],
  ["100.128.0.0", "global"],
  ["126.255.255.255", "global"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.255", "loopback"],
  ["169.253.255.255", "global"],
  ["169.254.169.254", "link"],
  ["169.255.0.0", "global"],
  ["172.15.255.255", "global"],
  ["172.16.0.0", "site"],
  ["172.31.255.255", "site"],
  ["172.32.0.0", "global"],
  ["192.0.2.1", "global"],
  ["192.168.255.255", "site"],
  ["192.169.0.0", "global"],
  ["223.255.255.255", "global"],
  ["224.0.0.1", "none"],
  ["255.255.255.255", "none"],
  ["::", "none"],
  ["::1", "loopback"],
  ["2001:db8::1", "global"],
  ["fbff::1", "global"],
  ["fc00::1", "site"],
  ["fd00:ec2::254", "site"],
  ["fe00::1", "global"],
  ["fe80::1", "link"],
  ["febf::1", "link"],
  ["fec0::1", "site"],
  ["ff02::1", "none"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:8.8.8.8", "global"],
  ["::10.0.0.1", "site"],
  ["64:ff9b::a9fe:a9fe", "link"],
  ["64:ff9b::808:808", "global"],
  ["2002:7f00:1::1", "loopback"],
  ["2002:808:808::1", "global"],
];

test("each network that is not global is known from its first address to its last", () => {
  assert.deepEqual(
    EDGES.map(([address]) => [address, ipScope(address)]),
    EDGES,
  );
});

test("what is private, shared, loopback or link-local by the platform's arithmetic is so here, and nothing else", () => {
  const list = new BlockList();
  for (const [address, bits] of [
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
  ] as const) {
    list.addSubnet(address, bits, "ipv4");
  }
  const isNear = (text: string): boolean => {
    const scope = ipScope(text);
    return scope === "site" || scope === "loopback" || scope === "link";
  };
  const high = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(10, 100, 127, 169, 172, 192));
  const second = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(16, 31, 64, 127, 168, 254));
  fc.assert(
    fc.property(high, second, fc.nat({ max: 0xffff }), (first, next, rest) => {
      const text = formatIpv4(first * 0x100_0000 + next * 0x1_0000 + rest);
      assert.equal(isNear(text), list.check(text, "ipv4"), text);
      assert.equal(ipScope(`::ffff:${text}`), ipScope(text), text);
    }),
    { numRuns: 2_000 },
  );
});

test("every address has one text for transports, whatever it was written like, and nothing else has one", () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat({ max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = formatIpv6(groups);
      const long = groups.map((one) => one.toString(16).toUpperCase().padStart(4, "0")).join(":");
      assert.equal(transportIp(long), transportIp(text));
    }),
  );
  assert.equal(transportIp("::FFFF:C000:0201"), "192.0.2.1");
  assert.equal(transportIp("192.0.2.1"), "192.0.2.1");
  assert.equal(transportIp("2001:0DB8::0001"), "2001:db8::1");
  fc.assert(
    fc.property(fc.string({ maxLength: 45 }), (text) => {
      const found = transportIp(text);
      if (found !== undefined && isIPv4(found)) assert.equal(transportIp(found), found);
    }),
  );
  for (const none of ["", "localhost", "1.2.3", "01.2.3.4", "fe80::1%eth0", "1::2::3"]) {
    assert.deepEqual([transportIp(none), ipScope(none)], [undefined, undefined], none);
  }
});

test("addresses of one IPv6 /64 network are one neighbour; an IPv4 address is one by itself", () => {
  assert.equal(addressGroup("2001:db8:1:2::5"), addressGroup("2001:db8:1:2:aaaa:bbbb:cccc:dddd"));
  assert.notEqual(addressGroup("2001:db8:1:2::5"), addressGroup("2001:db8:1:3::5"));
  assert.notEqual(addressGroup("192.0.2.7"), addressGroup("192.0.2.8"));
});
