import assert from "node:assert/strict";
import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { suite, test } from "node:test";
import fc from "fast-check";
import { canonicalIp, formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "./ip.ts";

suite("IP addresses as text", () => {
  test("every IPv4 address reads back from its dotted quad", () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), (address) => {
        assert.equal(parseIpv4(formatIpv4(address)), address);
      }),
    );
  });

  test("every IPv6 address reads back from its text, which is the platform's", () => {
    const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const text = formatIpv6(groups);
        assert.deepEqual(parseIpv6(text), groups);
        // The platform writes the deprecated IPv4-compatible addresses (::1.2.3.4) as quads; RFC 5952 does not ask for it.
        const isCompatible = groups.slice(0, 6).every((one) => one === 0);
        const { address } = new SocketAddress({ address: text, family: "ipv6" });
        if (!isCompatible) assert.equal(text, address);
      }),
      { numRuns: 500 },
    );
  });

  test("of any text the same is an address here as in the platform", () => {
    const near = fc
      .array(
        fc.constantFrom(
          "0",
          "1",
          "12",
          "255",
          "256",
          "ab",
          "FFFF",
          "12345",
          ":",
          "::",
          ".",
          "g",
          " ",
        ),
        {
          maxLength: 18,
        },
      )
      .map((parts) => parts.join(""));
    const colons = fc
      .array(fc.constantFrom("", "0", "1", "ab", "FFFF", "12345", "1.2.3.4"), { maxLength: 10 })
      .map((parts) => parts.join(":"));
    const real = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(fc.oneof(near, colons, real), (text) => {
        assert.equal(parseIpv4(text) !== undefined, isIPv4(text), `IPv4 ${text}`);
        assert.equal(parseIpv6(text) !== undefined, isIPv6(text), `IPv6 ${text}`);
      }),
      { numRuns: 3000 },
    );
  });

  test("the canonical text is that of RFC 5952", () => {
    const cases = {
      "2001:0DB8:0:0:0:0:2:1": "2001:db8::2:1",
      "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
      "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
      "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
      "0:0:0:0:0:0:0:0": "::",
      "0:0:0:0:0:0:0:1": "::1",
      "fe80:0:0:0:0:0:0:0": "fe80::",
      "::ffff:c000:0280": "::ffff:192.0.2.128",
      "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
      "192.0.2.1": "192.0.2.1",
    };
    for (const [text, canonical] of Object.entries(cases))
      assert.equal(canonicalIp(text), canonical);
    for (const text of [
      "",
      "1.2.3",
      "01.2.3.4",
      "1.2.3.4.5",
      "fe80::1%eth0",
      "::1::",
      ":::",
      "1:2:3:4:5:6:7:8:9",
    ]) {
      assert.equal(canonicalIp(text), undefined);
    }
  });
});
