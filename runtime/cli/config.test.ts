import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "./config-error.ts";
import { resolveConfig } from "./config.ts";
import type { ConfigSources } from "./config.ts";
import { nearestOf } from "./option-names.ts";
import { flag, integer, optionalText, parsed, parsedList, requiredParsed } from "./option-spec.ts";
import { hostPortText, readFingerprint, readHostPort } from "./option-values.ts";
import { withFolder } from "./testing/run-tagwire.ts";

const TABLE = {
  listen: parsed({
    doc: "…",
    fallback: "0.0.0.0:1",
    read: readHostPort,
    remedy: "Give host:port.",
  }),
  places: integer({ doc: "…", fallback: 10, min: 1, max: 100 }),
  gateway: flag({ doc: "…", fallback: true }),
  logFile: optionalText({ doc: "…" }),
  proxies: parsedList({ doc: "…", read: String }),
};

const NOTHING: ConfigSources = { flags: {}, env: {}, configPath: undefined };

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ message }) => message);
    throw error;
  }
  return [];
}

test("without sources every option has its default", () => {
  assert.deepEqual(resolveConfig(TABLE, NOTHING), {
    listen: { host: "0.0.0.0", port: 1 },
    places: 10,
    gateway: true,
    logFile: undefined,
    proxies: [],
  });
});

test("the command line wins over the environment, that over the file, that over the default", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.json");
    const source = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(source, source, source, async (onLine, inEnv, inFile) => {
        writeFileSync(path, JSON.stringify(inFile === undefined ? {} : { places: inFile }));
        const { places } = resolveConfig(TABLE, {
          flags: { places: onLine === undefined ? undefined : String(onLine) },
          env: inEnv === undefined ? {} : { TAGWIRE_PLACES: String(inEnv) },
          configPath: path,
        });
        assert.equal(places, onLine ?? inEnv ?? inFile ?? 10);
        await Promise.resolve();
      }),
    );
  });
});

test("a texts option is one text after the other on the command line and in the environment", () => {
  const proxies = ["10.0.0.1", "10.0.0.2"];
  assert.deepEqual(resolveConfig(TABLE, { ...NOTHING, flags: { proxies } }).proxies, proxies);
  assert.deepEqual(
    resolveConfig(TABLE, { ...NOTHING, env: { TAGWIRE_PROXIES: "10.0.0.1, 10.0.0.2" } }).proxies,
    proxies,
  );
});

test("flags of the environment are read in the usual spellings", () => {
  for (const [text, value] of [
    ["1", true],
    ["no", false],
    ["FALSE", false],
    ["on", true],
    ["", true],
  ] as const) {
    assert.equal(
      resolveConfig(TABLE, { ...NOTHING, env: { TAGWIRE_GATEWAY: text } }).gateway,
      value,
      text,
    );
  }
  assert.match(
    String(faultsOf(() => resolveConfig(TABLE, { ...NOTHING, env: { TAGWIRE_GATEWAY: "maybe" } }))),
    /^TAGWIRE_GATEWAY: it must be boolean/,
  );
});

test("all faults are told at once, each with its place", () => {
  const faults = faultsOf(() =>
    resolveConfig(TABLE, {
      flags: { listen: "nowhere" },
      env: { TAGWIRE_PLACES: "many" },
      configPath: undefined,
    }),
  );
  assert.deepEqual(faults, [
    "--listen: it is not a host and a port. Give host:port.",
    "TAGWIRE_PLACES: it must be integer. Give a whole number from 1 to 100.",
  ]);
});

test("an option that is needed names every way to give it", () => {
  const table = { hub: requiredParsed({ doc: "…", read: readHostPort }) };
  assert.deepEqual(
    faultsOf(() => resolveConfig(table, NOTHING)),
    [
      '--hub: it is needed and was not given. Give it, or set TAGWIRE_HUB, or "hub" in a --config file.',
    ],
  );
});

test("a file is checked whole: types, bounds, unknown members, JSON itself", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.json");
    const faults = (text: string): readonly string[] => {
      writeFileSync(path, text);
      return faultsOf(() => resolveConfig(TABLE, { ...NOTHING, configPath: path }));
    };
    assert.deepEqual(faults('{"$schema": "x", "place": 7}'), [
      `${path}#/place: there is no such option. Did you mean "places"?`,
    ]);
    assert.deepEqual(faults('{"places": "7", "gateway": 1}'), [
      `${path}#/places: it must be integer. Give a whole number from 1 to 100.`,
      `${path}#/gateway: it must be boolean. Change it.`,
    ]);
    assert.deepEqual(faults('{"places": 101}'), [
      `${path}#/places: it must be <= 100. Give a whole number from 1 to 100.`,
    ]);
    assert.deepEqual(faults('{"listen": "x"}'), [
      `${path}#/listen: it is not a host and a port. Give host:port.`,
    ]);
    assert.deepEqual(faults('{"proxies": ["a", 1]}'), [
      `${path}#/proxies/1: it must be string. Change it.`,
    ]);
    assert.match(
      String(faults('{"places": }')),
      /this is not JSON.*position|this is not JSON.*line/,
    );
    assert.match(String(faults('{"__proto__": {"places": 7}}')), /forbidden-key/);
    assert.match(String(faults("[]")), /config\.json#: it must be object/);
    await Promise.resolve();
  });
});

test("a slip is mended, a different word is not", () => {
  assert.equal(nearestOf("hub-fingerprnt", ["hub", "hub-fingerprint"]), "hub-fingerprint");
  assert.equal(nearestOf("colour", ["hub", "places"]), undefined);
});

test("every host and port survives being written and read", () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(fc.record({ host, port: fc.integer({ min: 0, max: 65_535 }) }), (endpoint) => {
      assert.deepEqual(readHostPort(hostPortText(endpoint)), { ...endpoint });
    }),
  );
});

test("what is no host and port is refused", () => {
  for (const text of [
    "",
    "host",
    "host:",
    "host:65536",
    "1::2:3",
    "a b:1",
    "http://a:1",
    "host:12345678",
  ]) {
    assert.throws(() => readHostPort(text), /not a host and a port/, text);
  }
  assert.deepEqual(readHostPort(":80"), { host: "0.0.0.0", port: 80 });
});

test("fingerprints are read as base64url and as hexadecimal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      assert.deepEqual(readFingerprint(Buffer.from(bytes).toString("base64url")), bytes);
      assert.deepEqual(readFingerprint(Buffer.from(bytes).toString("hex").toUpperCase()), bytes);
    }),
  );
  assert.throws(() => readFingerprint("short"), /not a fingerprint/);
});
