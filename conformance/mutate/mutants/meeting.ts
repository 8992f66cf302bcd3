import type { SourceMutant } from "../mutant.ts";

const SERVER = "runtime/roles/server/server.ts";
const PLACE = "runtime/roles/server/place.ts";
const SERVER_VISIT = "runtime/roles/server/visit.ts";
const ROUTER = "runtime/roles/router/router.ts";
const SESSION = "runtime/roles/router/session.ts";
const CLIENT_SESSION = "runtime/roles/client/session.ts";
const CHANNEL = "runtime/roles/channel/channel.ts";

/** Faults of servers, routers and clients when they meet, and of the channels between them. */
export const MEETING_MUTANTS: readonly SourceMutant[] = [
  {
    id: "server-takes-too-many",
    doc: "A server reserves more places than it has.",
    file: SERVER,
    find: "if (this.#places.size >= this.#options.places) return RefuseReason.full;",
    replace: "if (this.#places.size >= 999) return RefuseReason.full;",
  },
  {
    id: "server-has-one-place-less",
    doc: "A server refuses its last place.",
    file: SERVER,
    find: "if (this.#places.size >= this.#options.places) return RefuseReason.full;",
    replace: "if (this.#places.size + 1 >= this.#options.places) return RefuseReason.full;",
  },
  {
    id: "server-mixes-tickets-up",
    doc: "The ticket of the one is expected of the other.",
    file: SERVER,
    find: 'const expected = party === "router" ? routerTicket : clientTicket;',
    replace: 'const expected = party === "router" ? clientTicket : routerTicket;',
  },
  {
    id: "server-keeps-places",
    doc: "A place is never given back.",
    file: SERVER,
    find: "this.#places.delete(place);",
    replace: "",
  },
  {
    id: "server-does-not-report-free-places",
    doc: "The hub hears of a free place with the next load report only.",
    file: SERVER,
    find: "this.#reportSoon();",
    replace: "",
  },
  {
    id: "server-misses-the-end-of-relays",
    doc: "A relay that ended keeps its place.",
    file: SERVER,
    find: "place.relayEnded();",
    replace: "",
  },
  {
    id: "server-miscounts-places",
    doc: "The load report says one place less than are taken.",
    file: SERVER,
    find: "placesTaken: this.placesTaken };",
    replace: "placesTaken: Math.max(0, this.placesTaken - 1) };",
  },
  {
    id: "server-reports-the-wrong-total",
    doc: "The load report swaps the places that are taken and those that there are.",
    file: SERVER,
    find: "const taken = { placesTotal: places, placesTaken: this.placesTaken };",
    replace: "const taken = { placesTotal: this.placesTaken, placesTaken: places };",
  },
  {
    id: "place-keeps-lost-routers",
    doc: "A place waits on for a client though its router has left.",
    file: PLACE,
    find: 'this.#runner.dispatch({ name: "routerLost" });',
    replace: "",
  },
  {
    id: "place-ends-with-any-hub-link",
    doc: "Places are lost when a connection of the hub ends that did not reserve them.",
    file: PLACE,
    find: "if (link === this.#options.hub) this.#runner",
    replace: "if (link !== undefined) this.#runner",
  },
  {
    id: "place-starts-no-relay",
    doc: "Router and client are told that the relay starts, and it does not.",
    file: PLACE,
    find: "this.#stopRelay = this.#options.startRelay(this.#router, this.#client);",
    replace: "this.#stopRelay = undefined;",
  },
  {
    id: "place-refuses-the-right-router",
    doc: "The router's identity is compared the wrong way round.",
    file: PLACE,
    find: "reservedOnRouterArrives: (_state, { identityFits }) => {\n        if (!identityFits) {",
    replace:
      "reservedOnRouterArrives: (_state, { identityFits }) => {\n        if (identityFits) {",
  },
  {
    id: "server-expects-the-other-party",
    doc: "The identity of the client is expected of the router.",
    file: SERVER_VISIT,
    find: 'const expected = party === "router" ? routerFingerprint : clientFingerprint;',
    replace: 'const expected = party === "router" ? clientFingerprint : routerFingerprint;',
  },
  {
    id: "server-hears-no-lost-routers",
    doc: "A connection that ended does not leave its place.",
    file: SERVER_VISIT,
    find: "else this.#place?.left(this);",
    replace: "",
  },
  {
    id: "router-follows-each-copy",
    doc: "Each copy of an invitation starts a session of its own.",
    file: ROUTER,
    find: "if (this.#stopping || this.#invitations?.has(name) === true) return;",
    replace: "if (this.#stopping) return;",
  },
  {
    id: "router-keeps-sessions",
    doc: "A session that ended counts for ever.",
    file: ROUTER,
    find: "this.#sessions?.delete(",
    replace: "this.#sessions?.has(",
  },
  {
    id: "router-shows-the-wrong-ticket",
    doc: "The router shows the server the ticket of its invitation.",
    file: SESSION,
    find: 'name: "RouterAttach", to: "server", message: { sessionId, ticket } },',
    replace: 'name: "RouterAttach", to: "server", message: { sessionId, ticket: this.#ticket } },',
  },
  {
    id: "router-refuses-all-clients",
    doc: "The grant is compared with the router's own session in place of the meeting's.",
    file: SESSION,
    find: "crypto.equal(grant.sessionId, sessionId) &&",
    replace: "crypto.equal(grant.sessionId, this.#ticket) &&",
  },
  {
    id: "router-keeps-finished-calls",
    doc: "The router does not hear that a session is over.",
    file: SESSION,
    find: "this.#office.sessionOver(this);",
    replace: "",
  },
  {
    id: "client-shows-no-grant",
    doc: "The client greets the router without its grant.",
    file: CLIENT_SESSION,
    find: "responder: PartyRole.router, hello, grant, watched: true };",
    replace: "responder: PartyRole.router, hello, watched: grant !== undefined };",
  },
  {
    id: "client-expects-the-wrong-server",
    doc: "The client expects the router's identity of the server.",
    file: CLIENT_SESSION,
    find: "...this.#owner(serverFingerprint),",
    replace: "...this.#owner(this.#invitation().routerFingerprint),",
  },
  {
    id: "client-is-deaf",
    doc: "Answers of the router are dropped.",
    file: CLIENT_SESSION,
    find: "this.#office.received(this, json);",
    replace: "void json;",
  },
  {
    id: "channel-looks-for-no-life",
    doc: "A connection whose other end is gone is never given up.",
    file: CHANNEL,
    find: "if (this.#options.watched !== true) return;",
    replace: "if (this.#options.watched !== undefined) return;",
  },
  {
    id: "channel-loses-the-rest",
    doc: "What came after the last frame is lost when a channel follows another.",
    file: CHANNEL,
    find: "channel.streamData(rest);",
    replace: "channel.streamData(rest.subarray(rest.length));",
  },
  {
    id: "channel-reads-one-frame-a-piece",
    doc: "Of several frames in one piece only the first is taken.",
    file: CHANNEL,
    find: 'while (this.#runner.state.name !== "closed" && this.#reader.next()) this.#takeFrame();',
    replace: 'if (this.#runner.state.name !== "closed" && this.#reader.next()) this.#takeFrame();',
  },
  {
    id: "channel-tells-nobody-of-its-end",
    doc: "The owner of a channel does not hear that it is over.",
    file: CHANNEL,
    find: "this.#options.owner.channelClosed(output.code);",
    replace: "",
  },
];
