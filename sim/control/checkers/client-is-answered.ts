import type { ClientEvent } from "../../../runtime/roles/client/client-events.ts";
import type { ControlChecker, Happening } from "../happening.ts";
import { Deadlines } from "./deadlines.ts";

/** A client that stays up hears how each of its requests and calls ended, within the spec's times. */
export const clientIsAnswered: ControlChecker = {
  name: "client-is-answered",
  doc: "A client that stays up hears how each request and each call ended, within the times of the spec.",
  watch: (run) => {
    const { askMs, dialMs, answerMs } = run.limits;
    const due = new Deadlines();
    const clients = new Set(
      run.parties.filter(({ kind }) => kind === "client").map(({ host }) => host),
    );
    const takeEvent = (host: string, event: ClientEvent): void => {
      const session = `${host} session ${String(event.session)}`;
      if (event.type === "connected" || event.type === "ended") due.settle(session);
      if (event.type === "callEnded") due.settle(`${session} call ${String(event.call)}`);
    };
    return (happening: Happening): void => {
      if (happening.kind === "asked") {
        const { client, session } = happening.ask;
        // It dials the server and then proves itself to the router.
        const withinMs = askMs + dialMs + answerMs + dialMs;
        due.expect(`${client} session ${String(session)}`, run.nowMs, withinMs);
      } else if (happening.kind === "called") {
        const { ask, call, timeoutMs } = happening;
        const session = `${ask.client} session ${String(ask.session)}`;
        due.expect(`${session} call ${String(call)}`, run.nowMs, timeoutMs);
      } else if (happening.kind === "event" && clients.has(happening.host)) {
        takeEvent(happening.host, happening.event as ClientEvent);
      } else if (happening.kind === "process" && happening.what === "crashed") {
        due.settleAll(`${happening.host} `);
      } else if (happening.kind === "ended") {
        const [open] = due.open;
        if (open !== undefined) run.violate(`${open} is open at the end`);
      }
      const overdue = due.takeOverdue(run.nowMs);
      if (overdue !== undefined) run.violate(`${overdue} was not answered in time`);
    };
  },
};
