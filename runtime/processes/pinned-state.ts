import { OperatorError, fingerprintText } from "../core/index.ts";
import type { ReporterState } from "../roles/reporter/reporter.ts";

/**
 * What a party starts from, given the hub that its operator pins.
 * @throws {OperatorError} if it has learnt another hub before: a changed hub is never accepted in silence.
 */
export function pinnedState(state: ReporterState, pinned: Uint8Array | undefined): ReporterState {
  if (pinned === undefined) return state;
  const learnt = state.hub;
  if (learnt !== undefined && fingerprintText(learnt) !== fingerprintText(pinned)) {
    throw new OperatorError({
      place: "hub fingerprint",
      problem: `this party knows the hub ${fingerprintText(learnt)}, not the pinned one.`,
      remedy: "If the hub was replaced on purpose, give this party a new data folder.",
    });
  }
  return { ...state, hub: pinned };
}
