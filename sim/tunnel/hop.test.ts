import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import type { Crypto, Effect, Input, Role } from "../../runtime/core/index.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { Scratch } from "../../runtime/roles/kernel/scratch.ts";
import { HopDialer } from "../../runtime/roles/tunnel/hop-dialer.ts";
import { HopListener } from "../../runtime/roles/tunnel/hop-listener.ts";
import type { HopSurroundings } from "../../runtime/roles/tunnel/hop-stream.ts";
import { SimulatedCrypto } from "../crypto/simulated-crypto.ts";
import { RandomStream } from "../engine/index.ts";

const TICKET = new Uint8Array(32).fill(1);
const FRIEND = { address: "192.0.2.1", port: 4000 };
const STRANGER = { address: "192.0.2.66", port: 4000 };

/** A role that is one listener or one dialer and nothing else, driven by hand. */
class Link implements Role<never, never> {
  readonly kernel: Kernel<never>;
  readonly around: HopSurroundings;
  joined = 0;
  failed = 0;
  readonly effects: Effect<never>[] = [];

  constructor(seed: number) {
    const crypto: Crypto = new SimulatedCrypto(RandomStream.fromSeed(seed));
    this.kernel = new Kernel<never>({ crypto, unixMs: () => 0 });
    this.around = { kernel: this.kernel, scratch: new Scratch(), limits: TUNNEL_LIMITS };
  }

  listen(): void {
    new HopListener(this.around, {
      port: 0,
      expects: FRIEND.address,
      ticket: TICKET,
      listening: () => undefined,
      failed: () => undefined,
      joined: () => {
        this.joined += 1;
      },
      lost: () => undefined,
    });
    this.#drain();
  }

  dial(ticket: Uint8Array): void {
    new HopDialer(this.around, {
      to: FRIEND,
      ticket,
      joined: () => {
        this.joined += 1;
      },
      failed: () => {
        this.failed += 1;
      },
      lost: () => undefined,
    });
    this.#drain();
  }

  handle(input: Input<never>, nowMs = 0): void {
    this.kernel.nowMs = nowMs;
    this.kernel.route(input);
    this.#drain();
  }

  poll(): Effect<never> | undefined {
    return this.effects.shift();
  }

  /** What was written to a stream. */
  written(stream: number): Uint8Array {
    const writes = this.effects.filter(
      (effect) => effect.type === "writeStream" && effect.stream === stream,
    );
    return Buffer.concat(
      writes.map((effect) => (effect.type === "writeStream" ? effect.bytes : [])) as Uint8Array[],
    );
  }

  isClosed(stream: number): boolean {
    return this.effects.some((effect) => effect.type === "closeStream" && effect.stream === stream);
  }

  get isListening(): boolean {
    return !this.effects.some(({ type }) => type === "unlisten");
  }

  #drain(): void {
    for (let effect = this.kernel.poll(); effect !== undefined; effect = this.kernel.poll()) {
      this.effects.push(effect);
    }
  }
}

function listening(): Link {
  const link = new Link(1);
  link.listen();
  link.handle({ type: "listening", listener: 1, port: 5000 });
  return link;
}

/** The first bytes of who has this ticket. */
function hello(ticket: Uint8Array): { readonly dialer: Link; readonly bytes: Uint8Array } {
  const dialer = new Link(2);
  dialer.dial(ticket);
  dialer.handle({ type: "streamOpened", stream: 1, remote: FRIEND });
  return { dialer, bytes: dialer.written(1) };
}

function accept(link: Link, stream: number, remote = FRIEND): void {
  link.handle({ type: "streamAccepted", stream, remote, listener: 1 });
}

test("Who has the ticket and comes from the right address is admitted, in whatever pieces, and both sides know it.", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 51 }), (cut) => {
      const link = listening();
      const { dialer, bytes } = hello(TICKET);
      accept(link, 2);
      link.handle({ type: "streamData", stream: 2, bytes: bytes.slice(0, cut) });
      assert.equal(link.joined, 0);
      link.handle({ type: "streamData", stream: 2, bytes: bytes.slice(cut) });
      assert.equal(link.joined, 1);
      assert.equal(link.isListening, false);
      dialer.handle({ type: "streamData", stream: 1, bytes: link.written(2) });
      assert.equal(dialer.joined, 1);
    }),
  );
});

test("Nobody is admitted from another address, not even with the ticket.", () => {
  const link = listening();
  accept(link, 2, STRANGER);
  assert.ok(link.isClosed(2));
  link.handle({ type: "streamData", stream: 2, bytes: hello(TICKET).bytes });
  assert.equal(link.joined, 0);
});

test("Nobody is admitted by other bytes than the ticket's, and the port stays for who has it.", () => {
  const other = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((ticket) => hello(ticket).bytes);
  const damaged = fc
    .tuple(fc.nat(51), fc.integer({ min: 1, max: 255 }))
    .map(([at, mask]) =>
      hello(TICKET).bytes.map((byte, index) => (index === at ? byte ^ mask : byte)),
    );
  fc.assert(
    fc.property(fc.oneof(other, damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const link = listening();
      accept(link, 2);
      link.handle({ type: "streamData", stream: 2, bytes });
      assert.equal(link.joined, 0);
      assert.equal(link.written(2).length, 0);
      accept(link, 4);
      link.handle({ type: "streamData", stream: 4, bytes: hello(TICKET).bytes });
      assert.equal(link.joined, 1);
    }),
  );
});

test("Who says nothing is cut in time, and a second one with the ticket comes too late.", () => {
  const link = listening();
  accept(link, 2);
  accept(link, 4);
  link.handle({ type: "timer", timer: "hop/2/hop" }, TUNNEL_LIMITS.hopMs);
  assert.ok(link.isClosed(2));
  link.handle({ type: "streamData", stream: 4, bytes: hello(TICKET).bytes });
  assert.equal(link.joined, 1);
  accept(link, 6);
  assert.ok(link.isClosed(6));
});

test("At most so many prove themselves at a time, and whoever was silent longest makes room.", () => {
  const link = listening();
  for (let at = 1; at <= TUNNEL_LIMITS.strangersMax; at += 1) accept(link, 2 * at);
  assert.equal(link.isClosed(2), false);
  accept(link, 2 * (TUNNEL_LIMITS.strangersMax + 1));
  assert.ok(link.isClosed(2));
  assert.equal(link.isClosed(4), false);
});

test("Nobody wears the time out by sending a byte now and then.", () => {
  const link = listening();
  accept(link, 2);
  const { bytes } = hello(TICKET);
  for (let at = 0; at < bytes.length - 1; at += 1) {
    link.handle({ type: "streamData", stream: 2, bytes: bytes.slice(at, at + 1) }, at);
  }
  const armed = link.effects.filter(
    (effect) => effect.type === "armTimer" && effect.timer === "hop/2/hop",
  );
  assert.equal(armed.length, 1);
  link.handle({ type: "timer", timer: "hop/2/hop" }, TUNNEL_LIMITS.hopMs);
  assert.ok(link.isClosed(2));
  link.handle({ type: "streamData", stream: 2, bytes: bytes.slice(-1) });
  assert.equal(link.joined, 0);
});

/** What a stranger says: nothing, a part of the right hello, one of another tunnel, or one that is altered. */
const SPEECH = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.nat(51).map((length) => hello(TICKET).bytes.slice(0, length)),
  fc.constant(hello(new Uint8Array(32).fill(2)).bytes),
  fc
    .integer({ min: 4, max: 51 })
    .map((at) => hello(TICKET).bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))),
);

test("Whatever crowd comes to a port, before and after, it keeps nobody out who has the ticket, and gets nothing.", () => {
  const crowd = fc.array(fc.tuple(fc.constantFrom(FRIEND, STRANGER), SPEECH), {
    maxLength: 40,
    size: "max",
  });
  fc.assert(
    fc.property(crowd, crowd, (before, after) => {
      const link = listening();
      const right = hello(TICKET).bytes;
      let last = 0;
      const come = (remote: typeof FRIEND, bytes: Uint8Array): number => {
        last += 2;
        accept(link, last, remote);
        link.handle({ type: "streamData", stream: last, bytes });
        return last;
      };
      const others = before.map(([remote, bytes]) => come(remote, bytes));
      assert.equal(link.joined, 0);
      const friend = come(FRIEND, right);
      assert.equal(link.joined, 1);
      // Who has heard the hello comes too late with it.
      others.push(come(FRIEND, right), ...after.map(([remote, bytes]) => come(remote, bytes)));
      assert.equal(link.joined, 1);
      for (const other of others) {
        assert.ok(link.isClosed(other));
        assert.equal(link.written(other).length, 0);
      }
      assert.ok(!link.isClosed(friend) && link.written(friend).length > 0);
    }),
  );
});

test("A listener that has no ticket does not get the dialer's bytes, even if it sends the hello back.", () => {
  for (const answer of [
    (bytes: Uint8Array) => bytes,
    (bytes: Uint8Array) => bytes.with(1, (bytes[1] ?? 0) + 1),
  ]) {
    const { dialer, bytes } = hello(TICKET);
    dialer.handle({ type: "streamData", stream: 1, bytes: answer(bytes) });
    assert.equal(dialer.joined, 0);
    assert.equal(dialer.failed, 1);
    assert.ok(dialer.isClosed(1));
  }
});
