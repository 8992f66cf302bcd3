import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalAddress, endpointText, listenError } from "./addresses.ts";

test("An IPv4 address in IPv6 clothes becomes a dotted quad, a zone is dropped, the rest stays.", () => {
  assert.equal(canonicalAddress("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(canonicalAddress("fe80::1%eth0"), "fe80::1");
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      fc.pre(!address.startsWith("::ffff:"));
      assert.equal(canonicalAddress(address), address);
    }),
  );
});

test("Endpoints read as people write them.", () => {
  assert.equal(endpointText({ address: "192.0.2.1", port: 80 }), "192.0.2.1:80");
  assert.equal(endpointText({ address: "2001:db8::1", port: 80 }), "[2001:db8::1]:80");
});

test("A failure to listen says what, where and how to mend it, also an unforeseen one.", () => {
  const at = { address: "192.0.2.1", port: 80 };
  const fail = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });
  assert.match(
    listenError("TCP", at, fail("EACCES")).message,
    /^TCP 192\.0\.2\.1:80: .*above 1023/,
  );
  assert.match(listenError("UDP", at, fail("EADDRNOTAVAIL")).message, /does not have that address/);
  assert.match(listenError("HTTP", at, fail("EMFILE")).message, /cannot listen \(listen EMFILE\)/);
});
