import assert from "node:assert/strict";
import { test } from "node:test";
import { Closing, opened } from "./closing.ts";
import { EventGate } from "./event-gate.ts";

test("what was opened last is closed first, once, and a failure keeps nothing open", async () => {
  const closed: string[] = [];
  const closing = new Closing();
  closing.add(() => Promise.resolve(void closed.push("store")));
  closing.add(() => Promise.reject(new Error("the socket is stuck")));
  closing.add(() => Promise.resolve(void closed.push("web")));
  await assert.rejects(closing.run(), /the socket is stuck/);
  await assert.rejects(closing.run(), /the socket is stuck/);
  assert.deepEqual(closed, ["web", "store"]);
});

test("a failure half-way closes what was open and is itself what the operator hears of", async () => {
  const closed: string[] = [];
  const work = opened((closing) => {
    closing.add(() => Promise.resolve(void closed.push("store")));
    closing.add(() => Promise.reject(new Error("the second failure")));
    return Promise.reject(new Error("the port is taken"));
  });
  await assert.rejects(work, /the port is taken/);
  assert.deepEqual(closed, ["store"]);
});

test("events that come before their taker wait for it, in order", () => {
  const gate = new EventGate<number>();
  const taken: number[] = [];
  gate.take(1);
  gate.take(2);
  gate.open((event) => taken.push(event));
  gate.take(3);
  assert.deepEqual(taken, [1, 2, 3]);
});

test("events that the taker itself causes come after those that waited", () => {
  const gate = new EventGate<number>();
  const taken: number[] = [];
  gate.take(1);
  gate.take(2);
  gate.open((event) => {
    taken.push(event);
    if (event === 1) gate.take(3);
    if (event === 3) gate.take(4);
  });
  gate.take(5);
  assert.deepEqual(taken, [1, 2, 3, 4, 5]);
});

test("an event that the only waiting one causes is taken before later ones", () => {
  const gate = new EventGate<number>();
  const taken: number[] = [];
  gate.take(1);
  gate.open((event) => {
    taken.push(event);
    if (event === 1) gate.take(2);
  });
  gate.take(3);
  assert.deepEqual(taken, [1, 2, 3]);
});
