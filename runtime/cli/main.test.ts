import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EXIT } from "./exit-code.ts";
import { modulesLoadedBy, runTagwire, spawnTagwire, withFolder } from "./testing/run-tagwire.ts";

const COMMANDS = [
  "demo",
  "hub",
  "server",
  "router",
  "account",
  "devices",
  "claim",
  "call",
  "generate",
  "check",
];

test("--help names every command, --version the version, and each command's help has examples and exit codes", async () => {
  const help = await runTagwire(["--help"]);
  assert.equal(help.code, EXIT.ok);
  for (const command of COMMANDS) assert.match(help.out, new RegExp(`tagwire ${command}\\b`));
  assert.match((await runTagwire(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
  for (const command of COMMANDS) {
    const { code, out } = await runTagwire([command, "--help"]);
    assert.equal(code, EXIT.ok, command);
    assert.match(out, /Examples:/, command);
    assert.match(out, /Exit code: 0/, command);
  }
});

test("a command loads nothing that only others stand on", async () => {
  const cases: readonly (readonly [args: readonly string[], own: RegExp, others: RegExp])[] = [
    [
      ["--help"],
      /cli\/main\.ts/,
      /cli\/\w+-command\.ts|\/runtime\/(io|roles|core)\/|\/codegen\/(cli|load|emit)\/|pino|ajv/,
    ],
    [
      ["check", "--help"],
      /codegen\/cli\/run-check/,
      /runtime\/(roles|processes)\/|cli\/(?!check)\w+-command\.ts|run-generate|ts-morph|prettier|fastify/,
    ],
    [
      ["claim", "--help"],
      /cli\/claim-command/,
      /\/codegen\/(cli|load|emit)\/|runtime\/(roles|processes)\/|fastify/,
    ],
  ];
  for (const [args, own, others] of cases) {
    const modules = await modulesLoadedBy(args);
    assert.ok(
      modules.some((url) => own.test(url)),
      modules.join(" "),
    );
    assert.deepEqual(
      modules.filter((url) => others.test(url)),
      [],
    );
  }
});

test("as a process: results on standard output, messages on standard error, and the exit code", async () => {
  const version = await spawnTagwire(["--version"]);
  assert.deepEqual([version.code, version.err], [EXIT.ok, ""]);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  const unknown = await spawnTagwire(["hubb"]);
  assert.deepEqual([unknown.code, unknown.out], [EXIT.usage, ""]);
  assert.match(unknown.err, /Did you mean hub\?/);
  const check = await spawnTagwire(["check", "nowhere", "--json"]);
  assert.equal(check.code, EXIT.usage);
  assert.equal((JSON.parse(check.out) as { ok: boolean }).ok, false);
  const lonely = await spawnTagwire(["devices", "--login", "ann"]);
  assert.equal(lonely.code, EXIT.usage, lonely.err);
  assert.match(lonely.err, /a password is needed.*TAGWIRE_PASSWORD/);
});

test("wrong usage exits 2 and says what was meant", async () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /Name a command/],
    [["hubb"], /Did you mean hub\?/],
    [["hub", "--htp", "x"], /Unknown argument: htp\. Did you mean --http\?/],
    [["hub", "--listen"], /Not enough arguments following: listen/],
    [["call", "router"], /Not enough non-option arguments/],
    [["account", "fly"], /Choices: "register"/],
    [["claim", "revoke"], /the id of the claim is missing/],
    [["devices", "settle"], /the router is missing/],
    [["devices", "settle", "Attic"], /the decision is missing\. Give --accept or --reject/],
    [["devices", "settle", "Attic", "--accept", "--reject"], /exclude each other/],
    [["devices", "settle", "Attic", "--accept", "--rival", "short"], /it is not a fingerprint/],
    [["call", "attic", "system.uptime", "[1]"], /params: they are not a JSON object/],
    [
      ["devices", "--hub", "http://198.51.100.7/", "--login", "ann"],
      /would cross the network in clear.*--plain-http/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await runTagwire(args);
    assert.equal(code, EXIT.usage, `${args.join(" ")}: ${err}`);
    assert.match(err, message);
    assert.equal(out, "");
    assert.ok(!err.includes("    at "), err);
  }
});

test("a bad configuration file exits 2, naming file, pointer and remedy, as JSON too", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "hub.json");
    writeFileSync(
      path,
      JSON.stringify({ listen: "here", telemetryPeriodMs: 5, trustdProxy: ["::1"] }),
    );
    const { code, out, err } = await runTagwire(["hub", "--config", path, "--json"]);
    assert.equal(code, EXIT.usage);
    const { ok, errors } = JSON.parse(out) as {
      ok: boolean;
      errors: { place: string; remedy: string }[];
    };
    assert.equal(ok, false);
    assert.deepEqual(errors.map(({ place, remedy }) => [place, remedy]).sort(), [
      [`${path}#/telemetryPeriodMs`, "Give a whole number from 500 to 600000."],
      [`${path}#/trustdProxy`, 'Did you mean "trustedProxy"?'],
    ]);
    assert.match(err, /#\/telemetryPeriodMs: it must be >= 500/);
    writeFileSync(path, JSON.stringify({ listen: "here" }));
    assert.match(
      (await runTagwire(["hub"], { TAGWIRE_CONFIG: path })).err,
      /hub\.json#\/listen: it is not a host and a port\. Give host:port/,
    );
    const missing = await runTagwire(["hub", "--config", join(folder, "none.json")]);
    assert.equal(missing.code, EXIT.usage);
    assert.match(missing.err, /none\.json: the configuration file cannot be read/);
  });
});

test("start-up refuses a weak join secret and half of a TLS pair", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    writeFileSync(path, "changeme\n", { mode: 0o600 });
    for (const args of [["hub"], ["server", "--hub", "127.0.0.1:7400"]]) {
      const { code, err } = await runTagwire([
        ...args,
        "--join-secret-file",
        path,
        "--data",
        folder,
      ]);
      assert.equal(code, EXIT.usage);
      assert.match(err, /secret: the join secret has fewer than 32 characters\. Make one/);
    }
    const half = await runTagwire(["hub", "--data", folder, "--http-tls-cert", "chain.pem"]);
    assert.match(half.err, /--http-tls-key: certificate and key are needed together/);
  });
});
