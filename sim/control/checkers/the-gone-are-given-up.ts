import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import { encodeHex } from "../../../runtime/core/index.ts";
import type { RouterEvent } from "../../../runtime/roles/router/router-events.ts";
import type { ControlChecker, Happening } from "../happening.ts";
import { Deadlines } from "./deadlines.ts";

/** Whoever vanished without a word is noticed by the other end. */
export const theGoneAreGivenUp: ControlChecker = {
  name: "the-gone-are-given-up",
  doc: "A router ends its session with a client that crashed within the time in which the two look for signs of life of each other.",
  watch: (run) => {
    const { livenessIdleMs, livenessAnswerMs } = SYSTEM_LIMITS;
    const due = new Deadlines();
    const clients = new Map(
      run.parties.map(({ fingerprint, host }) => [encodeHex(fingerprint), host]),
    );
    /** Clients by the sessions that routers have with them. */
    const open = new Map<string, string>();
    const event = (host: string, one: RouterEvent): void => {
      if (one.type !== "sessionOpen" && one.type !== "sessionOver") return;
      const session = `${host} session ${String(one.session)}`;
      if (one.type === "sessionOpen") {
        open.set(session, clients.get(encodeHex(one.client)) ?? "");
      } else {
        open.delete(session);
        due.settle(session);
      }
    };
    const crashed = (host: string): void => {
      due.settleAll(`${host} `);
      for (const [session, client] of open) {
        if (session.startsWith(`${host} `)) open.delete(session);
        else if (client === host) {
          // One look may just have been answered; the next one is not.
          due.expect(session, run.nowMs, 2 * livenessIdleMs + livenessAnswerMs);
        }
      }
    };
    return (happening: Happening): void => {
      if (happening.kind === "event") event(happening.host, happening.event as RouterEvent);
      if (happening.kind === "process" && happening.what === "crashed") crashed(happening.host);
      const late = due.takeOverdue(run.nowMs);
      if (late !== undefined) run.violate(`${late} goes on though its client is gone`);
    };
  },
};
