import type { ControlChecker } from "../happening.ts";
import { answerIsRight } from "./answer-is-right.ts";
import { clientIsAnswered } from "./client-is-answered.ts";
import { leastLoadedServer } from "./least-loaded-server.ts";
import { macKeepsItsIdentity } from "./mac-keeps-its-identity.ts";
import { noAmplification } from "./no-amplification.ts";
import { onlyGenuineIsAccepted } from "./only-genuine-is-accepted.ts";
import { placesAreExclusive } from "./places-are-exclusive.ts";
import { placesAreReleased } from "./places-are-released.ts";
import { rotationKeepsReporters } from "./rotation-keeps-reporters.ts";
import { telemetryIsNewest } from "./telemetry-is-newest.ts";

/** The rules that every run of the control network is watched for. */
export const CONTROL_CHECKERS: readonly ControlChecker[] = [
  answerIsRight,
  clientIsAnswered,
  leastLoadedServer,
  macKeepsItsIdentity,
  noAmplification,
  onlyGenuineIsAccepted,
  placesAreExclusive,
  placesAreReleased,
  rotationKeepsReporters,
  telemetryIsNewest,
];
