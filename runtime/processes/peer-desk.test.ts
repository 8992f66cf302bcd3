import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { createLog } from "../io/log.ts";
import type { PeerCommand } from "../roles/peer/peer-events.ts";
import { PeerDesk } from "./peer-desk.ts";
import type { PeerDeskOptions } from "./peer-desk.ts";

const LOG = createLog({ output: { write: () => true }, part: "test" });
const PEER = new Uint8Array(32).fill(7);
const NUMBERS = { staleTo: 0, runs: [[1, 1]] } as const;

/** A desk whose disk takes nothing as long as it is said to be full. */
function deskWith({ isFull }: { readonly isFull: () => boolean }): {
  readonly desk: PeerDesk;
  readonly commands: PeerCommand[];
  readonly bodies: string[];
} {
  const commands: PeerCommand[] = [];
  const bodies: string[] = [];
  const written = (): void => {
    if (isFull()) throw new Error("ENOSPC: no space left on device");
  };
  const stores = {
    store: { pin: written },
    incoming: { keep: written },
    outgoing: { keep: written, remove: written, earlier: [] },
  } as unknown as Pick<PeerDeskOptions, "incoming" | "outgoing" | "store">;
  const desk = new PeerDesk({
    ...stores,
    handlers: {
      onMessage: ({ body }) => {
        bodies.push(new TextDecoder().decode(body));
      },
    },
    onCode: undefined,
    filesFolder: "/nowhere",
    log: LOG,
    command: (command) => commands.push(command),
  });
  return { desk, commands, bodies };
}

test("a message that a full disk does not take fails and is not sent on, and the peer goes on", async () => {
  const { commands, desk } = deskWith({ isFull: () => true });
  const sent = desk.send(PEER, "hello");
  const [said] = commands;
  assert.ok(said?.type === "send");
  const { body, reference } = said;
  const message = { reference, peer: PEER, number: 1, body, saidUnixMs: 0, withinMs: 1000 };
  desk.take({ type: "outgoing", message });
  await assert.rejects(sent, /ENOSPC/);
  assert.deepEqual(commands.at(-1), { type: "cancelMessage", reference });
  // Nothing of the rest ends the peer either.
  desk.take({ type: "failed", reference, reason: "cancelled" });
  desk.take({ type: "pin", pinned: { fingerprint: PEER, name: "bob" } });
});

test("a message that the handler has and the disk did not take comes again for the disk alone", async () => {
  let isFull = true;
  const { bodies, commands, desk } = deskWith({ isFull: () => isFull });
  const body = new TextEncoder().encode("once");
  const event = { type: "message", peer: PEER, number: 1, body, numbers: NUMBERS } as const;
  const goods: boolean[] = [];
  for (const full of [true, true, false]) {
    isFull = full;
    desk.take(event);
    await setImmediate();
    const taken = commands.at(-1);
    assert.ok(taken?.type === "taken");
    goods.push(taken.good);
  }
  assert.deepEqual(goods, [false, false, true]);
  assert.deepEqual(bodies, ["once"]);
});
