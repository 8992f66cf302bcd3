import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PeerIncoming } from "./peer-incoming.ts";

function taken(peer: number, last: number): Parameters<PeerIncoming["keep"]>[0] {
  const fingerprint = new Uint8Array(32).fill(peer);
  return { fingerprint, numbers: { staleTo: 0, runs: [[1, last]] } };
}

test("what was taken is there after a restart, of the peers that were heard last, however many certificates strangers make", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-incoming-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const incoming = new PeerIncoming(folder, 3);
  assert.deepEqual(incoming.taken, []);
  for (const peer of [1, 2, 3]) incoming.keep(taken(peer, 1));
  incoming.keep(taken(1, 2 ** 50));
  for (const peer of [4, 5]) incoming.keep(taken(peer, 1));
  incoming.close();
  const again = new PeerIncoming(folder, 3);
  assert.deepEqual(again.taken, [taken(1, 2 ** 50), taken(4, 1), taken(5, 1)]);
  again.close();
});
