import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { NAT_PROFILES, natProfile } from "./index.ts";
import { profileGuide } from "./testing/profile-guide.ts";

const GUIDE = new URL("../../docs/guides/nat-profiles.md", import.meta.url);

test("There are at least 18 profiles with different names, and each has sources.", () => {
  assert.ok(NAT_PROFILES.length >= 18);
  assert.equal(new Set(NAT_PROFILES.map(({ name }) => name)).size, NAT_PROFILES.length);
  for (const { name, sources, doc } of NAT_PROFILES) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(sources.length > 0 && doc.length > 20, name);
  }
});

test("Every value of every axis occurs in a profile.", () => {
  const axes = NAT_PROFILES.filter((profile) => profile.kind === "axes");
  const has = (values: readonly string[], seen: readonly string[]): void => {
    assert.deepEqual([...new Set(seen)].sort(), [...values].sort());
  };
  const dependences = ["endpoint-independent", "address-dependent", "address-and-port-dependent"];
  has(
    dependences,
    axes.map(({ mapping }) => mapping),
  );
  has(
    dependences,
    axes.map(({ filtering }) => filtering),
  );
  const ports = ["preservation", "parity", "contiguous", "random", "sequential", "block"];
  has(
    ports,
    axes.map((profile) => profile.ports.kind),
  );
  has(
    ["never", "per-remote", "always"],
    axes.map(({ overloading }) => overloading),
  );
  has(
    ["none", "external-source", "internal-source"],
    axes.map(({ hairpinning }) => hairpinning),
  );
  has(
    ["paired", "arbitrary"],
    axes.map(({ pooling }) => pooling),
  );
  has(
    ["drop", "tcp-rst", "port-unreachable"],
    axes.map(({ unsolicitedTcp }) => unsolicitedTcp.kind),
  );
});

test("The guide describes the profiles as they are.", () => {
  const guide = profileGuide(NAT_PROFILES);
  if (process.env["TAGWIRE_UPDATE"] !== undefined) writeFileSync(GUIDE, guide);
  assert.equal(readFileSync(GUIDE, "utf8"), guide);
});

test("A name that is not known is answered with those that are.", () => {
  assert.throws(
    () => natProfile("cone"),
    /no NAT profile is called cone; there are rfc-recommended,/,
  );
});
