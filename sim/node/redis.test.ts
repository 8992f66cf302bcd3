import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { checkDeterminism } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import { runRedisHome } from "./testing/redis-home.ts";

/** What the client is answered: it sets a number and gets it. */
const ANSWERS = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? "OK" : String(at - 1)));

/** Those answers, but for one request that failed. */
function answersWithout(failed: number, problem: string): readonly string[] {
  return ANSWERS.with(failed, `failed: Error: ${problem}`);
}

suite("the package @redis/client, unmodified, in a simulated host", () => {
  test("connects through a NAT, and is answered, over a line that does no harm", async () => {
    const { answers, told, served } = await runRedisHome({ seed: 1, faults: [] });
    assert.deepEqual(answers, ANSWERS);
    assert.deepEqual(told, ["0 s: ready"]);
    // It says twice who it is.
    assert.equal(served, ANSWERS.length + 2);
  });

  test("is answered as well over lines that lose, double and reorder, for TCP mends them", async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 5; seed += 1) {
      const { answers, served, hash } = await runRedisHome({ seed });
      assert.deepEqual(answers, ANSWERS, `seed ${String(seed)}`);
      assert.equal(served, ANSWERS.length + 2);
      hashes.add(hash);
    }
    assert.equal(hashes.size, 5);
  });

  test("connects again by itself to a server whose machine was without power", async () => {
    const crash = { kind: "crash", host: "server", what: "machine", writesKept: 0 } as const;
    const faults: Fault[] = [{ ...crash, atUs: 5_500_000, downForUs: 20_000_000 }];
    const { answers, told } = await runRedisHome({ seed: 1, faults });
    assert.deepEqual(answers, answersWithout(5, "read ECONNRESET"));
    const [first, lost = "", again = "", ...others] = told;
    assert.deepEqual([first, others], ["0 s: ready", []]);
    // TCP sends the request again until the machine is there, and knows nothing of the connection.
    assert.match(lost, /^(2[5-9]|3\d|4\d|5[01]) s: read ECONNRESET$/u);
    assert.match(again, /ready$/u);
  });

  test("waits for a box that has forgotten the connection as long as Linux does, a quarter of an hour", async () => {
    const faults: Fault[] = [{ kind: "natReboot", nat: "box", atUs: 5_500_000 }];
    const { answers, told } = await runRedisHome({ seed: 1, faults });
    assert.deepEqual(answers, answersWithout(5, "read ETIMEDOUT"));
    const seconds = Number.parseInt(told[1] ?? "", 10);
    assert.ok(seconds > 900 && seconds < 1000, told.join("\n"));
    assert.match(told[2] ?? "", /ready$/u);
  });

  test("runs the same in each run of a seed, however it is drained", async () => {
    const report = await checkDeterminism((watch) => runRedisHome({ seed: 3, watch }));
    assert.equal(report.verdict, "same");
    const [tick, turn] = [
      await runRedisHome({ seed: 3, drain: "tick" }),
      await runRedisHome({ seed: 3, drain: "turn" }),
    ];
    assert.deepEqual(turn, tick);
  });
});
