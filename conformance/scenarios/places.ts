import assert from "node:assert/strict";
import { test } from "node:test";
import { ticketHint } from "../../runtime/core/index.ts";
import {
  ATTACHED_TAG,
  ATTACH_REFUSED_TAG,
  RELAY_START_TAG,
  RESERVED_TAG,
  RESERVE_REFUSED_TAG,
  ROUTER_VERIFIED_TAG,
} from "../../generated/control/messages/servers.ts";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { encodeControl } from "../../generated/control/send.ts";
import type { ControlSent } from "../../generated/control/send.ts";
import { ErrorCode, PartyRole } from "../../generated/system/types.ts";
import { ChannelPeer } from "../world/channel-peer.ts";
import { ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import { identityOf } from "../world/identities.ts";
import type { PartyName } from "../world/identities.ts";
import { createSeededCrypto } from "../world/seeded-crypto.ts";

const NO_HINT = new Uint8Array(0);
const crypto = createSeededCrypto(5);

function frame(sent: ControlSent): Uint8Array {
  const bytes = new Uint8Array(2000);
  return bytes.slice(0, encodeControl(sent, bytes, new DataView(bytes.buffer), 0));
}

/** The tickets of a meeting; each number names another. */
function meeting(number: number): {
  readonly sessionId: Uint8Array;
  readonly routerTicket: Uint8Array;
  readonly clientTicket: Uint8Array;
} {
  return {
    sessionId: new Uint8Array(16).fill(number),
    routerTicket: new Uint8Array(32).fill(number + 100),
    clientTicket: new Uint8Array(32).fill(number + 200),
  };
}

/** @param tickets whose tickets the meeting gets. Default its own. */
function reserve(number: number, tickets = number): Uint8Array {
  const message = {
    ...meeting(tickets),
    sessionId: meeting(number).sessionId,
    routerMac: ROUTER_MAC,
    routerFingerprint: identityOf("router").fingerprint,
    clientFingerprint: identityOf("client").fingerprint,
  };
  return frame({ name: "Reserve", message });
}

let lastPort = 6000;

/** A party that dials and says these things. */
function visitor(
  world: ControlNetwork,
  who: {
    readonly name: PartyName;
    readonly from: PartyRole;
    readonly to: PartyRole;
    readonly hint?: Uint8Array;
  },
  records: readonly Uint8Array[],
): ChannelPeer & { readonly leave: () => void } {
  lastPort += 1;
  const { name, from, to, hint = NO_HINT } = who;
  const peer = new ChannelPeer({ identity: identityOf(name), role: from, records });
  const host = world.network.host("198.51.100.50", lastPort);
  host.run(peer, () => undefined);
  const server = world.servers[0] ?? assert.fail();
  peer.dial(to === PartyRole.hub ? HUB_ENDPOINT : server.host.endpoint, {
    from,
    to,
    ticketHint: hint,
  });
  host.command({});
  world.network.run(20);
  return Object.assign(peer, {
    leave: () => {
      world.network.remove(host);
      world.network.run(5);
    },
  });
}

const { client: CLIENT, hub: HUB, router: ROUTER, server: SERVER } = PartyRole;

const asHub = (world: ControlNetwork, records: readonly Uint8Array[]): ReturnType<typeof visitor> =>
  visitor(world, { name: "hub", from: HUB, to: SERVER }, records);

function arrive(
  world: ControlNetwork,
  party: "router" | "client",
  number: number,
  name: PartyName = party,
): ReturnType<typeof visitor> {
  const { sessionId, routerTicket, clientTicket } = meeting(number);
  const ticket = party === "router" ? routerTicket : clientTicket;
  const from = party === "router" ? ROUTER : CLIENT;
  const attach = party === "router" ? "RouterAttach" : "ClientAttach";
  const who = { name, from, to: SERVER, hint: ticketHint(crypto, ticket) };
  return visitor(world, who, [frame({ name: attach, message: { sessionId, ticket } })]);
}

test("a hub reserves several places over one connection, each once", () => {
  const world = ControlNetwork.settled({ server: { places: 2 } });
  const hub = asHub(world, [reserve(1), reserve(2), reserve(1), reserve(3)]);
  assert.deepEqual(hub.tags, [
    RESERVED_TAG,
    RESERVED_TAG,
    RESERVE_REFUSED_TAG,
    RESERVE_REFUSED_TAG,
  ]);
  assert.equal(world.placesTaken, 2);
  hub.leave();
  assert.equal(world.placesTaken, 0);
});

test("a place cannot be taken by reserving its meeting again with other tickets", () => {
  const world = ControlNetwork.settled();
  const hub = asHub(world, [reserve(1), reserve(1, 2)]);
  assert.deepEqual(hub.tags, [RESERVED_TAG, RESERVE_REFUSED_TAG]);
  hub.leave();
  assert.equal(world.placesTaken, 0);
});

test("a place is released in time although the hub stays and nobody comes", () => {
  const world = ControlNetwork.settled();
  const hub = asHub(world, [reserve(1)]);
  world.network.run(CONTROL_LIMITS.placeMs);
  assert.equal(world.placesTaken, 0);
  assert.deepEqual(hub.ends, [ErrorCode.lost], "and its connection is ended");
});

test("nobody but the hub reserves, not even with a good identity or the hub's name", () => {
  const world = ControlNetwork.settled();
  const liar = visitor(world, { name: "other hub", from: HUB, to: SERVER }, [reserve(1)]);
  assert.deepEqual(liar.ends, [ErrorCode.refused]);
  asHub(world, [reserve(1)]);
  const { routerTicket } = meeting(1);
  const hint = ticketHint(crypto, routerTicket);
  const who = { name: "router", from: ROUTER, to: SERVER, hint } as const;
  const router = visitor(world, who, [reserve(2)]);
  assert.deepEqual(router.ends, [ErrorCode.refused]);
  assert.equal(world.placesTaken, 1);
});

test("whoever comes too early, twice or too late is refused, and the place keeps its parties", () => {
  const world = ControlNetwork.settled();
  const hub = asHub(world, [reserve(1)]);
  const early = arrive(world, "client", 1);
  assert.deepEqual(early.ends, [ErrorCode.lost]);
  const router = arrive(world, "router", 1);
  assert.deepEqual(router.tags, [ATTACHED_TAG]);
  assert.deepEqual(hub.tags, [RESERVED_TAG, ROUTER_VERIFIED_TAG]);
  assert.deepEqual(arrive(world, "router", 1).ends, [ErrorCode.lost]);
  const client = arrive(world, "client", 1);
  assert.deepEqual(client.tags, [RELAY_START_TAG]);
  assert.deepEqual(router.tags, [ATTACHED_TAG, RELAY_START_TAG]);
  assert.deepEqual(arrive(world, "router", 1).ends, [ErrorCode.lost]);
  assert.deepEqual(arrive(world, "client", 1).ends, [ErrorCode.lost]);
  assert.equal(world.placesTaken, 1);
  client.leave();
  assert.equal(world.placesTaken, 0);
  assert.deepEqual(arrive(world, "router", 1).ends, [ErrorCode.refused], "no place, no handshake");
});

test("a good hint with a wrong ticket, and a client as router, are refused", () => {
  const world = ControlNetwork.settled();
  asHub(world, [reserve(1), reserve(2)]);
  const [one, two] = [meeting(1), meeting(2)];
  const hint = ticketHint(crypto, one.routerTicket);
  const attach = (message: { sessionId: Uint8Array; ticket: Uint8Array }): Uint8Array =>
    frame({ name: "RouterAttach", message });
  const tries: readonly (readonly [PartyRole, Uint8Array])[] = [
    [ROUTER, attach({ sessionId: two.sessionId, ticket: one.routerTicket })],
    [ROUTER, attach({ sessionId: one.sessionId, ticket: two.routerTicket })],
    [ROUTER, attach({ sessionId: one.sessionId, ticket: one.clientTicket })],
    [CLIENT, attach({ sessionId: one.sessionId, ticket: one.routerTicket })],
  ];
  for (const [from, record] of tries) {
    const peer = visitor(world, { name: "router", from, to: SERVER, hint }, [record]);
    assert.deepEqual(peer.tags, [ATTACH_REFUSED_TAG]);
  }
  assert.equal(world.placesTaken, 2);
});

test("a visitor that says nothing is turned away, at server and hub; one that leaves is forgotten", () => {
  const world = ControlNetwork.settled();
  for (const to of [SERVER, HUB]) {
    const who = {
      name: to === HUB ? "router" : "hub",
      from: to === HUB ? ROUTER : HUB,
      to,
    } as const;
    const silent = visitor(world, who, []);
    visitor(world, who, []).leave();
    world.network.run(CONTROL_LIMITS.answerMs);
    assert.deepEqual(silent.ends, [ErrorCode.refused]);
  }
  const hello = frame({ name: "RouterHello", message: { mac: ROUTER_MAC } });
  const routerAtHub = { name: "router", from: ROUTER, to: HUB } as const;
  const slow = visitor(world, routerAtHub, [hello]);
  visitor(world, routerAtHub, [hello]).leave();
  world.network.run(CONTROL_LIMITS.answerMs);
  assert.deepEqual(slow.ends, [ErrorCode.refused]);
  assert.equal(world.hub.host.streams, 0);
});

test("a router may not speak for another's mac at the hub, nor anyone but a router", () => {
  const world = ControlNetwork.settled();
  const hello = frame({ name: "RouterHello", message: { mac: ROUTER_MAC } });
  const stranger = visitor(world, { name: "other router", from: ROUTER, to: HUB }, [hello]);
  assert.deepEqual(stranger.ends, [ErrorCode.refused]);
  for (const from of [CLIENT, SERVER, HUB]) {
    const peer = visitor(world, { name: "router", from, to: HUB }, [hello]);
    assert.deepEqual(peer.ends, [ErrorCode.refused]);
  }
});

test("visits that are under way end when hub or server stop", () => {
  const world = ControlNetwork.settled();
  const hello = frame({ name: "RouterHello", message: { mac: ROUTER_MAC } });
  const routerAtHub = { name: "router", from: ROUTER, to: HUB } as const;
  const atHub = [visitor(world, routerAtHub, []), visitor(world, routerAtHub, [hello])];
  const atServer = [asHub(world, []), asHub(world, [reserve(1), reserve(2)])];
  const waiting = arrive(world, "router", 2);
  world.hub.host.command({ type: "stop" });
  world.servers[0]?.host.command({ type: "stop" });
  world.network.run(10);
  for (const peer of [...atHub, ...atServer, waiting])
    assert.deepEqual(peer.ends, [ErrorCode.lost]);
  assert.equal(world.hub.host.streams, 0);
  assert.equal(world.placesTaken, 0);
});

test("a server that is full without the hub's knowledge refuses, and the next is tried", () => {
  for (const servers of [1, 2]) {
    const world = ControlNetwork.settled({ servers, server: { places: 1 } });
    world.network.interference.datagram = ({ from, ...rest }) =>
      from.port >= 7500 && from.port < 7510 ? [] : [rest];
    asHub(world, [reserve(1)]);
    asHub(world, [reserve(1)]);
    const session = world.client.connect(ROUTER_MAC);
    world.network.run(1000);
    assert.equal(world.client.isConnected(session), servers === 2);
    if (servers === 1) assert.deepEqual(world.outcomeOf(session), { kind: "busy", retryAfterS: 5 });
  }
});
