import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { DEVICES } from "../io/http/testing/fake-hub-port.ts";
import type { TestHub } from "../io/http/testing/test-hub.ts";
import { createTestHub, PASSWORD } from "../io/http/testing/test-hub.ts";
import { EXIT } from "./exit-code.ts";
import { runTagwire, spawnTagwire, withFolder } from "./testing/run-tagwire.ts";

suite("the commands of an account, with a hub", () => {
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
