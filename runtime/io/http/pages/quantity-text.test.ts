import assert from "node:assert/strict";
import { test } from "node:test";
import {
  durationText,
  memberLabel,
  memberText,
  memoryText,
  permilleText,
} from "./quantity-text.ts";

test("durations show their two largest units and no zeros", () => {
  assert.deepEqual([0, 0.9, 59, 60, 61, 3600, 3661, 86_400, 273_911].map(durationText), [
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "1 min 1 s",
    "1 h",
    "1 h 1 min",
    "1 d",
    "3 d 4 h",
  ]);
});

test("memory shows three digits at most in the unit that fits", () => {
  assert.deepEqual([0, 512, 1024, 15_360, 505_856, 16_311_204].map(memoryText), [
    "0 KiB",
    "512 KiB",
    "1.0 MiB",
    "15.0 MiB",
    "494 MiB",
    "15.6 GiB",
  ]);
});

test("shares show as per cent", () => {
  assert.deepEqual([0, 7, 99, 184, 2500].map(permilleText), [
    "0.0 %",
    "0.7 %",
    "9.9 %",
    "18 %",
    "250 %",
  ]);
});

test("members of an answer are shown by the unit at the end of their name", () => {
  const shown = Object.entries({
    uptimeS: 61,
    minMs: 1.234,
    memoryFreeKib: 1024,
    loadPermille: 184,
    hostname: "attic",
    internal: false,
    processors: 4,
  }).map(([name, value]) => `${memberLabel(name, value)}: ${memberText(name, value)}`);
  assert.deepEqual(shown, [
    "Uptime: 1 min 1 s",
    "Min: 1.2 ms",
    "Memory free: 1.0 MiB",
    "Load: 18 %",
    "Hostname: attic",
    "Internal: no",
    "Processors: 4",
  ]);
});
