import { encodeHex, formatMac } from "../../../runtime/core/index.ts";
import type { HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import type { ControlChecker, Happening } from "../happening.ts";

/** Whoever was granted a key for a mac keeps it; another identity is quarantined until the owner settles it. */
export const macKeepsItsIdentity: ControlChecker = {
  name: "mac-keeps-its-identity",
  doc: "The hub keeps a mac for the identity that enrolled it, also over its own crashes, and never grants it to another.",
  watch: (run) => {
    const hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    /** Identities, hexadecimal, of macs whose enrolment is complete. */
    const owners = new Map<number, string>();
    const saved = new Map<number, string>();
    return (happening: Happening): void => {
      if (happening.kind === "settled") owners.delete(happening.mac);
      if (happening.kind !== "event" || happening.host !== hub) return;
      const event = happening.event as HubEvent;
      if (event.type === "save" && event.change.table === "routers") {
        const { key, row } = event.change;
        if (row === undefined) return;
        const fingerprint = encodeHex(row.fingerprint);
        saved.set(key, fingerprint);
        const owner = owners.get(key);
        if (owner !== undefined && owner !== fingerprint) {
          run.violate(`${formatMac(key)} was taken from its router by another`);
        }
      }
      if (event.type === "noted" && event.note === "router enrolled") {
        owners.set(event.subject, saved.get(event.subject) ?? "");
      }
    };
  },
};
