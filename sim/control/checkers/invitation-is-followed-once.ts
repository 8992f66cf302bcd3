import { encodeHex } from "../../../runtime/core/index.ts";
import type { ControlChecker, Happening } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** Copies of an invitation are one invitation. */
export const invitationIsFollowedOnce: ControlChecker = {
  name: "invitation-is-followed-once",
  doc: "A router follows an invitation with one session at a time, however many copies of it arrive.",
  watch: (run) => {
    /** The invitation that each router took in last. */
    const newest = new Map<string, string>();
    /** Invitations that are being followed, by router and session. */
    const followed = new Map<string, Map<string, string>>();
    return (happening: Happening): void => {
      if (happening.kind === "process") followed.delete(happening.host);
      if (happening.kind === "accepted" && happening.message === "ConnectToHub") {
        const received = contentOf(happening.bytes).fromHub;
        if (received?.name !== "ConnectToHub") return;
        newest.set(happening.host, encodeHex(received.message.ticket));
      }
      if (happening.kind !== "observed" || happening.observation.kind !== "transition") return;
      const { host, machine, on, scope, to } = happening.observation;
      if (machine !== "RouterSession") return;
      const sessions = followed.get(host) ?? new Map<string, string>();
      followed.set(host, sessions);
      if (to === "ended") sessions.delete(scope);
      const ticket = newest.get(host);
      if (on !== "invite" || ticket === undefined) return;
      if ([...sessions.values()].includes(ticket)) {
        run.violate(`${host} follows an invitation twice`);
      }
      sessions.set(scope, ticket);
    };
  },
};
