import type { SpecMutant } from "../mutant.ts";

const PROTOCOL = "control/protocol.json";

/** A limit of the control protocol with another value. */
function limit(name: string, value: unknown, doc: string): SpecMutant {
  const id = `limit-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return { id, doc, file: PROTOCOL, pointer: `/limits/${name}/value`, value };
}

/** Faults of the spec: the code is generated anew from it. */
export const SPEC_MUTANTS: readonly SpecMutant[] = [
  limit("placeMs", 30, "A place is gone before router and client can meet."),
  limit("freshPeriods", 0, "A router is stale between two reports."),
  limit("dialMs", 5, "Dialling has no time for one round trip."),
  limit("answerMs", 5, "Answers have no time for one round trip."),
  limit("wantedMs", 50, "The hub gives a wanted router no time to come."),
  limit("verifyMs", 20, "The hub gives the router no time to reach the server."),
  limit("reserveMs", 0, "The hub gives a server no time to answer."),
  limit("grantLifeS", 0, "A grant is over at once."),
  limit("saveMs", 0, "A store has no time to confirm."),
  limit("waitClientMs", 20, "The router does not wait for its client."),
  limit("addressMs", 20, "The router gives the hub no time to find a server."),
  limit("askMs", 50, "The client gives the hub no time to answer."),
  limit("brokeragesPerRouterMax", 0, "No router may be asked for."),
  limit("sessionsMax", 0, "A router serves nobody."),
  limit(
    "enrolRetryMs",
    [3_600_000],
    "An attempt to enrol that was lost is repeated an hour later.",
  ),
  limit("cookieRotationMs", 1, "A cookie is worthless before it can come back."),
];
