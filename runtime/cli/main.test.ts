import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { checkCommand } from "../../codegen/cli/check-command.ts";
import { generateCommand } from "../../codegen/cli/generate-command.ts";
import { DEVICES, fingerprintOf } from "../io/http/testing/fake-hub-port.ts";
import type { TestHub } from "../io/http/testing/test-hub.ts";
import { createTestHub, PASSWORD, registered } from "../io/http/testing/test-hub.ts";
import { CODEGEN_COMMANDS } from "./codegen-commands.ts";
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

test("codegen's commands are mounted under their own names and descriptions", () => {
  assert.deepEqual(
    CODEGEN_COMMANDS.map(({ command, doc }) => [command, doc]),
    [generateCommand, checkCommand].map(({ command, describe }) => [command, describe]),
  );
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
      /codegen\/cli\/check-command/,
      /runtime\/(io|roles|processes)\/|runtime\/cli\/\w+-command\.ts|generate-command|pino/,
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

test("codegen's commands give their exit codes too", async () => {
  const nowhere = await runTagwire(["generate", "nowhere", "--json"]);
  assert.deepEqual([nowhere.code, nowhere.err], [EXIT.usage, ""]);
  assert.match(nowhere.out, /"There is no folder nowhere\."/);
  const both = await runTagwire(["generate", "--check", "--watch"]);
  assert.equal(both.code, EXIT.usage);
  assert.match(both.err, /exclude each other/);
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

suite("with a hub", () => {
  let hub: TestHub;
  let url: string;

  before(async () => {
    hub = await createTestHub();
    url = await hub.server.listen({ address: "127.0.0.1", port: 0 });
  });

  after(async () => {
    await hub.server.close();
  });

  test("the hub's address comes from the command line, else the environment, else the file", async () => {
    await withFolder(async (folder) => {
      const config = join(folder, "client.json");
      const place = (port: number): string => `http://127.0.0.1:${String(port)}/`;
      writeFileSync(config, JSON.stringify({ hub: place(3), login: "ann" }));
      const reached = async (
        args: readonly string[],
        env: Readonly<Record<string, string>>,
      ): Promise<string> =>
        (
          await runTagwire(["devices", "--data", folder, ...args], {
            TAGWIRE_PASSWORD: PASSWORD,
            ...env,
          })
        ).err;
      const variable = { TAGWIRE_HUB_URL: place(2) };
      assert.match(
        await reached(["--config", config, "--hub", place(1)], variable),
        /127\.0\.0\.1:1\/: the hub cannot be reached/,
      );
      assert.match(
        await reached(["--config", config], variable),
        /127\.0\.0\.1:2\/: the hub cannot be reached/,
      );
      assert.match(
        await reached(["--config", config], {}),
        /127\.0\.0\.1:3\/: the hub cannot be reached/,
      );
      assert.match(await reached(["--login", "ann"], {}), /127\.0\.0\.1:7480\/: |No devices/);
    });
  });

  test("a hub that cannot be reached is told by an exit code of its own, with --json too", async () => {
    await withFolder(async (folder) => {
      const env = {
        TAGWIRE_HUB_URL: "http://127.0.0.1:1/",
        TAGWIRE_CLIENT_DATA: folder,
        TAGWIRE_LOGIN: "ann",
        TAGWIRE_PASSWORD: PASSWORD,
      };
      for (const command of [["devices"], ["account", "login"], ["claim"]]) {
        const { code, err } = await runTagwire(command, env);
        assert.equal(code, EXIT.unavailable, err);
        assert.match(err, /^tagwire: http:\/\/127\.0\.0\.1:1\/: the hub cannot be reached \(/);
      }
      const { code, out } = await runTagwire(["devices", "--json"], env);
      assert.equal(code, EXIT.unavailable);
      const { ok, errors } = JSON.parse(out) as { ok: boolean; errors: { place: string }[] };
      assert.deepEqual([ok, errors.map(({ place }) => place)], [false, ["http://127.0.0.1:1/"]]);
    });
  });

  test("an account is made, its session is kept for the next commands, and ends", async () => {
    await withFolder(async (folder) => {
      const passwordFile = join(folder, "password");
      writeFileSync(passwordFile, `${PASSWORD}\n`);
      const env = { TAGWIRE_HUB_URL: url, TAGWIRE_CLIENT_DATA: folder };
      const made = await runTagwire(
        ["account", "register", "--login", "Ann", "--password-file", passwordFile],
        env,
      );
      assert.deepEqual([made.code, made.out], [EXIT.ok, "Logged in as ann.\n"], made.err);
      const sessions = join(folder, "sessions.json");
      assert.equal(statSync(sessions).mode & 0o777, 0o600);
      assert.ok(!readFileSync(sessions, "utf8").includes(PASSWORD));

      hub.hub.owned.set("ann", DEVICES);
      const devices = await runTagwire(["devices"], env);
      assert.equal(devices.code, EXIT.ok, devices.err);
      assert.match(devices.out, /^STATE +MAC +NAME/);
      assert.match(
        devices.out,
        /online +02:00:5e:10:00:01 +Attic +4 s ago +3 d 4 h +18 % +304 MiB/,
      );
      assert.match(
        devices.out,
        /offline +02:00:5e:10:00:03 +Boat <summer & winter> +2 d 2 h ago +- +- +-/,
      );
      const json = await runTagwire(["devices", "--json"], env);
      assert.equal((JSON.parse(json.out) as { devices: unknown[] }).devices.length, 3);

      const claim = await runTagwire(["claim", "--label", "Attic", "--json"], env);
      const {
        code,
        command,
        claim: view,
      } = JSON.parse(claim.out) as { code: string; command: string; claim: { id: string } };
      assert.ok(command.endsWith(`--claim ${code}`));
      assert.match(
        (await runTagwire(["claim", "list"], env)).out,
        new RegExp(`${view.id} +Attic +single use +0 +`),
      );
      assert.equal((await runTagwire(["claim", "revoke", view.id], env)).code, EXIT.ok);
      assert.equal((await runTagwire(["claim", "revoke", view.id], env)).code, EXIT.notFound);

      const unknown = await runTagwire(["call", "Cellar", "system.uptime"], env);
      assert.equal(unknown.code, EXIT.notFound);
      assert.match(unknown.err, /Cellar: no router of this account is called so/);
      assert.equal((await runTagwire(["account", "logout"], env)).out, "Logged out ann.\n");
      assert.equal((await runTagwire(["devices"], env)).code, EXIT.usage);
    });
  });

  test("a session that the hub forgot is begun again where there is a password, else refused", async () => {
    await withFolder(async (folder) => {
      const env = { TAGWIRE_HUB_URL: url, TAGWIRE_CLIENT_DATA: folder, TAGWIRE_LOGIN: "bob" };
      const password = { TAGWIRE_PASSWORD: PASSWORD };
      assert.equal(
        (await runTagwire(["account", "register"], { ...env, ...password })).code,
        EXIT.ok,
      );
      hub.store.sessions.clear();
      assert.equal((await runTagwire(["devices"], { ...env, ...password })).code, EXIT.ok);
      hub.store.sessions.clear();
      assert.equal((await runTagwire(["devices"], env)).code, EXIT.usage);
      const wrong = await runTagwire(["devices"], { ...env, TAGWIRE_PASSWORD: "not the password" });
      assert.equal(wrong.code, EXIT.denied);
      assert.match(wrong.err, /Login or password is wrong\. Check login and password/);
    });
  });

  test("a password on the command line works with a warning", async () => {
    await withFolder(async (folder) => {
      const { code, err } = await spawnTagwire([
        "account",
        "register",
        "--login",
        "carl",
        "--password",
        PASSWORD,
        "--hub",
        url,
        "--data",
        folder,
      ]);
      assert.equal(code, EXIT.ok);
      assert.match(err, /warning: everybody on this machine sees a password on the command line/);
      assert.ok(!err.includes(PASSWORD));
    });
  });

  test("the owner of a router settles who has its mac", async () => {
    await withFolder(async (folder) => {
      await registered(hub, "dora");
      const env = { TAGWIRE_HUB_URL: url, TAGWIRE_CLIENT_DATA: folder, TAGWIRE_LOGIN: "dora" };
      const run = (...args: string[]): ReturnType<typeof runTagwire> =>
        runTagwire(["devices", ...args], { ...env, TAGWIRE_PASSWORD: PASSWORD });
      const rival = fingerprintOf(0xab);
      const contest = (): void => {
        hub.hub.owned.set(
          "dora",
          DEVICES.map((device, index) => (index === 0 ? { ...device, rival } : device)),
        );
      };
      const [known, asking] = ["01010101", "abababab"].map((group) =>
        Array.from({ length: 8 }, () => group).join("-"),
      ) as [string, string];
      contest();
      const listed = await run();
      assert.match(listed.out, /Another identity asks for the mac 02:00:5e:10:00:01/);
      assert.match(listed.out, new RegExp(`Known +${known}\n +New +${asking}`));
      const [command] = /tagwire devices settle .*--accept.*/.exec(listed.out) ?? [];
      const wrong = await run("settle", "Attic", "--accept", "--rival", known);
      assert.equal(wrong.code, EXIT.notFound);
      assert.match(wrong.err, new RegExp(`who asks for this mac is ${asking}`));
      assert.deepEqual(hub.hub.settled, []);

      const rejected = await run("settle", "Attic", "--reject");
      assert.deepEqual(
        [rejected.code, rejected.out],
        [EXIT.ok, `02:00:5e:10:00:01 is ${known}, as before.\n${" ".repeat(17)} not ${asking}\n`],
      );
      contest();
      const accepted = await run(...(command ?? "").split(" ").slice(2), "--json");
      assert.equal(accepted.code, EXIT.ok, accepted.err);
      assert.deepEqual(JSON.parse(accepted.out), {
        mac: "02:00:5e:10:00:01",
        accepted: true,
        known: Buffer.alloc(32, 1).toString("base64url"),
        rival: Buffer.alloc(32, 0xab).toString("base64url"),
      });
      assert.deepEqual(
        hub.hub.settled.map(({ accept }) => accept),
        [false, true],
      );
      const again = await run("settle", "Attic", "--accept");
      assert.equal(again.code, EXIT.notFound);
      assert.match(again.err, /no other identity asks for this mac/);
      assert.ok(!(await run()).out.includes("Another identity"));
    });
  });

  test("what is not a hub is told, not parsed", async () => {
    await withFolder(async (folder) => {
      const { createServer } = await import("node:http");
      const server = createServer((_request, response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works!</h1>");
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = server.address() as { port: number };
        const { code, err } = await runTagwire(
          [
            "devices",
            "--hub",
            `http://127.0.0.1:${String(port)}/`,
            "--login",
            "ann",
            "--data",
            folder,
          ],
          { TAGWIRE_PASSWORD: PASSWORD },
        );
        assert.equal(code, EXIT.failed);
        assert.match(err, /is not JSON\. Check that this is the address of a hub/);
      } finally {
        server.close();
      }
    });
  });
});
