import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePing } from "./ping.ts";

test("the summaries of iputils, BusyBox and BSD are read alike", () => {
  const summaries = [
    "4 packets transmitted, 3 received, 25% packet loss, time 601ms\nrtt min/avg/max/mdev = 0.021/0.035/0.060/0.015 ms",
    "4 packets transmitted, 3 packets received, 25% packet loss\nround-trip min/avg/max = 0.021/0.035/0.060 ms",
    "4 packets transmitted, 3 packets received, 25.0% packet loss\nround-trip min/avg/max/stddev = 0.021/0.035/0.060/0.015 ms",
  ];
  for (const summary of summaries) {
    assert.deepEqual(
      parsePing(`PING 192.0.2.1\n\n--- 192.0.2.1 ping statistics ---\n${summary}\n`),
      {
        sent: 4,
        received: 3,
        minMs: 0.021,
        avgMs: 0.035,
        maxMs: 0.06,
      },
    );
  }
});

test("a host that is silent has no times, and no summary is no result", () => {
  const silent = "2 packets transmitted, 0 received, 100% packet loss, time 1001ms\n";
  assert.deepEqual(parsePing(silent), { sent: 2, received: 0 });
  assert.equal(parsePing("ping: nosuch.invalid: Name or service not known\n"), undefined);
});
