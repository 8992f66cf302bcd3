import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { TunnelAnswer } from "../../processes/tunnel-types.ts";
import { ConsentPrompt } from "./consent-prompt.ts";

const QUESTION = "ada wants a tunnel. Allow it? [y/N] ";
/** Longer than a line is taken for one that was begun before. */
const READ_MS = 400;

interface Sitting {
  /** Types a line. */
  readonly type: (line: string) => void;
  readonly end: () => void;
  /** All that was shown. */
  readonly shown: () => string;
  readonly ask: (user: string, plain?: boolean) => Promise<TunnelAnswer>;
  /** Withdraws the latest question. */
  readonly withdraw: () => void;
  readonly until: (text: string) => Promise<void>;
}

function sit(t: TestContext, isTTY = true): Sitting {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => (shown += text));
  const prompt = new ConsentPrompt({
    input,
    output,
    tell: (text) => (shown += `${text}\n`),
    interrupted: () => undefined,
  });
  t.after(() => {
    prompt.close();
  });
  let withdrawal = new AbortController();
  return {
    type: (line) => input.write(`${line}\n`),
    end: () => input.end(),
    shown: () => shown,
    ask: (user, plain = false) => {
      withdrawal = new AbortController();
      return prompt.ask({ user, plain, withdrawn: withdrawal.signal });
    },
    withdraw: () => {
      withdrawal.abort();
    },
    until: async (text) => {
      const startMs = performance.now();
      while (!shown.includes(text)) {
        assert.ok(performance.now() - startMs < 10_000, `${text} is not shown, but ${shown}`);
        await setTimeout(5);
      }
    },
  };
}

for (const [line, isAllowed] of [
  ["y", true],
  [" YES ", true],
  ["", false],
  ["n", false],
  ["yes please", false],
] as const) {
  test(`"${line}" ${isAllowed ? "lets in" : "does not let in"}`, async (t) => {
    const { ask, type, until } = sit(t);
    const answer = ask("ada");
    await until(QUESTION);
    await setTimeout(READ_MS);
    type(line);
    assert.equal((await answer).isAllowed, isAllowed);
  });
}

test("a tunnel without encryption is asked about loudly", async (t) => {
  const { ask, until } = sit(t);
  void ask("ada", true);
  await until("ada wants a tunnel WITHOUT ENCRYPTION: relays can read and change all");
});

test("a line that was typed before a question was there answers nothing", async (t) => {
  const { ask, shown, type, until } = sit(t);
  type("y");
  await setTimeout(20);
  const answer = ask("mallory");
  await until("mallory wants a tunnel");
  type("y");
  await setTimeout(READ_MS);
  assert.equal(shown().split("mallory wants a tunnel").length, 3, "it is asked again");
  type("n");
  assert.equal((await answer).isAllowed, false);
});

test("a question that is withdrawn says so and gives way to the next, which takes no answer that was meant for it", async (t) => {
  const { ask, type, until, withdraw } = sit(t);
  const first = ask("ada");
  await until(QUESTION);
  await setTimeout(READ_MS);
  withdraw();
  const next = ask("mallory");
  type("y");
  assert.equal((await first).isAllowed, false);
  await until("ada does not wait for an answer any more");
  await until("mallory wants a tunnel");
  await setTimeout(READ_MS);
  type("n");
  assert.equal((await next).isAllowed, false);
});

test("a question that was withdrawn before its turn is not shown", async (t) => {
  const { ask, shown, type, until, withdraw } = sit(t);
  const first = ask("ada");
  const second = ask("carol");
  withdraw();
  await until(QUESTION);
  await setTimeout(READ_MS);
  type("y");
  assert.deepEqual(
    [(await first).isAllowed, (await second).isAllowed, shown().includes("carol")],
    [true, false, false],
  );
});

test("where the terminal is closed, and where there is none, the answer is no and the user is told what to do", async (t) => {
  const { ask, end, until } = sit(t);
  const open = ask("ada");
  await until(QUESTION);
  end();
  assert.equal((await open).isAllowed, false);
  assert.equal((await ask("carol")).isAllowed, false);
  await until("carol wants a tunnel and is refused: run `tagwire tunnel allow carol --always`");
  const without = sit(t, false);
  assert.equal((await without.ask("ada", true)).isAllowed, false);
  await without.until("run `tagwire tunnel allow ada --always --plain`");
});
