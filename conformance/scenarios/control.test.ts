import assert from "node:assert/strict";
import { test } from "node:test";
import type { MachineTransition } from "../../runtime/core/index.ts";
import { CLIENT_CONNECT_TRANSITIONS } from "../../generated/control/machines/client-connect.ts";
import { ENROLMENT_TRANSITIONS } from "../../generated/control/machines/enrolment.ts";
import { HUB_BROKERAGE_TRANSITIONS } from "../../generated/control/machines/hub-brokerage.ts";
import { HUB_KEYS_TRANSITIONS } from "../../generated/control/machines/hub-keys.ts";
import { HUB_VISIT_TRANSITIONS } from "../../generated/control/machines/hub-visit.ts";
import { ROUTER_REPORT_TRANSITIONS } from "../../generated/control/machines/router-report.ts";
import { ROUTER_SESSION_TRANSITIONS } from "../../generated/control/machines/router-session.ts";
import { SERVER_PLACE_TRANSITIONS } from "../../generated/control/machines/server-place.ts";
import { SERVER_VISIT_TRANSITIONS } from "../../generated/control/machines/server-visit.ts";
import { LIVENESS_TRANSITIONS } from "../../generated/system/machines/liveness.ts";
import { SECURE_CHANNEL_TRANSITIONS } from "../../generated/system/machines/secure-channel.ts";
import { transitionsTaken } from "../world/control-network.ts";
import "./brokerage.ts";
import "./calls.ts";
import "./channel.ts";
import "./enrolment.ts";
import "./grant.ts";
import "./keys.ts";
import "./liveness.ts";
import "./meeting.ts";
import "./moments.ts";
import "./places.ts";
import "./population.ts";
import "./relay.ts";
import "./telemetry.ts";

const MACHINES: Readonly<Record<string, readonly MachineTransition[]>> = {
  ClientConnect: CLIENT_CONNECT_TRANSITIONS,
  Enrolment: ENROLMENT_TRANSITIONS,
  HubBrokerage: HUB_BROKERAGE_TRANSITIONS,
  HubKeys: HUB_KEYS_TRANSITIONS,
  HubVisit: HUB_VISIT_TRANSITIONS,
  Liveness: LIVENESS_TRANSITIONS,
  RouterReport: ROUTER_REPORT_TRANSITIONS,
  RouterSession: ROUTER_SESSION_TRANSITIONS,
  SecureChannel: SECURE_CHANNEL_TRANSITIONS,
  ServerPlace: SERVER_PLACE_TRANSITIONS,
  ServerVisit: SERVER_VISIT_TRANSITIONS,
};

const BEGINS = "the role leaves this state in the step that makes the machine";
const UNOPENED = "nothing comes over a stream that is not open yet";
const DIALLER = "whoever dials gives up by a timer of its own, no later than the handshake's";

/** Transitions that no scenario takes, and why none needs to. */
const EXCUSED: Readonly<Record<string, string>> = {
  "ClientConnect: idle on close to ended": BEGINS,
  "Enrolment: idle on stop to stopped": BEGINS,
  "HubBrokerage: wanted on deadline to failed": BEGINS,
  "HubBrokerage: wanted on cancel to failed": BEGINS,
  "RouterSession: idle on stop to ended": BEGINS,
  "HubBrokerage: serverReserved on verify to failed": "tellMs is over before verifyMs",
  "SecureChannel: idle on Fault to closed": UNOPENED,
  "SecureChannel: idle on malformed to closed": UNOPENED,
  "SecureChannel: idle on handshake to closed": DIALLER,
  "SecureChannel: awaitReply on handshake to closed": DIALLER,
};

test("the scenarios together take every transition of every machine, but for those excused", () => {
  const specified = Object.entries(MACHINES).flatMap(([machine, transitions]) =>
    transitions.map(({ from, on, to }) => `${machine}: ${from} on ${on} to ${to}`),
  );
  const missing = specified.filter((one) => !transitionsTaken.has(one) && !(one in EXCUSED));
  assert.deepEqual(missing, []);
  for (const excused of Object.keys(EXCUSED)) {
    assert.ok(specified.includes(excused), `the spec does not know: ${excused}`);
    assert.ok(!transitionsTaken.has(excused), `taken after all: ${excused}`);
  }
});
