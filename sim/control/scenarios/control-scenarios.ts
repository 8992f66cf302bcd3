import type { Scenario } from "../../campaign/scenario.ts";
import { addressChange } from "./address-change.ts";
import { attackers } from "./attackers.ts";
import { control } from "./control.ts";
import { endsVanish } from "./ends-vanish.ts";
import { enrolment } from "./enrolment.ts";
import { hubRestart } from "./hub-restart.ts";
import { moments } from "./moments.ts";
import { places } from "./places.ts";
import { rotation } from "./rotation.ts";
import { serversVanish } from "./servers-vanish.ts";
import { telemetry } from "./telemetry.ts";

/** The scenarios of the control network, the general one first. */
export const CONTROL_SCENARIOS: readonly Scenario[] = [
  control,
  enrolment,
  rotation,
  telemetry,
  places,
  addressChange,
  hubRestart,
  serversVanish,
  endsVanish,
  moments,
  attackers,
];
