import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import { ASK, MAC, hubOf, meetingOf, routerRowOf, serverRowOf } from "../testing/checker-bench.ts";
import { everyCheckerFailed, rule } from "../testing/checker-rule.ts";
import {
  connect,
  call,
  answerOf,
  sessionOpen,
  report,
  step,
  choose,
  chooseNext,
  placeEvent,
  hear,
  want,
  invite,
  ELSEWHERE,
  sendLoad,
  transition,
  freeAgain,
  reserve,
  loseHub,
  follow,
} from "../testing/meeting-tells.ts";
import { answerIsRight } from "./answer-is-right.ts";
import { clientIsAnswered } from "./client-is-answered.ts";
import { MEETING_CHECKERS } from "./control-checkers.ts";
import { freeServerIsFound } from "./free-server-is-found.ts";
import { hubAnswers } from "./hub-answers.ts";
import { invitationIsFollowedOnce } from "./invitation-is-followed-once.ts";
import { leastLoadedServer } from "./least-loaded-server.ts";
import { loadIsNewest } from "./load-is-newest.ts";
import { loadReportIsTrue } from "./load-report-is-true.ts";
import { placesAreExclusive } from "./places-are-exclusive.ts";
import { placesAreReleased } from "./places-are-released.ts";
import { placesFollowTheirParties } from "./places-follow-their-parties.ts";
import { theGoneAreGivenUp } from "./the-gone-are-given-up.ts";
import { wantedRouterIsInvited } from "./wanted-router-is-invited.ts";

rule(
  clientIsAnswered,
  (bench) => {
    connect(bench);
    call(bench);
    answerOf("")(bench);
    bench.nowMs = 100_000;
    bench.event("client 1", { type: "ended", session: 1, problem: 0 });
    bench.tell({ kind: "ended" });
  },
  {
    "a request that is never answered": (bench) => {
      bench.tell({ kind: "asked", ask: ASK });
      bench.nowMs = 70_000;
      bench.tell({ kind: "healed" });
    },
    "a call that is never answered": (bench) => {
      connect(bench);
      call(bench);
      bench.nowMs = 2_000;
      bench.tell({ kind: "healed" });
    },
    "a request that is open at the end": (bench) => {
      bench.tell({ kind: "asked", ask: ASK });
      bench.tell({ kind: "ended" });
    },
  },
);

rule(
  answerIsRight,
  (bench) => {
    connect(bench);
    call(bench);
    answerOf("02:00:5e:10:00:01")(bench);
    sessionOpen("router 1", "client 1")(bench);
  },
  {
    "another router's answer": (bench) => {
      connect(bench);
      call(bench);
      answerOf("02:00:5e:10:00:02")(bench);
    },
    "a router of another account": (bench) => {
      const ask = { ...ASK, mac: MAC + 1 };
      bench.tell({ kind: "answered", ask, outcome: meetingOf("router 2", MAC + 1) });
    },
    "another router's identity": (bench) => {
      bench.tell({ kind: "answered", ask: ASK, outcome: meetingOf("router 2") });
    },
    "a server that is none of the network's": (bench) => {
      const outcome = { ...meetingOf(), serverFingerprint: new Uint8Array(32) };
      bench.tell({ kind: "answered", ask: ASK, outcome });
    },
    "a client that came in by another's grant": (bench) => {
      bench.tell({ kind: "asked", ask: { ...ASK, grantFor: "client 2" } });
      bench.event("client 1", { type: "connected", session: 1, meeting: meetingOf() });
    },
    "a session with a client that did not ask": sessionOpen("router 1", "client 1"),
    "a session with a client of another account": (bench) => {
      connect(bench);
      sessionOpen("router 2", "client 1")(bench);
    },
  },
);

rule(
  leastLoadedServer,
  (bench) => {
    report(bench, "server 1", 0, 10);
    report(bench, "server 2", 1, 5);
    choose(bench, "server 1");
    // The one place of server 1 is taken now.
    choose(bench, "server 2", 2);
  },
  {
    "a server that has a larger share of its places taken": (bench) => {
      report(bench, "server 1", 0, 10);
      report(bench, "server 2", 1, 5);
      choose(bench, "server 2");
    },
    "a server with busier processors": (bench) => {
      report(bench, "server 1", 0, 10);
      report(bench, "server 2", 0, 5);
      choose(bench, "server 1");
    },
    "a server that was tried before": (bench) => {
      report(bench, "server 2", 0, 10);
      choose(bench, "server 2");
      chooseNext(bench, "server 2");
    },
    "a server that has been silent for long": (bench) => {
      report(bench, "server 1", 0, 10);
      bench.nowMs = 9_000;
      choose(bench, "server 1");
    },
    "a server that is full": (bench) => {
      report(bench, "server 1", 1, 10);
      choose(bench, "server 1");
    },
  },
);

rule(
  placesAreExclusive,
  (bench) => {
    placeEvent("placeReserved")(bench);
    placeEvent("placeFree")(bench);
    placeEvent("placeReserved")(bench);
    connect(bench);
  },
  {
    "a place more than there are": (bench) => {
      placeEvent("placeReserved")(bench);
      placeEvent("placeReserved")(bench);
    },
    "a place that is freed twice": (bench) => {
      placeEvent("placeReserved")(bench);
      placeEvent("placeFree")(bench);
      placeEvent("placeFree")(bench);
    },
    "a meeting that two are given": (bench) => {
      connect(bench);
      connect(bench);
    },
  },
);

rule(
  placesAreReleased,
  (bench) => {
    placeEvent("placeReserved")(bench);
    placeEvent("relayStarted")(bench);
    bench.nowMs = 300_000;
    placeEvent("placeFree")(bench);
    bench.tell({ kind: "ended" });
  },
  {
    "a place at which nobody meets": (bench) => {
      placeEvent("placeReserved")(bench);
      bench.nowMs = 3 * CONTROL_LIMITS.placeMs;
      bench.tell({ kind: "healed" });
    },
    "a place that is taken at the end": (bench) => {
      placeEvent("placeReserved")(bench);
      placeEvent("relayStarted")(bench);
      bench.tell({ kind: "ended" });
    },
  },
);

rule(
  freeServerIsFound,
  (bench) => {
    report(bench, "server 1", 0, 10);
    report(bench, "server 2", 2, 10);
    choose(bench, "server 1");
    step(bench, ["dialedIn", "reserve", "failed"]);
  },
  {
    "a request that is given up though a server is left": (bench) => {
      report(bench, "server 1", 0, 10);
      report(bench, "server 2", 1, 10);
      choose(bench, "server 1");
      step(bench, ["reserving", "ReserveRefused", "failed"]);
    },
  },
);

rule(
  loadIsNewest,
  (bench) => {
    bench.place("hub", hubOf({ servers: [serverRowOf("server 1", 0, 10)] }));
    report(bench, "server 1", 0, 10);
  },
  {
    "an older report than the hub took in": (bench) => {
      bench.place("hub", hubOf({ servers: [serverRowOf("server 1", 0, 10)] }));
      report(bench, "server 1", 0, 47);
    },
    "a place that is not counted when it is asked for": (bench) => {
      bench.place("hub", hubOf({ servers: [serverRowOf("server 1", 0, 10)] }));
      report(bench, "server 1", 0, 10);
      choose(bench, "server 1");
    },
  },
);

rule(
  hubAnswers,
  (bench) => {
    bench.tell({ kind: "asked", ask: ASK });
    step(bench, ["invited", "deadline", "failed"]);
    bench.tell({ kind: "answered", ask: ASK, outcome: { kind: "failed", reason: 1 } });
    bench.nowMs = 60_000;
    bench.tell({ kind: "healed" });
    bench.tell({ kind: "asked", ask: { ...ASK, requestId: 2 } });
    bench.event("client 1", { type: "ended", session: 1, problem: 0 });
    bench.nowMs = 120_000;
    bench.tell({ kind: "healed" });
  },
  {
    "a request that is decided and not answered": (bench) => {
      bench.tell({ kind: "asked", ask: ASK });
      step(bench, ["invited", "deadline", "failed"]);
      bench.nowMs = 2_000;
      bench.tell({ kind: "healed" });
    },
    "a request that the hub forgets": (bench) => {
      bench.tell({ kind: "asked", ask: ASK });
      bench.nowMs = 49_000;
      bench.tell({ kind: "healed" });
    },
    "a meeting that is given twice": (bench) => {
      connect(bench);
      bench.tell({ kind: "answered", ask: ASK, outcome: meetingOf() });
    },
  },
);

rule(
  wantedRouterIsInvited,
  (bench) => {
    hear(bench, 1);
    want(bench);
    invite(bench);
    bench.nowMs = 3_200;
    hear(bench, 2, ELSEWHERE);
    invite(bench, ELSEWHERE);
    step(bench, ["invited", "dialIn", "dialedIn"]);
    bench.nowMs = 20_000;
    bench.tell({ kind: "answered", ask: ASK, outcome: { kind: "unknown" } });
  },
  {
    "an invitation that is not repeated": (bench) => {
      hear(bench, 1);
      want(bench);
      invite(bench);
      bench.nowMs = 4_000;
      bench.tell({ kind: "healed" });
    },
    "an invitation to where the router was before": (bench) => {
      hear(bench, 1);
      want(bench);
      invite(bench);
      hear(bench, 2, ELSEWHERE);
      invite(bench);
      bench.nowMs = 100;
      bench.tell({ kind: "healed" });
    },
    "a search for a router that has fallen silent": (bench) => {
      hear(bench, 1);
      bench.nowMs = 9_000;
      want(bench);
    },
    "a router that is said to be unknown though it was just heard": (bench) => {
      bench.place("hub", hubOf({ routers: [routerRowOf(1)] }));
      hear(bench, 1);
      bench.tell({ kind: "answered", ask: ASK, outcome: { kind: "unknown" } });
    },
  },
);

rule(
  loadReportIsTrue,
  (bench) => {
    sendLoad(bench, 0);
    placeEvent("placeReserved")(bench);
    sendLoad(bench, 1);
    freeAgain(bench);
    placeEvent("placeFree")(bench);
    bench.nowMs = 200;
    sendLoad(bench, 0);
    bench.nowMs = 10_000;
    bench.tell({ kind: "healed" });
  },
  {
    "a place that is not counted": (bench) => {
      placeEvent("placeReserved")(bench);
      sendLoad(bench, 0);
    },
    "a place that becomes free without a word": (bench) => {
      freeAgain(bench);
      bench.nowMs = 2_000;
      bench.tell({ kind: "healed" });
    },
  },
);

rule(
  placesFollowTheirParties,
  (bench) => {
    reserve(bench);
    transition(bench, "ServerVisit", ["hub", "lost", "over"]);
    loseHub(bench);
    transition(bench, "ServerVisit", ["placed", "lost", "over"]);
    transition(bench, "ServerPlace", ["occupied", "routerLost", "released"]);
    bench.nowMs = 1;
    bench.tell({ kind: "healed" });
  },
  {
    "a place that is given up though its hub is there": (bench) => {
      reserve(bench);
      loseHub(bench);
    },
    "a place that is kept though its hub has left": (bench) => {
      reserve(bench);
      transition(bench, "ServerVisit", ["hub", "lost", "over"]);
      bench.nowMs = 1;
      bench.tell({ kind: "healed" });
    },
    "a place that is kept though its router has left": (bench) => {
      transition(bench, "ServerVisit", ["placed", "lost", "over"]);
      bench.nowMs = 1;
      bench.tell({ kind: "healed" });
    },
  },
);

rule(
  invitationIsFollowedOnce,
  (bench) => {
    follow(bench);
    transition(bench, "RouterSession", ["dialingHub", "lost", "ended"], "router 1");
    follow(bench);
  },
  {
    "a second session for one invitation": (bench) => {
      follow(bench);
      follow(bench);
    },
  },
);

rule(
  theGoneAreGivenUp,
  (bench) => {
    sessionOpen("router 1", "client 1")(bench);
    bench.tell({ kind: "process", host: "client 1", what: "crashed" });
    bench.nowMs = 30_000;
    bench.event("router 1", { type: "sessionOver", session: 1 });
    bench.nowMs = 90_000;
    bench.tell({ kind: "healed" });
  },
  {
    "a session that outlasts its client": (bench) => {
      sessionOpen("router 1", "client 1")(bench);
      bench.tell({ kind: "process", host: "client 1", what: "crashed" });
      bench.nowMs = 90_000;
      bench.tell({ kind: "healed" });
    },
  },
);

everyCheckerFailed(MEETING_CHECKERS);
