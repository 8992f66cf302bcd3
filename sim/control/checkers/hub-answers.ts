import type { ConnectOutcome } from "../../../runtime/roles/hub/hub-events.ts";
import type { ClientEvent } from "../../../runtime/roles/client/client-events.ts";
import type { Observation } from "../../world/observation.ts";
import type { Ask, ControlChecker, Happening } from "../happening.ts";
import { Deadlines } from "./deadlines.ts";

/** The hub itself answers each request, so that no client has to wait until it gives up. */
export const hubAnswers: ControlChecker = {
  name: "hub-answers",
  doc: "A hub that stays up answers each request within the sum of what it waits for, and at once when it is decided; the client's own patience is not what ends it.",
  watch: (run) => {
    const { reserveMs, serversTriedMax, verifyMs, wantedMs } = run.limits;
    const withinMs = wantedMs + serversTriedMax * reserveMs + verifyMs;
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    const due = new Deadlines();
    const open = new Map<number, Ask>();
    const settle = (requestId: number): void => {
      open.delete(requestId);
      due.settle(nameOf(requestId));
    };
    const forget = (isGone: (ask: Ask) => boolean): void => {
      for (const ask of [...open.values()]) if (isGone(ask)) settle(ask.requestId);
    };
    const answered = (ask: Ask, outcome: ConnectOutcome | undefined): void => {
      if (outcome?.kind === "connected" && !open.has(ask.requestId)) {
        run.violate(`${nameOf(ask.requestId)} was answered twice`);
      }
      settle(ask.requestId);
    };
    const decided = (observation: Observation): void => {
      if (observation.host !== hub || observation.kind !== "transition") return;
      const { machine, scope, to } = observation;
      if (machine !== "HubBrokerage" || (to !== "failed" && to !== "verified")) return;
      const requestId = Number(scope.slice(scope.indexOf("/") + 1));
      if (open.has(requestId)) due.expect(nameOf(requestId), run.nowMs, 0);
    };
    const take = (happening: Happening): void => {
      if (happening.kind === "asked") {
        open.set(happening.ask.requestId, happening.ask);
        due.expect(nameOf(happening.ask.requestId), run.nowMs, withinMs);
      } else if (happening.kind === "answered") {
        answered(happening.ask, happening.outcome);
      } else if (happening.kind === "observed") {
        decided(happening.observation);
      } else if (happening.kind === "event") {
        const event = happening.event as ClientEvent;
        if (event.type !== "ended") return;
        forget(({ client, session }) => client === happening.host && session === event.session);
      } else if (happening.kind === "process" && happening.what === "crashed") {
        forget(({ client }) => happening.host === hub || client === happening.host);
      }
    };
    return (happening: Happening): void => {
      take(happening);
      const overdue = due.takeOverdue(run.nowMs);
      if (overdue !== undefined) run.violate(`the hub leaves ${overdue} without an answer`);
    };
  },
};

function nameOf(requestId: number): string {
  return `request ${String(requestId)}`;
}
