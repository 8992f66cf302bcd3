import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { colourOf } from "./colour.ts";
import { durationText, ProgressText } from "./progress.ts";

class Output extends Writable {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = "";

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

const STATE = { runs: 250, total: 1000, failures: 1, seedsPerMinute: 500 };

test("a terminal has one line that changes, which fits and goes away at the end", (t) => {
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const output = new Output(true);
  const progress = new ProgressText(output, "control");
  progress.take(STATE);
  assert.equal(output.text, "", "not at once");
  nowMs = 1000;
  progress.take(STATE);
  assert.equal(
    output.text,
    "\r\u001b[2Kcontrol: 250 of 1000 seeds, 1 failed, 500 seeds/min, 1 min ",
  );
  progress.end();
  assert.match(output.text, /\r\u001b\[2K$/);
});

test("elsewhere there is a line every half minute, without moving the cursor", (t) => {
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const output = new Output(false);
  const progress = new ProgressText(output, "control");
  for (nowMs = 0; nowMs <= 65_000; nowMs += 1000) progress.take(STATE);
  progress.end();
  const line = "control: 250 of 1000 seeds, 1 failed, 500 seeds/min, 1 min 30 s left\n";
  assert.equal(output.text, line.repeat(2));
});

test("durations are told in the two units that fit", () => {
  assert.deepEqual([12, 59_400, 61_000, 3_599_600, 7_260_000].map(durationText), [
    "12 ms",
    "59 s",
    "1 min 1 s",
    "1 h 0 min",
    "2 h 1 min",
  ]);
});

test("colours are for terminals, unless NO_COLOR is set", () => {
  assert.equal(colourOf(new Output(true), {}).bad("x"), "\u001b[31mx\u001b[0m");
  assert.equal(colourOf(new Output(true), { NO_COLOR: "1" }).bad("x"), "x");
  assert.equal(colourOf(new Output(false), {}).good("x"), "x");
});
