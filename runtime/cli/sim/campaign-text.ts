import type { CampaignResult, Violation } from "../../../sim/campaign/index.ts";
import type { Colour } from "./colour.ts";
import { durationText } from "./progress.ts";

/** What came of a campaign, in a line. */
export function campaignText(result: CampaignResult, colour: Colour): string {
  const { scenario, runs, failures, pace, events, virtualMs } = result;
  const threads = countText(pace.workers, "thread");
  const outcome =
    failures.length === 0
      ? colour.good("all passed")
      : colour.bad(`${String(failures.length)} FAILED`);
  const speed = `${String(pace.seedsPerMinute)} seeds/min on ${threads}`;
  return `${scenario}: ${countText(runs, "seed")}, ${outcome}; ${durationText(pace.wallMs)}, ${speed}; ${groupedText(events)} events, ${durationText(virtualMs)} of virtual time; digest ${result.digest}`;
}

/** A violation in a line. */
export function violationText({ checker, message, atMs }: Violation): string {
  return `${checker} at ${(atMs / 1000).toFixed(3)} s: ${message}`;
}

/** `1 seed`, `20 seeds`. */
export function countText(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** Digits in groups of three. */
function groupedText(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, " ");
}
