import { fingerprintText } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { ReporterEvent } from "../roles/reporter/reporter-events.ts";
import type { PartyStore } from "./party-store.ts";

/** What such events act on. */
export interface ReporterAround {
  readonly party: PartyStore;
  readonly log: Log;
  /** Tells the role that what it wanted saved is on disk. */
  readonly saved: () => void;
}

/** Carries out what a router or a server reports of its key and its hub. */
export function takeReporterEvent(
  event: ReporterEvent,
  { party, log, saved }: ReporterAround,
): void {
  switch (event.type) {
    case "save":
      try {
        party.saveReporter(event.state);
      } catch (error) {
        log.error({ err: error }, "the key could not be saved; the hub will be asked again");
        return;
      }
      saved();
      return;
    case "enrolled":
      log.info({ hub: fingerprintText(event.hub) }, "enrolled with the hub");
      return;
    case "hubAnswers":
      if (event.answers) log.info("the hub answers again");
      else log.warn("the hub does not answer; asking it for a challenge with each report");
      return;
    case "hubChanged":
      log.error(
        { found: fingerprintText(event.found) },
        "another hub answers at the hub's address and is refused; if it was replaced on purpose, give this party a new data folder",
      );
      return;
  }
}
