import type { ControlChecker } from "../happening.ts";
import { answerIsRight } from "./answer-is-right.ts";
import { answeredAreContent } from "./answered-are-content.ts";
import { clientIsAnswered } from "./client-is-answered.ts";
import { freeServerIsFound } from "./free-server-is-found.ts";
import { genuineIsAccepted } from "./genuine-is-accepted.ts";
import { grantsAreProved } from "./grants-are-proved.ts";
import { hubAnswers } from "./hub-answers.ts";
import { hubStaysPinned } from "./hub-stays-pinned.ts";
import { inventoryIsGenuine } from "./inventory-is-genuine.ts";
import { invitationIsFollowedOnce } from "./invitation-is-followed-once.ts";
import { leastLoadedServer } from "./least-loaded-server.ts";
import { loadIsNewest } from "./load-is-newest.ts";
import { loadReportIsTrue } from "./load-report-is-true.ts";
import { macKeepsItsIdentity } from "./mac-keeps-its-identity.ts";
import { noAmplification } from "./no-amplification.ts";
import { onlyGenuineIsAccepted } from "./only-genuine-is-accepted.ts";
import { ownersKeepRouters } from "./owners-keep-routers.ts";
import { placesAreExclusive } from "./places-are-exclusive.ts";
import { placesAreReleased } from "./places-are-released.ts";
import { placesFollowTheirParties } from "./places-follow-their-parties.ts";
import { rotationKeepsReporters } from "./rotation-keeps-reporters.ts";
import { telemetryIsNewest } from "./telemetry-is-newest.ts";
import { theGoneAreGivenUp } from "./the-gone-are-given-up.ts";
import { wantedRouterIsInvited } from "./wanted-router-is-invited.ts";

/** Rules of reports and keys: who is heard, who gets a key, and whose a router is. */
export const REPORT_CHECKERS: readonly ControlChecker[] = [
  answeredAreContent,
  genuineIsAccepted,
  grantsAreProved,
  hubStaysPinned,
  inventoryIsGenuine,
  macKeepsItsIdentity,
  noAmplification,
  onlyGenuineIsAccepted,
  ownersKeepRouters,
  rotationKeepsReporters,
  telemetryIsNewest,
];

/** Rules of meetings: who is found, where they meet, and what the client is told. */
export const MEETING_CHECKERS: readonly ControlChecker[] = [
  answerIsRight,
  clientIsAnswered,
  freeServerIsFound,
  hubAnswers,
  invitationIsFollowedOnce,
  leastLoadedServer,
  loadIsNewest,
  loadReportIsTrue,
  placesAreExclusive,
  placesAreReleased,
  placesFollowTheirParties,
  theGoneAreGivenUp,
  wantedRouterIsInvited,
];

/** The rules that every run of the control network is watched for. */
export const CONTROL_CHECKERS: readonly ControlChecker[] = [
  ...REPORT_CHECKERS,
  ...MEETING_CHECKERS,
];
