import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipScope, transportIp } from "../../core/index.ts";
import { isDialable, isMachine } from "./dialable.ts";

/** What a machine reaches and a stranger does not, in every way of writing it. */
const NEAR = [
  "127.0.0.1",
  "127.255.255.254",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.178.1",
  "100.64.0.1",
  "169.254.1.1",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::127.0.0.1",
  "fe80::1",
  "fc00::1",
  "fd12:3456::1",
  "::ffff:127.0.0.1",
  "::ffff:a00:1",
  "::FFFF:192.168.0.1",
  "64:ff9b::7f00:1",
  "2002:c0a8:1::1",
];
const NOBODYS = ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "", "host"];
const METADATA = ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "FD00:EC2:0::254"];

const PUBLIC = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .filter((text) => ipScope(text) === "global" && isMachine(text));

test("whoever is in public is dialled, wherever the main server is", () => {
  fc.assert(
    fc.property(PUBLIC, fc.constantFrom("198.51.100.1", "127.0.0.1", "fd00::1"), (to, place) => {
      assert.ok(isDialable(to, place));
    }),
  );
});

test("nobody in public has a node dial its own machine or its own network", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NEAR, ...NOBODYS, ...METADATA), PUBLIC, (to, place) => {
      assert.equal(isDialable(to, place), false);
    }),
  );
});

test("what is no machine's is dialled nowhere, nor where clouds keep secrets", () => {
  for (const place of ["198.51.100.1", "127.0.0.1", "10.0.0.1", "169.254.1.1", "fd00::1", "::1"]) {
    for (const to of [...NOBODYS, ...METADATA]) assert.equal(isDialable(to, place), false, to);
  }
  for (const to of [...NOBODYS, ...METADATA]) assert.equal(isMachine(to), false, to);
});

test("those who share a place dial each other in it, and what is nearer than that they do not", () => {
  for (const [to, place, isAdmitted] of [
    ["192.168.1.4", "192.168.1.2", true],
    ["10.8.0.4", "192.168.1.2", true],
    ["fd12::4", "10.0.0.1", true],
    ["127.0.0.1", "192.168.1.2", false],
    ["::1", "fd12::1", false],
    ["169.254.1.1", "192.168.1.2", false],
    ["fe80::1", "fe80::2", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["::ffff:127.0.0.1", "::1", true],
    ["192.168.1.4", "127.0.0.1", true],
  ] as const) {
    assert.equal(isDialable(to, place), isAdmitted, `${to} from ${place}`);
  }
});

test("the way in which an address is written makes no difference", () => {
  fc.assert(
    fc.property(
      fc.ipV4(),
      fc.constantFrom("198.51.100.1", "10.0.0.1", "127.0.0.1"),
      (to, place) => {
        assert.equal(transportIp(`::ffff:${to}`), to);
        assert.equal(isDialable(`::ffff:${to}`, place), isDialable(to, place));
        assert.equal(isDialable(to, `::ffff:${place}`), isDialable(to, place));
      },
    ),
  );
});
