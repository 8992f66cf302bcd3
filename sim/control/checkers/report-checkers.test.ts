import { simulatedIdentity } from "../../crypto/simulated-crypto.ts";
import {
  CLAIM_HASH,
  HUB_AT,
  MAC,
  ackBytes,
  challengeBytes,
  grantBytes,
  hubOf,
  requestBytes,
  routerRowOf,
  telemetryBytes,
} from "../testing/checker-bench.ts";
import type { CheckerBench } from "../testing/checker-bench.ts";
import { everyCheckerFailed, rule } from "../testing/checker-rule.ts";
import type { Tell } from "../testing/checker-rule.ts";
import { answeredAreContent } from "./answered-are-content.ts";
import { REPORT_CHECKERS } from "./control-checkers.ts";
import { genuineIsAccepted } from "./genuine-is-accepted.ts";
import { grantsAreProved } from "./grants-are-proved.ts";
import { hubStaysPinned } from "./hub-stays-pinned.ts";
import { inventoryIsGenuine } from "./inventory-is-genuine.ts";
import { macKeepsItsIdentity } from "./mac-keeps-its-identity.ts";
import { noAmplification } from "./no-amplification.ts";
import { onlyGenuineIsAccepted } from "./only-genuine-is-accepted.ts";
import { ownersKeepRouters } from "./owners-keep-routers.ts";
import { rotationKeepsReporters } from "./rotation-keeps-reporters.ts";
import { telemetryIsNewest } from "./telemetry-is-newest.ts";

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

rule(
  telemetryIsNewest,
  (bench) => {
    bench.place("hub", hubOf({ routers: [routerRowOf(3)] }));
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(3)));
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(2)));
  },
  {
    "an older report than the hub took in": (bench) => {
      bench.place("hub", hubOf({ routers: [routerRowOf(3)] }));
      bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(4)));
    },
    "telemetry that its router did not send": (bench) => {
      bench.accept("Telemetry", bench.send("router 2", "hub", telemetryBytes(1)));
    },
  },
);

rule(
  genuineIsAccepted,
  (bench) => {
    bench.place("hub", hubOf({}));
    bench.place("router 1", hubOf({}));
    bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1)));
    bench.accept("TelemetryAck", bench.send("hub", "router 1", ackBytes(1)));
    // A copy, and what comes under a key that the hub has not shown to have, it may refuse.
    bench.send("attacker 1", "hub", telemetryBytes(1));
    bench.send("router 1", "hub", telemetryBytes(2, 2));
    bench.tell({ kind: "process", host: "hub", what: "crashed" });
    bench.send("router 1", "hub", telemetryBytes(3));
    bench.send("router 1", "hub", telemetryBytes(4));
  },
  {
    "a report that the hub refuses": (bench) => {
      bench.place("hub", hubOf({}));
      bench.accept("Telemetry", bench.send("router 1", "hub", telemetryBytes(1)));
      bench.send("router 1", "hub", telemetryBytes(2));
      bench.send("router 1", "hub", telemetryBytes(3));
    },
    "an answer that the router refuses": (bench) => {
      bench.place("router 1", hubOf({}));
      bench.send("router 1", "hub", telemetryBytes(1));
      bench.send("hub", "router 1", ackBytes(1));
      bench.send("hub", "router 1", ackBytes(2));
    },
  },
);

const ask: Tell = (bench) => {
  bench.send("hub", "router 1", challengeBytes(7));
  bench.send("router 1", "hub", requestBytes(7));
};

rule(
  grantsAreProved,
  (bench) => {
    ask(bench);
    bench.send("hub", "router 1", grantBytes());
  },
  {
    "a grant to an address whose cookie is another": (bench) => {
      bench.send("hub", "router 1", challengeBytes(7));
      bench.send("router 1", "hub", requestBytes(8));
      bench.send("hub", "router 1", grantBytes());
    },
    "a grant for a request that nobody of the network made": (bench) => {
      bench.send("hub", "attacker 1", challengeBytes(7));
      bench.send("attacker 1", "hub", requestBytes(7));
      bench.send("hub", "attacker 1", grantBytes());
    },
    "a grant to an address that replayed a request": (bench) => {
      ask(bench);
      const elsewhere = { ...HUB_AT, port: 9 };
      bench.send("attacker 1", "hub", requestBytes(7), elsewhere);
      bench.send("hub", "attacker 1", grantBytes(), elsewhere);
    },
  },
);

const saveInventory = (bench: CheckerBench, model: string): void => {
  const row = { ...routerRowOf(1), inventory: JSON.stringify({ model }) };
  bench.event("hub", { type: "save", saveId: 1, change: { table: "routers", key: MAC, row } });
};

rule(
  inventoryIsGenuine,
  (bench) => {
    saveInventory(bench, "simulated router 1");
  },
  {
    "an inventory that another brought": (bench) => {
      saveInventory(bench, "an impostor's");
    },
  },
);

const claimed = (bench: CheckerBench, mac: number, account: string): void => {
  const row = { ...routerRowOf(1), subject: mac, account, claimHash: CLAIM_HASH };
  bench.place("hub", hubOf({ routers: [row] }));
  bench.event("hub", { type: "noted", note: "claimed", subject: mac });
};
const createClaim: Tell = (bench) => {
  const claim = {
    id: "",
    codeHash: CLAIM_HASH,
    account: "ada",
    label: "",
    reusable: 0,
    createdUnixMs: 0,
    expiresUnixMs: 0,
    uses: 0,
  };
  bench.event("hub", { type: "claimCreated", requestId: 0, created: { claim, code: "" } });
};

rule(
  ownersKeepRouters,
  (bench) => {
    createClaim(bench);
    claimed(bench, MAC, "ada");
    claimed(bench, MAC, "ada");
  },
  {
    "a router that another account gets": (bench) => {
      claimed(bench, MAC, "eve");
    },
    "a code for one router that two used": (bench) => {
      createClaim(bench);
      claimed(bench, MAC, "ada");
      claimed(bench, MAC + 2, "ada");
    },
  },
);

const report = (bench: CheckerBench, ...sequences: readonly number[]): void => {
  for (const sequence of sequences) bench.send("router 1", "hub", telemetryBytes(sequence));
};
const knock: Tell = (bench) => {
  bench.send("router 1", "hub", telemetryBytes(9, 0));
};

rule(
  answeredAreContent,
  (bench) => {
    knock(bench);
    report(bench, 1, 2, 3);
    knock(bench);
  },
  {
    "a router that forgets its key when it is started again": (bench) => {
      report(bench, 1);
      bench.tell({ kind: "process", host: "router 1", what: "started" });
      knock(bench);
    },
    "a router that answers an old challenge": (bench) => {
      report(bench, 1);
      bench.accept("TelemetryAck", bench.send("hub", "router 1", ackBytes(1)));
      bench.send("router 1", "hub", requestBytes(7));
    },
    "a router that asks for a key though it is answered": (bench) => {
      report(bench, 1, 2, 3);
      bench.accept("TelemetryAck", bench.send("hub", "router 1", ackBytes(1)));
      report(bench, 4);
      knock(bench);
    },
  },
);

const saveKey = (bench: CheckerBench, hub: string | undefined): void => {
  const fingerprint = hub === undefined ? undefined : simulatedIdentity(hub).fingerprint;
  bench.event("router 1", { type: "save", state: { key: undefined, hub: fingerprint } });
};

rule(
  hubStaysPinned,
  (bench) => {
    saveKey(bench, "hub");
    saveKey(bench, "hub");
  },
  {
    "a key of another hub": (bench) => {
      saveKey(bench, "hub");
      saveKey(bench, "false hub");
    },
    "a key without its hub": (bench) => {
      saveKey(bench, undefined);
    },
  },
);

everyCheckerFailed(REPORT_CHECKERS);
