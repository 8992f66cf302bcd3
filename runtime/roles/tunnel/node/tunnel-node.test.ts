import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect } from "../../../core/index.ts";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import { encodeLocalHello } from "../../../../generated/tunnel/messages/local.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { generateIdentity } from "../../../io/node-crypto-identity.ts";
import { AjvSchemaCompiler } from "../../../io/schema-compiler.ts";
import { compileTunnelValidators } from "../tunnel-validators.ts";
import type { TunnelNodeEvent } from "./node-events.ts";
import { TunnelNode } from "./tunnel-node.ts";

const CRYPTO = createNodeCrypto();
const IDENTITY = await generateIdentity(CRYPTO);
const TOKEN = new Uint8Array(32).fill(7);
const REMOTE = { address: "127.0.0.1", port: 4000 };
const { frontsMax, strangersMax } = TUNNEL_LIMITS;

/** A node at whose port for fronts programs of its machine come. */
class Door {
  readonly #effects: Effect<TunnelNodeEvent>[] = [];
  #lastStream = 0;
  readonly #node = new TunnelNode({
    crypto: CRYPTO,
    unixMs: () => 0,
    identity: IDENTITY,
    main: { address: "198.51.100.1", port: 7600 },
    mainFingerprint: undefined,
    password: undefined,
    description: {
      name: "ada",
      operator: "ada",
      relays: false,
      relay_for: [],
      tunnels_max: 0,
      address: null,
    },
    fronts: { address: "127.0.0.1", port: 0 },
    token: TOKEN,
    loadPermille: () => 0,
    validators: compileTunnelValidators(new AjvSchemaCompiler()),
  });

  constructor() {
    this.#node.handle({ type: "command", command: { type: "start" } }, 0);
    this.#drain();
    this.#node.handle({ type: "listening", listener: 1, port: 5000 }, 0);
    this.#drain();
  }

  /** Somebody comes, and says nothing yet. Gives the stream. */
  come(): number {
    this.#lastStream += 2;
    const stream = this.#lastStream;
    this.#node.handle({ type: "streamAccepted", stream, remote: REMOTE, listener: 1 }, 0);
    this.#drain();
    return stream;
  }

  show(stream: number, token: Uint8Array): void {
    const bytes = new Uint8Array(64);
    const end = encodeLocalHello({ token }, bytes, new DataView(bytes.buffer), 0);
    this.#node.handle({ type: "streamData", stream, bytes: bytes.slice(0, end) }, 0);
    this.#drain();
  }

  isWelcome(stream: number): boolean {
    return this.#has("writeStream", stream) && !this.isClosed(stream);
  }

  isClosed(stream: number): boolean {
    return this.#has("closeStream", stream);
  }

  #has(type: "writeStream" | "closeStream", stream: number): boolean {
    return this.#effects.some((effect) => effect.type === type && effect.stream === stream);
  }

  #drain(): void {
    for (let effect = this.#node.poll(); effect !== undefined; effect = this.#node.poll()) {
      this.#effects.push(effect);
    }
  }
}

test("programs that have no token keep no front from its node, however many come", () => {
  const door = new Door();
  const silent = Array.from({ length: 3 * frontsMax }, () => door.come());
  const front = door.come();
  door.show(front, TOKEN);
  assert.ok(door.isWelcome(front));
  const open = silent.filter((stream) => !door.isClosed(stream));
  assert.ok(open.length < strangersMax, `${String(open.length)} hold a place`);
  for (let at = 0; at < 3 * frontsMax; at += 1) door.come();
  assert.ok(door.isWelcome(front), "a front that is here stays");
});

test("a wrong token is no token, and says no word of the node's user", () => {
  const door = new Door();
  for (const token of [TOKEN.map((byte) => byte ^ 1), new Uint8Array(32), TOKEN.with(31, 0)]) {
    const stream = door.come();
    door.show(stream, token);
    assert.equal(door.isWelcome(stream), false);
    assert.ok(door.isClosed(stream));
  }
});

test("a node serves so many fronts and no more", () => {
  const door = new Door();
  const fronts = Array.from({ length: frontsMax + 1 }, () => {
    const stream = door.come();
    door.show(stream, TOKEN);
    return stream;
  });
  assert.equal(fronts.filter((stream) => door.isWelcome(stream)).length, frontsMax);
  assert.ok(door.isClosed(fronts.at(-1) ?? 0));
});
