import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_TAG } from "../../generated/system/messages/connection.ts";
import { ErrorCode } from "../../generated/system/types.ts";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import { ControlNetwork } from "../world/control-network.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import { RawPeer } from "../world/raw-peer.ts";

/** Tag 1 with a code, as it stands on the wire. */
const fault = (code: number): readonly number[] => [0, FAULT_TAG, 0, 2, 0, code];

test("a connection that says nothing, or half of a frame, is ended in time with tag 1", () => {
  const world = ControlNetwork.settled();
  const stranger = new RawPeer(world.network, { address: "198.51.100.66", port: 6 });
  for (const bytes of [[], [0], [0, 2, 0], [0, 2, 0xff, 0xff, 1, 2, 3]]) {
    const stream = stranger.open(world.network, HUB_ENDPOINT, [new Uint8Array(bytes)]);
    world.network.run(SYSTEM_LIMITS.handshakeMs - 10);
    assert.ok(!stranger.closed.has(stream));
    world.network.run(20);
    assert.ok(stranger.closed.has(stream));
    assert.deepEqual(stranger.received.get(stream), fault(ErrorCode.timeout));
  }
});

test("literal bytes that are no handshake get tag 1 with code 1 at once", () => {
  const world = ControlNetwork.settled();
  const stranger = new RawPeer(world.network, { address: "198.51.100.66", port: 6 });
  const openings: readonly (readonly [string, readonly number[]])[] = [
    ["HTTP", [...new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")]],
    ["an unknown tag", [0x12, 0x34, 0, 0]],
    ["a tag of the control protocol", [0x0c, 0x02, 0, 0]],
    ["a record before the handshake", [0, 3, 0, 17, ...new Array<number>(17).fill(0)]],
    ["an empty handshake", [0, 2, 0, 0]],
    ["a handshake of zeros", [0, 2, 0, 64, ...new Array<number>(64).fill(0)]],
  ];
  for (const [name, bytes] of openings) {
    // A text is read as a frame of more bytes than it has; the rest lets it be complete.
    const padded = new Uint8Array(0x6000);
    padded.set(bytes);
    const sent = name === "HTTP" ? padded : new Uint8Array(bytes);
    const stream = stranger.open(world.network, HUB_ENDPOINT, [sent]);
    world.network.run(10);
    assert.deepEqual(stranger.received.get(stream), fault(ErrorCode.refused), name);
    assert.ok(stranger.closed.has(stream), name);
  }
});

test("tag 1 is not answered", () => {
  const world = ControlNetwork.settled();
  const stranger = new RawPeer(world.network, { address: "198.51.100.66", port: 6 });
  const stream = stranger.open(world.network, HUB_ENDPOINT, [new Uint8Array(fault(1))]);
  world.network.run(10);
  assert.ok(stranger.closed.has(stream));
  assert.deepEqual(stranger.received.get(stream), []);
});

test("a frame of another kind in the place of reply, proof or record ends the connection, and the report is repeated", () => {
  const places = [
    { fromHub: true, written: 0 },
    { fromHub: false, written: 1 },
    { fromHub: false, written: 2 },
  ];
  for (const { fromHub, written } of places) {
    const world = new ControlNetwork();
    let count = 0;
    world.network.interference.stream = ({ from, bytes }) => {
      if ((from.port === HUB_ENDPOINT.port) !== fromHub) return [bytes];
      if (count === written) bytes[1] = 77;
      count += 1;
      return [bytes];
    };
    world.network.run(200);
    assert.equal((fromHub ? world.router : world.hub).count("unknown-tag"), 1);
    assert.ok(!world.router.events.some(({ type }) => type === "reported"));
    world.settle();
    assert.ok(world.works());
  }
});
