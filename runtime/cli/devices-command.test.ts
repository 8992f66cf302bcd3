import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVICES, fingerprintOf } from "../io/http/testing/fake-hub-port.ts";
import { createTestHub, PASSWORD, registered } from "../io/http/testing/test-hub.ts";
import { EXIT } from "./exit-code.ts";
import { runTagwire, withFolder } from "./testing/run-tagwire.ts";

test("the owner of a router settles who has its mac", async (context) => {
  const hub = await createTestHub();
  context.after(() => hub.server.close());
  const url = await hub.server.listen({ address: "127.0.0.1", port: 0 });
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
      known,
      rival: asking,
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
