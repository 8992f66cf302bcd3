import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { checkDeterminism } from "../engine/index.ts";
import type { CoapStory } from "./testing/coap-home.ts";
import { runCoapHome } from "./testing/coap-home.ts";

const SCRIPT = fileURLToPath(new URL("./testing/coap-home.ts", import.meta.url));
const run = promisify(execFile);

/** The answers that the client must have, request by request. */
function expected(requests: number): string[] {
  return Array.from({ length: requests }, (_, at) => {
    const text = at % 2 === 0 ? `GET /${String(at)}` : `PUT /${String(at)} on`;
    return `2.05 ${text} from 198.51.100.7`;
  });
}

suite("the package coap, unmodified, in two simulated hosts", () => {
  test("asks through a NAT and is answered, over a line that does no harm", async () => {
    const story = await runCoapHome({ seed: 1, requests: 4, faults: [] });
    assert.deepEqual(story.answers, expected(4));
    assert.equal(story.sent, 4);
    assert.equal(story.served.length, 4);
  });

  test("sends again what is lost, after 2–3 s, then twice as long, in virtual time", async () => {
    const lost = [1, 2, 3].map((packet) => ({
      ...{ kind: "drop" as const, link: "box outer", direction: "up" as const, packet },
    }));
    const story = await runCoapHome({ seed: 2, requests: 1, faults: lost });
    assert.deepEqual(story.answers, expected(1));
    assert.equal(story.sent, 4);
    assert.equal(story.served.length, 1);
    // 2–3 s, 4–6 s and 8–12 s (RFC 7252, section 4.2), and a round trip.
    assert.ok(story.endUs > 14e6 && story.endUs < 21.5e6, String(story.endUs));
  });

  test("answers twice what comes twice, and does it once", async () => {
    const faults = [
      {
        kind: "duplicate" as const,
        link: "box outer",
        direction: "up" as const,
        packet: 1,
        afterUs: 700_000,
      },
      { kind: "drop" as const, link: "box outer", direction: "down" as const, packet: 1 },
    ];
    const story = await runCoapHome({ seed: 3, requests: 1, faults });
    assert.deepEqual(story.answers, expected(1));
    assert.equal(story.served.length, 1);
    assert.equal(story.sent, 1, "the answer to the duplicate came before it was asked again");
  });

  test("gives up when nothing comes for as long as an exchange lives", async () => {
    const faults = [{ kind: "linkDown" as const, link: "box outer", fromUs: 0, toUs: 2 ** 50 }];
    const before = performance.now();
    const story = await runCoapHome({ seed: 4, requests: 1, faults });
    assert.deepEqual(story.answers, ["No reply in 247 seconds."]);
    assert.equal(story.sent, 5);
    assert.equal(story.endUs, 247_001_000);
    assert.ok(performance.now() - before < 5000, "four minutes take no time");
  });

  test("gets every answer right over lines that lose, double and reorder, whatever the seed", async () => {
    const stories: CoapStory[] = [];
    for (let seed = 1; seed <= 10; seed += 1) stories.push(await runCoapHome({ seed }));
    for (const [at, story] of stories.entries()) {
      for (const [request, answer] of story.answers.entries()) {
        const isRight = answer === expected(10)[request];
        assert.ok(isRight || /^No reply/u.test(answer), `seed ${String(at + 1)}: ${answer}`);
      }
      // The port is in the key: a NAT that forgets between two attempts makes one client two.
      assert.equal(new Set(story.served).size, story.served.length, story.served.join("\n"));
    }
    assert.ok(
      stories.some(({ sent }) => sent > 12),
      "some of them sent again",
    );
    assert.equal(new Set(stories.map(({ hash }) => hash)).size, stories.length);
  });

  test("runs the same in each run of a seed, however it is drained", async () => {
    const report = await checkDeterminism((watch) => runCoapHome({ seed: 5, watch }));
    assert.equal(report.verdict, "same");
    const [tick, turn] = [
      await runCoapHome({ seed: 5, drain: "tick" }),
      await runCoapHome({ seed: 5, drain: "turn" }),
    ];
    assert.deepEqual(turn, tick);
  });

  test("runs the same in another process, with other flags and on other Nodes", async () => {
    const here = await runCoapHome({ seed: 6 });
    const others = (process.env["TAGWIRE_OTHER_NODES"] ?? "").split(":").filter(Boolean);
    const commands = [
      [process.execPath, "--no-opt"],
      [process.execPath, "--no-async-context-frame"],
      ...others.map((node) => [node]),
    ];
    for (const [node = "", ...flags] of commands) {
      const { stdout } = await run(node, [...flags, "--no-warnings", SCRIPT, "6"]);
      assert.deepEqual(JSON.parse(stdout), here, `${node} ${flags.join(" ")}`);
    }
  });
});
