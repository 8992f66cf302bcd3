import { encodeHex } from "../../../runtime/core/index.ts";
import type { ReporterState } from "../../../runtime/roles/reporter/reporter.ts";
import type { ControlChecker, Happening } from "../happening.ts";

/** Whoever knows its hub takes keys of no other. */
export const hubStaysPinned: ControlChecker = {
  name: "hub-stays-pinned",
  doc: "A router or server whose key a hub granted saves with each key that it is that hub's, and takes none of another's, whoever answers in its place.",
  watch: (run) => {
    const reporters = new Set(
      run.parties
        .filter(({ kind }) => kind === "router" || kind === "server")
        .map(({ host }) => host),
    );
    const pinned = new Map<string, string>();
    return (happening: Happening): void => {
      if (happening.kind !== "event" || happening.event.type !== "save") return;
      const { event, host } = happening;
      if (!reporters.has(host)) return;
      const { hub } = (event as { readonly state: ReporterState }).state;
      const saved = hub === undefined ? "no hub" : encodeHex(hub);
      const known = pinned.get(host) ?? saved;
      pinned.set(host, known);
      if (hub === undefined) run.violate(`${host} saves a key without the hub that granted it`);
      else if (saved !== known) run.violate(`${host} takes a key of another hub than its own`);
    };
  },
};
