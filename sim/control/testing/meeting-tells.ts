import type { Endpoint } from "../../../runtime/core/index.ts";
import { simulatedIdentity } from "../../crypto/simulated-crypto.ts";
import {
  ASK,
  MAC,
  connectBytes,
  loadBytes,
  meetingOf,
  serverAt,
  telemetryBytes,
} from "./checker-bench.ts";
import type { CheckerBench } from "./checker-bench.ts";
import type { Tell } from "./checker-rule.ts";

/** A client asks for a router, is answered and connects. */
export const connect: Tell = (bench) => {
  bench.tell({ kind: "asked", ask: ASK });
  bench.tell({ kind: "answered", ask: ASK, outcome: meetingOf() });
  bench.event("client 1", { type: "connected", session: 1, meeting: meetingOf() });
};

/** It calls a method of the router. */
export const call: Tell = (bench) => {
  const what = { call: 2, method: "system.info", timeoutMs: 100 };
  bench.tell({ kind: "called", ask: ASK, ...what });
};

/** The call is answered by the router of a mac, as text. */
export const answerOf =
  (mac: string): Tell =>
  (bench) => {
    const outcome = { ok: true, result: { mac } } as const;
    bench.event("client 1", { type: "callEnded", session: 1, call: 2, outcome });
  };

/** A router, by its host, opens a session with a client. */
export const sessionOpen =
  (host: string, client: string): Tell =>
  (bench) => {
    const { fingerprint } = simulatedIdentity(client);
    bench.event(host, { type: "sessionOpen", session: 1, client: fingerprint });
  };

/** A server reports how many places are taken, and its load, and the hub takes it in. */
export const report = (bench: CheckerBench, host: string, taken: number, load: number): void => {
  bench.accept("LoadReport", bench.send(host, "hub", loadBytes(host, taken, load)));
};

/** A transition of a machine. */
export type Step = readonly [from: string, on: string, to: string];

/** A transition of the hub's work on a request. */
export const step = (bench: CheckerBench, [from, on, to]: Step, request = 1): void => {
  const scope = `brokerage/${String(request)}`;
  const what = { kind: "transition", machine: "HubBrokerage", scope, from, on, to } as const;
  bench.tell({ kind: "observed", observation: { host: "hub", ...what } });
};

/** The hub dials the first server for a request. */
export const choose = (bench: CheckerBench, server: string, request = 1): void => {
  step(bench, ["invited", "dialIn", "dialedIn"], request);
  bench.tell({ kind: "dialled", host: "hub", to: serverAt(server) });
};

/** The hub dials another server, since it lost the one before. */
export const chooseNext = (bench: CheckerBench, server: string): void => {
  step(bench, ["dialedIn", "serverLost", "dialedIn"]);
  bench.tell({ kind: "dialled", host: "hub", to: serverAt(server) });
};

/** Server 1 tells what becomes of a place. */
export const placeEvent =
  (type: "placeReserved" | "relayStarted" | "placeFree"): Tell =>
  (bench) => {
    bench.event("server 1", { type, routerMac: MAC });
  };

/** The hub takes in a report of router 1. */
export const hear = (bench: CheckerBench, sequence: number, from?: Endpoint): void => {
  bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(sequence), from));
};

/** A client asks, and the hub is about to invite the router. */
export const want: Tell = (bench) => {
  bench.tell({ kind: "asked", ask: ASK });
  step(bench, ["wanted", "invite", "invited"]);
};

/** The hub invites router 1, at another address if one is given. */
export const invite = (bench: CheckerBench, at?: Endpoint): void => {
  bench.send("hub", "router 1", connectBytes(), at);
};

/** An address that is nobody's. */
export const ELSEWHERE: Endpoint = { address: "198.51.100.99", port: 9 };

/** Server 1 reports how many places are taken. */
export const sendLoad = (bench: CheckerBench, taken: number): void => {
  bench.send("server 1", "hub", loadBytes("server 1", taken, 1));
};

/** A transition of a machine of a host. */
export const transition = (
  bench: CheckerBench,
  machine: string,
  [from, on, to]: Step,
  host = "server 1",
): void => {
  const what = { kind: "transition", machine, scope: machine, from, on, to } as const;
  bench.tell({ kind: "observed", observation: { host, ...what } });
};

/** Server 1 has enrolled, and a place was reserved and is free again. */
export const freeAgain: Tell = (bench) => {
  transition(bench, "Enrolment", ["saving", "saved", "enrolled"]);
  placeEvent("placeReserved")(bench);
  placeEvent("placeFree")(bench);
};

/** The hub reserves a place of server 1. */
export const reserve: Tell = (bench) => {
  transition(bench, "ServerVisit", ["awaitPurpose", "Reserve", "hub"]);
  placeEvent("placeReserved")(bench);
};

/** The hub is lost before anybody came to the place. */
export const loseHub: Tell = (bench) => {
  transition(bench, "ServerPlace", ["reserved", "hubLost", "released"]);
  placeEvent("placeFree")(bench);
};

/** Router 1 takes in an invitation and dials the hub. */
export const follow = (bench: CheckerBench): void => {
  bench.accept("ConnectToHub", bench.send("hub", "router 1", connectBytes()));
  transition(bench, "RouterSession", ["idle", "invite", "dialingHub"], "router 1");
};
