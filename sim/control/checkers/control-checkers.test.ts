import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import { Hub } from "../../../runtime/roles/hub/hub.ts";
import { SimulatedCrypto, simulatedIdentity } from "../../crypto/simulated-crypto.ts";
import { RandomStream } from "../../engine/index.ts";
import type { ControlChecker } from "../happening.ts";
import {
  ASK,
  CheckerBench,
  MAC,
  loadBytes,
  meetingOf,
  serverAt,
  telemetryBytes,
} from "../testing/checker-bench.ts";
import { answerIsRight } from "./answer-is-right.ts";
import { clientIsAnswered } from "./client-is-answered.ts";
import { CONTROL_CHECKERS } from "./control-checkers.ts";
import { leastLoadedServer } from "./least-loaded-server.ts";
import { macKeepsItsIdentity } from "./mac-keeps-its-identity.ts";
import { noAmplification } from "./no-amplification.ts";
import { onlyGenuineIsAccepted } from "./only-genuine-is-accepted.ts";
import { placesAreExclusive } from "./places-are-exclusive.ts";
import { placesAreReleased } from "./places-are-released.ts";
import { rotationKeepsReporters } from "./rotation-keeps-reporters.ts";
import { telemetryIsNewest } from "./telemetry-is-newest.ts";

type Tell = (bench: CheckerBench) => void;

/** Checkers that were seen to fail. */
const failed = new Set<string>();

/** A rule that the first story keeps and each of the others breaks. */
function rule(checker: ControlChecker, kept: Tell, broken: Readonly<Record<string, Tell>>): void {
  test(`${checker.name} admits what is right`, () => {
    assert.deepEqual(CheckerBench.verdict(checker, kept), []);
  });
  for (const [what, tell] of Object.entries(broken)) {
    test(`${checker.name} sees ${what}`, () => {
      assert.equal(CheckerBench.verdict(checker, tell).length > 0, true);
      failed.add(checker.name);
    });
  }
}

const connect: Tell = (bench) => {
  bench.tell({ kind: "asked", ask: ASK });
  bench.tell({ kind: "answered", ask: ASK, outcome: meetingOf() });
  bench.event("client 1", { type: "connected", session: 1, meeting: meetingOf() });
};
const call: Tell = (bench) => {
  const what = { call: 2, method: "system.info", timeoutMs: 100 };
  bench.tell({ kind: "called", ask: ASK, ...what });
};
const answerOf =
  (mac: string): Tell =>
  (bench) => {
    const outcome = { ok: true, result: { mac } } as const;
    bench.event("client 1", { type: "callEnded", session: 1, call: 2, outcome });
  };

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

const sessionOpen =
  (host: string, client: string): Tell =>
  (bench) => {
    const { fingerprint } = simulatedIdentity(client);
    bench.event(host, { type: "sessionOpen", session: 1, client: fingerprint });
  };

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
    "a session with a client that did not ask": sessionOpen("router 1", "client 1"),
    "a session with a client of another account": (bench) => {
      connect(bench);
      sessionOpen("router 2", "client 1")(bench);
    },
  },
);

const report = (bench: CheckerBench, host: string, taken: number, load: number): void => {
  bench.accept("LoadReport", bench.send(host, "hub", loadBytes(host, taken, load)));
};
const choose = (bench: CheckerBench, server: string): void => {
  const step = { machine: "HubBrokerage", from: "invited", on: "dialIn", to: "dialedIn" };
  const observation = { kind: "transition", scope: "brokerage/1", host: "hub", ...step } as const;
  bench.tell({ kind: "observed", observation });
  bench.tell({ kind: "dialled", host: "hub", to: serverAt(server) });
};

rule(
  leastLoadedServer,
  (bench) => {
    report(bench, "server 1", 0, 10);
    report(bench, "server 2", 1, 5);
    choose(bench, "server 1");
    // The one place of server 1 may be taken now.
    choose(bench, "server 2");
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
  },
);

const saveRow = (bench: CheckerBench, identity: string): void => {
  const { fingerprint } = simulatedIdentity(identity);
  const change = { table: "routers", key: MAC, row: { fingerprint } } as never;
  bench.event("hub", { type: "save", saveId: 1, change });
};
const enrolled: Tell = (bench) => {
  saveRow(bench, "router 1");
  bench.event("hub", { type: "noted", note: "router enrolled", subject: MAC });
};

rule(
  macKeepsItsIdentity,
  (bench) => {
    enrolled(bench);
    saveRow(bench, "router 1");
    bench.tell({ kind: "settled", mac: MAC });
    saveRow(bench, "router 2");
  },
  {
    "a mac that another identity got": (bench) => {
      enrolled(bench);
      saveRow(bench, "router 2");
    },
  },
);

rule(
  noAmplification,
  (bench) => {
    bench.send("router 1", "hub", new Uint8Array(80));
    bench.send("hub", "router 1", new Uint8Array(80));
    bench.send("router 1", "hub", telemetryBytes(1));
    bench.send("hub", "router 1", new Uint8Array(900));
  },
  {
    "a larger answer": (bench) => {
      bench.send("router 1", "hub", new Uint8Array(80));
      bench.send("hub", "router 1", new Uint8Array(81));
    },
    "two answers": (bench) => {
      bench.send("router 1", "hub", new Uint8Array(80));
      bench.send("hub", "router 1", new Uint8Array(60));
      bench.send("hub", "router 1", new Uint8Array(20));
    },
    "what an address did not ask for": (bench) => {
      bench.send("hub", "router 1", new Uint8Array(20));
    },
    "a replayed report that proves an address": (bench) => {
      bench.send("router 1", "hub", telemetryBytes(1));
      const elsewhere = { address: "192.0.2.99", port: 9 };
      bench.send("attacker 1", "hub", telemetryBytes(1), elsewhere);
      bench.send("hub", "attacker 1", new Uint8Array(500), elsewhere);
    },
  },
);

rule(
  onlyGenuineIsAccepted,
  (bench) => {
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1)));
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(2)));
  },
  {
    "a replay": (bench) => {
      bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1)));
      bench.accept("Telemetry", bench.send("attacker 1", "hub", telemetryBytes(1)));
    },
    "a forgery": (bench) => {
      bench.accept("Telemetry", bench.send("attacker 1", "hub", telemetryBytes(1)));
    },
    "an answer that another router sent": (bench) => {
      bench.accept("TelemetryAck", bench.send("router 2", "router 1", new Uint8Array(40)));
    },
  },
);

const placeEvent =
  (type: "placeReserved" | "relayStarted" | "placeFree"): Tell =>
  (bench) => {
    bench.event("server 1", { type, routerMac: MAC });
  };

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
  rotationKeepsReporters,
  (bench) => {
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1, 1)));
    const late = telemetryBytes(2, 1);
    bench.send("router 1", "hub", telemetryBytes(3, 2));
    bench.send("router 1", "elsewhere", late);
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(4, 2)));
    // Nobody uses the old key any more, so that the hub need not know it.
    bench.send("attacker 1", "hub", late);
    bench.observe("hub", "EnrolChallenge");
  },
  {
    "a router that the hub challenges although it changed to an offered key": (bench) => {
      bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1, 1)));
      bench.send("router 1", "hub", telemetryBytes(2, 2));
      bench.observe("hub", "EnrolChallenge");
    },
  },
);

/** A hub that holds report 3 of router 1. */
function hubWithReport3(): Hub {
  const numbers = { uptimeS: 1, txBytes: 3 };
  const row = {
    ...NO_KEYS,
    subject: MAC,
    fingerprint: simulatedIdentity("router 1").fingerprint,
    account: "ada",
    label: "",
    claimHash: null,
    telemetry: JSON.stringify(numbers),
    inventory: null,
    rival: null,
  };
  return new Hub({
    crypto: new SimulatedCrypto(RandomStream.fromSeed(1)),
    unixMs: () => 0,
    identity: simulatedIdentity("hub"),
    rows: { routers: [row], servers: [], claims: [] },
    starts: 1,
    nowMs: 0,
    servers: [],
  });
}

const NO_KEYS = {
  currentKeyId: null,
  currentGeneration: null,
  currentKey: null,
  nextKeyId: null,
  nextGeneration: null,
  nextKey: null,
  nextOrigin: null,
  keyMadeUnixMs: 0,
  sequence: 0,
  address: null,
  port: null,
  heardUnixMs: 0,
  periodMs: 1_000,
};

rule(
  telemetryIsNewest,
  (bench) => {
    bench.place("hub", hubWithReport3());
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(3)));
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(2)));
  },
  {
    "an older report than the hub took in": (bench) => {
      bench.place("hub", hubWithReport3());
      bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(4)));
    },
    "telemetry that its router did not send": (bench) => {
      bench.accept("Telemetry", bench.send("router 2", "hub", telemetryBytes(1)));
    },
  },
);

test("every checker was seen to fail", () => {
  assert.deepEqual([...failed].sort(), CONTROL_CHECKERS.map(({ name }) => name).sort());
});
